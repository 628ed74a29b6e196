"""The requests that are measured for growth besides those that the schema's lists make: pages of a portal, questions
about access, and what the console's screens send."""

from collections.abc import Iterator, Mapping
from typing import Final

from benchmarks import pages
from benchmarks.console_requests import console_requests
from benchmarks.list_requests import Family, FilterSamples, ListRequest, all_requests

PAGES: Final = {
    "a page of users with their accounts": """{ users(first: 25) { nodes {
        id displayName status contractAccounts(first: 100) { nodes { id name } }
        deliveryAccounts(first: 100) { nodes { id name } } } } }""",
    "a page of users with the numbers of their accounts": """{ users(first: 25) { nodes {
        id contractAccounts(first: 1) { totalCount } deliveryAccounts(first: 1) { totalCount } } } }""",
    "a page of users with what the viewer may do": "{ users(first: 100) { nodes { id viewerCan } } }",
    "a page of contract accounts with users and services": """{ contractAccounts(first: 20) { nodes {
        id name users(first: 10) { nodes { id displayName } } services(first: 10) { nodes { id code name } } } } }""",
    "an account with its services and their delivery accounts": """{ contractAccounts(first: 1) { nodes {
        id name services(first: 100) { nodes { id code name status deliveryAccount { id name } } } } } }""",
    "a page of audit events with what changed": """{ auditEvents(first: 25) { nodes {
        id kind createdAt actor { id displayName } subject { id displayName } subjectId
        changes { field before after } } } }""",
    "a page of services with their accounts": """{ services(first: 50) { totalCount nodes {
        id code name status site { city country } contractAccount { id name } deliveryAccount { id name } } } }""",
    "what the viewer may give to others": """{ viewer { assignable { audiences permissions allContractAccounts
        allDeliveryAccounts contractAccounts(first: 100) { nodes { id name } }
        deliveryAccounts(first: 100) { nodes { id name } } } } }""",
}

WHO_CAN: Final = (
    ("VIEW", "ContractAccount"),
    ("VIEW", "Service"),
    ("VIEW", "User"),
    ("UPDATE", "User"),
    ("ASSIGN", "DeliveryAccount"),
    ("CREATE_USER", "Organization"),
)
EXPLAIN: Final = (("VIEW", "Service"), ("VIEW", "ContractAccount"), ("UPDATE", "User"))
NODE: Final = "query Node($id: ID!) { node(id: $id) { __typename id } }"
WHO_CAN_TEXT: Final = """query WhoCan($action: PolicyAction!, $on: ID!) { whoCan(action: $action, on: $on) {
    totalCount holders { user { id displayName } ways { rules traits rows } } endCursor } }"""
EXPLAIN_TEXT: Final = """query Explain($user: ID!, $action: PolicyAction!, $on: ID!) {
    explainAccess(user: $user, action: $action, on: $on) { allowed ways { rules missing } } }"""


SIMULATED: Final = """{ isLastAdmin totals { effect action type changes users } endCursor
    changes { effect user { id displayName } action type resource name } }"""
SIMULATIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "simulateServiceMove": ("service: $Service, account: $ContractAccount", ("Service", "ContractAccount")),
    "simulateAccountClosing": ("account: $ContractAccount", ("ContractAccount",)),
    "simulateUserLeaving": ("user: $User", ("User",)),
}
"""By field, its arguments and the types of the rows that they name."""


def growth_requests(samples: FilterSamples, *, roots_only: bool, pairs: bool) -> Iterator[ListRequest]:
    """Every request to measure. With `roots_only`, without the lists inside a node."""
    for request in all_requests(samples, pairs=pairs):
        if not roots_only or "." not in request.list:
            yield request
    yield from page_requests()
    yield from question_requests(samples)
    yield from console_requests(samples)


def page_requests() -> Iterator[ListRequest]:
    """The pages of a portal: those of the other benchmarks, and wider ones."""
    for name, (document, variables) in pages.PAGES.items():
        yield ListRequest(f"{name}: {pages.ABOUT[name]}", Family.NESTED, name, document, dict(variables))
    for name, document in PAGES.items():
        yield ListRequest(name, Family.NESTED, "page", document)


def question_requests(samples: FilterSamples) -> Iterator[ListRequest]:
    """Questions about one node, and about who may do what with it, and why."""
    for type_, id_ in samples.ids.items():
        yield ListRequest(f"node: {type_}", Family.QUESTION, "node", NODE, {"id": id_})
    for action, type_ in WHO_CAN:
        if type_ in samples.ids:
            variables = {"action": action, "on": samples.ids[type_]}
            yield ListRequest(f"whoCan {action} {type_}", Family.QUESTION, "whoCan", WHO_CAN_TEXT, variables)
    for action, type_ in EXPLAIN:
        if type_ in samples.ids and "User" in samples.ids:
            variables = {"user": samples.ids["User"], "action": action, "on": samples.ids[type_]}
            name = f"explainAccess {action} {type_}"
            yield ListRequest(name, Family.QUESTION, "explainAccess", EXPLAIN_TEXT, variables)
    for name, (arguments, types) in SIMULATIONS.items():
        if samples.ids.keys() >= set(types):
            declared = ", ".join(f"${type_}: ID!" for type_ in types)
            text = f"query Simulation({declared}) {{ {name}({arguments}) {SIMULATED} }}"
            yield ListRequest(name, Family.QUESTION, name, text, {type_: samples.ids[type_] for type_ in types})
