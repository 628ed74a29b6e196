"""An API client may what its owner may, as far as its scopes open it, and nothing else; the policy says so alone."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.checks.random_worlds import sample_identity, sample_world
from authz.compiler.oso_engine import EngineError
from authz.model.resources import ACTIONS, CAPABILITIES, Capability
from authz.policy import Policy
from authz.predicates.evaluate import World, holds
from authz.predicates.nodes import Identity
from authz.within_reach.rows import set_flags
from models import ApiClient, Audience, ContractAccount, Organization, Permission, Scope, Service
from tests.support.paths import POLICY
from tests.support.policies import FILE, doubted, gated, policy_with
from tests.support.policy_mutants import mutants

TEXT = POLICY.read_text()
MINE = "organization.id = actor.organization_id"
SEEN = 'allow(client: Client, "view", organization: Organization) if'

READ, BILLING, WRITE = Scope.BASIC_READ, Scope.BILLING_READ, Scope.USERS_WRITE
OPENED: dict[Scope, set[tuple[str, type]]] = {
    READ: {("view", model) for model in ACTIONS if model.__name__ in {
        "Organization", "ContractAccount", "DeliveryAccount", "Service", "User"}},
    BILLING: {("view_billing", ContractAccount)},
    WRITE: {(action.value, model) for model, actions in ACTIONS.items() for action in actions
            if action.value in {"create_user", "assign", "update", "resend_activation", "remove", "restore"}},
}  # fmt: skip
"""What each scope opens, by the domain page."""

HELD = (
    {Permission.DEVELOPER_PORTAL, Permission.SITES_SERVICES_VIEW, Permission.BILLING_VIEW},
    {Permission.DEVELOPER_PORTAL, Permission.USER_MANAGEMENT},
    set(Permission),
)
OWNERS = [
    *(
        Traits(ActorKind.MEMBER, audience, frozenset(held), every, every and audience is Audience.ORGANIZATION)
        for audience, every, held in product(Audience, (False, True), HELD)
    ),
    Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset(Permission) - {Permission.DEVELOPER_PORTAL}, True, True),
]
SCOPES = [frozenset(some) for size in (1, 2, 3) for some in combinations(Scope, size)]


def client_of(owner: Traits, scopes: frozenset[Scope] = frozenset(Scope)) -> Traits:
    return replace(owner, kind=ActorKind.CLIENT, scopes=scopes)


@cache
def worlds() -> list[tuple[World, dict[Identity, str | None]]]:
    """Worlds, and in each a client that is there, with its owner."""
    random = Random(5)
    made = [sample_world(random, {}) for _ in range(4)]
    return [(world, dict(sample_identity(random, world, ActorKind.CLIENT))) for world in made]


def allowed(policy: Policy, traits: Traits) -> set[tuple[str, type, int, object]]:
    """Action, type, and row of each world, of all that an actor with `traits` may do there."""
    found: set[tuple[str, type, int, object]] = set()
    for number, (world, identity) in enumerate(worlds()):
        set_flags(policy, traits, identity, world)
        for model, actions in ACTIONS.items():
            for action in actions:
                where = policy.decision(traits, action, model).where
                rows = (row.values["id"] for row in world.rows(model) if holds(where, row, identity))
                found |= {(action.value, model, number, row) for row in rows}
    return found


def itself() -> set[tuple[str, type, int, object]]:
    own = [who[Identity.CLIENT_ID] for _, who in worlds()]
    return {("view", ApiClient, number, key) for number, key in enumerate(own) if key is not None}


def answers(policy: Policy, traits: Traits) -> set[tuple[Capability, str]]:
    return {(question, word) for question in CAPABILITIES for word in policy.answers(traits, question)}


@pytest.mark.parametrize("owner", OWNERS)
def test_a_client_may_what_its_owner_may_and_its_scopes_open(policy: Policy, owner: Traits) -> None:
    theirs = allowed(policy, owner)
    for scopes in SCOPES:
        found = allowed(policy, client_of(owner, scopes))
        if Permission.DEVELOPER_PORTAL not in owner.permissions:
            assert found == set()
            continue
        opened = {each for scope in scopes for each in OPENED[scope] if scope is not BILLING or READ in scopes}
        if WRITE in scopes:
            opened |= {each for each in OPENED[READ] if each[1] is not Service}
        assert found == {each for each in theirs if each[:2] in opened} | itself()


@pytest.mark.parametrize("owner", OWNERS)
def test_a_client_gives_what_its_owner_gives_and_makes_nothing_else(policy: Policy, owner: Traits) -> None:
    alive = Permission.DEVELOPER_PORTAL in owner.permissions
    for scopes in SCOPES:
        access = Access(policy, client_of(owner, scopes))
        assert access.alive is alive
        assert access.assignable == (Access(policy, owner).assignable if alive and WRITE in scopes else None)
        assert not access.creates_organizations
        assert answers(policy, access.traits) <= answers(policy, owner) - {(Capability.MAKES_API_CLIENTS, "")}


def test_users_and_staff_are_always_alive(policy: Policy) -> None:
    assert Access(policy, Traits(ActorKind.MEMBER)).alive
    assert Access(policy, Traits(ActorKind.STAFF)).alive


def edits_of_what_users_may() -> Iterator[str]:
    """Versions of the policy in which a rule for users is another."""
    last = TEXT[: TEXT.index("# WHAT API CLIENTS MAY")].count("\n")
    yield from (each.text for each in mutants(TEXT, POLICY.name) if each.line < last)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(list(edits_of_what_users_may())), st.sampled_from(OWNERS), st.sampled_from(SCOPES))
def test_whatever_users_may_by_an_edit_no_client_may_more_than_its_owner(
    text: str, owner: Traits, scopes: frozenset[Scope]
) -> None:
    try:
        edited = Policy(text, POLICY.name)
    except EngineError:
        return
    client = client_of(owner, scopes)
    assert allowed(edited, client) - itself() <= allowed(edited, owner)
    assert answers(edited, client) <= answers(edited, owner)


def test_an_owner_can_be_given_to_allow_and_both_rules_are_named(policy: Policy) -> None:
    branch = policy.decision(client_of(OWNERS[-2], frozenset({READ})), "view", Service).branches[0]
    heads = [TEXT.splitlines()[source.line - 1] for source in branch.sources]
    assert heads[0] == 'allow(client: Client, "view", service: Service) if'
    assert 'allow(actor: Member, "view", service: Service) if' in heads


ACCEPTED = {
    "traits of the owner": f'{SEEN} client.owner.audience = "ORGANIZATION" and mine(client.owner, organization);',
    "permissions of the owner": (
        f'{SEEN} "BILLING_VIEW" in client.owner.permissions and mine(client.owner, organization);'
    ),
    "identity of the owner": f"{SEEN} organization.id = client.owner.organization_id;",
    "not over scopes": f'{SEEN} not "users.write" in client.scopes and mine(client.owner, organization);',
    "not over a rule for the owner": f"{SEEN} not limited(client.owner) and mine(client.owner, organization);",
    "a method of scopes": f'{SEEN} client.scopes.count("basic.read") = 1 and mine(client.owner, organization);',
    "allow itself": f'{SEEN} "basic.read" in client.scopes and allow(client.owner, "view", organization);',
}
HELPERS = {
    "mine(": f"mine(actor: Member, organization: Organization) if {MINE};",
    "limited(": 'limited(actor: Member) if actor.audience = "DELIVERY";',
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_a_rule_for_clients_may_say(name: str) -> None:
    rules = ACCEPTED[name]
    text = policy_with("\n".join([rules, *(helper for word, helper in HELPERS.items() if word in rules)]))
    assert (gated(text), doubted(text)) == ([], [])
    policy = Policy(text, FILE)
    owners = [replace(OWNERS[-2], audience=each) for each in Audience]
    found = {
        policy.decision(client_of(owner, scopes), "view", Organization).where for owner in owners for scopes in SCOPES
    }
    assert policy.decision(OWNERS[-2], "view", Organization).where in found


REFUSED = {
    "a trait that is the owner's": (f'{SEEN} client.audience = "DELIVERY" and {MINE};', "Write client.owner.audience."),
    "the owner's organization": (f"{SEEN} organization.id = client.organization_id;", "client.owner.organization_id"),
    "a trait in the head": (
        'allow(client: Client{audience: "DELIVERY"}, "view", _: Organization);',
        "Write client.owner.audience.",
    ),
    "scopes of a user": (
        f'allow(actor: Member, "view", organization: Organization) if "basic.read" in actor.scopes and {MINE};',
        "A Member has no scopes.",
    ),
    "the owner of a user": (
        'allow(actor: Member, "view", organization: Organization) if organization.id = actor.owner.organization_id;',
        "A Member has no owner.",
    ),
    "an unknown scope": (f'{SEEN} "basic.raed" in client.scopes and {MINE};', "Did you mean basic.read?"),
    "a permission for a scope": (f'{SEEN} "BILLING_VIEW" in client.scopes and {MINE};', "basic.read, billing.read"),
    "a scope for a permission": (f'{SEEN} "basic.read" in client.owner.permissions and {MINE};', "BILLING_VIEW"),
    "an owner compared as a whole": (f"{SEEN} client.owner = organization;", "cannot be compared as a whole"),
    "the scopes of a row": (
        'allow(client: Client, "view", other: ApiClient) if other.id = client.id and "basic.read" in other.scopes;',
        "ApiClient has no scopes.",
    ),
    "a rule for users given a client": (
        f"{SEEN} mine(client, organization);\nmine(actor: Member, organization: Organization) if {MINE};",
        "No rule mine takes these 2 arguments.",
    ),
    "a rule that asks itself": (f'{SEEN} allow(client, "view", organization);', "The rule uses itself."),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_rule_for_clients_may_not_say(name: str) -> None:
    rules, said = REFUSED[name]
    assert any(finding.startswith(f"{FILE}:1:") and said in finding for finding in gated(policy_with(rules)))


def test_a_client_that_may_what_it_does_not_see_is_found() -> None:
    rule = 'allow(client: Client, "create_user", organization: Organization) if'
    text = policy_with(f"{rule} organization.id = client.owner.organization_id;")
    (finding,) = gated(text)
    assert "may not view" in finding
    assert "allow(Client" in finding
