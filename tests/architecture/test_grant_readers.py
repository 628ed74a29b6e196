"""Every SQL statement on grants leaves out those that have expired."""

import ast
from pathlib import Path

import pytest

from tests.support.source_files import (
    Function,
    files_of,
    functions,
    imported_from,
    is_in,
    relative,
    sources,
    syntax_tree,
)

pytestmark = pytest.mark.invariant("expired_grants")

CONDITION = "not_expired"
GRANTS = {"ContractGrant", "DeliveryGrant", "UserPermission", "GRANTS"}
READS_NO_GRANTS = {
    "app/demo/": "only writes them",
    "app/policy/testing/": "data sets of plain values, in which no grant has expired",
    "authz/within_reach/rows.py": "the same",
    "authz/checks/random_worlds.py": "the same",
    "authz/counterexamples/": "the same",
    "authz/model/resources.py": "names what a policy may name",
    "resolvers/mutations/access_reviews/effective_access.py": "the expiry of rows that predicates have selected",
    "resolvers/mutations/access_reviews/reasons.py": "names the kinds of rows that predicates have selected",
    "resolvers/policy_analysis/row_labels.py": "labels rows that the policy's predicates have selected",
    "resolvers/past_access/values.py": "asks what had not expired at an earlier time",
    "resolvers/mutations/users/last_admin.py": "looks for permissions that never expire",
    "resolvers/data_protection/person.py": "what an erasure deletes, expired or not",
}


def imported_grants(path: Path) -> set[str]:
    """The grants that a file imports from the models, or names as `models.ContractGrant`."""
    attributes = (node for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.Attribute))
    named = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "models"}
    return GRANTS & (imported_from(path, "models") | imported_from(path, "models.grant") | named)


def unconditional_reads(function: Function) -> set[str]:
    """The grants of which a function takes the table or a column, if it does not use the condition."""
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    owners = (node.value for node in ast.walk(function) if isinstance(node, ast.Attribute))
    tables = {owner.id for owner in owners if isinstance(owner, ast.Name)}
    return set() if CONDITION in names else GRANTS & names & tables


def test_no_expired_grant_is_read() -> None:
    readers = [path for path in sources() if imported_grants(path) and not is_in(path, READS_NO_GRANTS)]
    readers = [path for path in readers if path.parts[-2] != "models"]
    assert len(readers) > 5
    found = [relative(path) for path in readers if CONDITION not in imported_from(path, "models")]
    found += [
        f"{relative(path)}:{function.lineno} {function.name}"
        for path in readers
        for function in functions(path)
        if unconditional_reads(function)
    ]
    assert found == []


@pytest.mark.parametrize("place", READS_NO_GRANTS)
def test_every_exception_is_needed(place: str) -> None:
    assert any(imported_grants(path) for path in files_of(place))
