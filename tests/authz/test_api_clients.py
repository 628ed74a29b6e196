"""An API client may do exactly what its owner may, within its scopes; only the policy decides this.

What it may give to users, and which users it may change, stays within its scopes too.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, cycle, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authz.access import Access
from authz.actor import ActorKind, Identity, Traits
from authz.checks.random_worlds import sample_identity, sample_world
from authz.compiler.oso_engine import EngineError
from authz.model.actions import ACTIONS, CAPABILITIES, Capability
from authz.policy import Policy
from authz.predicates.evaluate import World, holds
from authz.within_reach.rows import set_flags
from models import (
    ApiClient,
    Audience,
    AuditEvent,
    ContractAccount,
    Organization,
    Permission,
    Scope,
    Service,
    User,
    UserPermission,
)
from tests.support.depth import examples
from tests.support.paths import POLICY
from tests.support.policies.mutants import mutants
from tests.support.policies.small_policies import FILE, check_messages, policy_with, warning_messages

pytestmark = pytest.mark.invariant("client_scopes")

TEXT = POLICY.read_text()
MINE = "organization.id = actor.organization_id"
SEEN = 'allow(client: Client, "view", organization: Organization) if'

READ, BILLING, WRITE, EVENTS = Scope.BASIC_READ, Scope.BILLING_READ, Scope.USERS_WRITE, Scope.EVENTS_READ
ALLOWED_BY_SCOPE: dict[Scope, set[tuple[str, type]]] = {
    READ: {("view", model) for model in ACTIONS if model.__name__ in {
        "Organization", "ContractAccount", "DeliveryAccount", "Service", "User"}},
    BILLING: {("view_billing", ContractAccount)},
    WRITE: {(action.value, model) for model, actions in ACTIONS.items() for action in actions
            if action.value in {"create_user", "assign", "update", "resend_activation", "remove", "restore"}},
    EVENTS: {("read_events", Organization), ("view", AuditEvent)},
}  # fmt: skip
"""The actions that each scope allows, by the domain page."""

NEED_READ = {BILLING, EVENTS}
"""The scopes that allow nothing without `basic.read`."""

CHANGES = {(action.value, User) for action in ACTIONS[User]} - {("view", User)}

PERMISSION_SETS = (
    {Permission.DEVELOPER_PORTAL, Permission.SITES_SERVICES_VIEW, Permission.BILLING_VIEW},
    {Permission.DEVELOPER_PORTAL, Permission.USER_MANAGEMENT},
    set(Permission),
)
OWNERS = [
    *(
        Traits(ActorKind.MEMBER, audience, frozenset(held), every, every and audience is Audience.ORGANIZATION)
        for audience, every, held in product(Audience, (False, True), PERMISSION_SETS)
    ),
    Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset(Permission) - {Permission.DEVELOPER_PORTAL}, True, True),
]
SCOPES = [frozenset(some) for size in range(1, len(Scope) + 1) for some in combinations(Scope, size)]


def client_of(owner: Traits, scopes: frozenset[Scope] = frozenset(Scope)) -> Traits:
    return replace(owner, kind=ActorKind.CLIENT, scopes=scopes)


@cache
def worlds() -> list[tuple[World, dict[Identity, str | None]]]:
    """Returns test worlds, each with a client in it and its owner. Many users have a permission that matters here."""
    random = Random(7)
    random_worlds = [sample_world(random, {}) for _ in range(5)]
    grants = cycle((None, Permission.BILLING_VIEW, Permission.DEVELOPER_PORTAL, Permission.USER_MANAGEMENT))
    for world in random_worlds:
        for user, permission in zip(world.rows(User), grants, strict=False):
            values = {"user_id": user.values["id"], "organization_id": user.values["organization_id"], "created_at": ""}
            if permission is not None and values["organization_id"] is not None:
                world.add(UserPermission, values | {"permission": permission.value})
    return [(world, dict(sample_identity(random, world, ActorKind.CLIENT))) for world in random_worlds]


def allowed(policy: Policy, traits: Traits) -> set[tuple[str, type, int, object]]:
    """Returns (action, type, row) for everything that an actor with `traits` may do in each world."""
    result: set[tuple[str, type, int, object]] = set()
    for number, (world, identity) in enumerate(worlds()):
        set_flags(policy, traits, identity, world)
        for model, actions in ACTIONS.items():
            for action in actions:
                where = policy.decision(traits, action, model).where
                rows = (row.values["id"] for row in world.rows(model) if holds(where, row, identity))
                result |= {(action.value, model, number, row) for row in rows}
    return result


def client_itself() -> set[tuple[str, type, int, object]]:
    client_ids = [identity[Identity.CLIENT_ID] for _, identity in worlds()]
    return {("view", ApiClient, number, key) for number, key in enumerate(client_ids) if key is not None}


def withheld(scopes: frozenset[Scope]) -> frozenset[Permission]:
    """The permissions that no client with these scopes gives, whatever its owner may give."""
    always = frozenset({Permission.DEVELOPER_PORTAL, Permission.USER_MANAGEMENT})
    return always if BILLING in scopes else always | {Permission.BILLING_VIEW}


def out_of_reach(item: tuple[str, type, int, object], scopes: frozenset[Scope]) -> bool:
    """Whether `item` changes a user who has a permission that a client with these scopes doesn't give."""
    action, model, number, key = item
    return (action, model) in CHANGES and any(
        row.values["user_id"] == key and row.values["permission"] in withheld(scopes)
        for row in worlds()[number][0].rows(UserPermission)
    )


def capabilities(policy: Policy, traits: Traits) -> set[tuple[Capability, str]]:
    return {
        (capability, value) for capability in CAPABILITIES for value in policy.capability_values(traits, capability)
    }


@pytest.mark.parametrize("owner", OWNERS)
def test_a_client_may_do_what_its_owner_and_its_scopes_allow(policy: Policy, owner: Traits) -> None:
    of_owner = allowed(policy, owner)
    for scopes in SCOPES:
        of_client = allowed(policy, client_of(owner, scopes))
        if Permission.DEVELOPER_PORTAL not in owner.permissions:
            assert of_client == set()
            continue
        allowed_by_scopes = {
            item for scope in scopes for item in ALLOWED_BY_SCOPE[scope] if scope not in NEED_READ or READ in scopes
        }
        if WRITE in scopes:
            allowed_by_scopes |= {item for item in ALLOWED_BY_SCOPE[READ] if item[1] is not Service}
        within = {item for item in of_owner if item[:2] in allowed_by_scopes and not out_of_reach(item, scopes)}
        assert of_client == within | client_itself()


def test_the_worlds_have_users_within_and_out_of_reach_of_clients(policy: Policy) -> None:
    everything = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset(Permission), True, True)
    changes = {item for item in allowed(policy, everything) if item[:2] in CHANGES}
    far = [{item for item in changes if out_of_reach(item, scopes)} for scopes in SCOPES]
    assert all(set() < some < changes for some in far)
    assert len({len(some) for some in far}) > 1, "billing.read makes no difference"


@pytest.mark.parametrize("owner", OWNERS)
def test_a_client_assigns_what_its_owner_may_and_creates_nothing_else(policy: Policy, owner: Traits) -> None:
    alive = Permission.DEVELOPER_PORTAL in owner.permissions
    for scopes in SCOPES:
        access = Access(policy, client_of(owner, scopes))
        assert access.alive is alive
        of_owner = Access(policy, owner).assignable
        within = of_owner and replace(of_owner, permissions=of_owner.permissions - withheld(scopes))
        assert access.assignable == (within if alive and WRITE in scopes else None)
        assert not access.creates_organizations
        assert capabilities(policy, access.traits) <= capabilities(policy, owner) - {(Capability.MAKES_API_CLIENTS, "")}


def test_users_and_staff_are_always_alive(policy: Policy) -> None:
    assert Access(policy, Traits(ActorKind.MEMBER)).alive
    assert Access(policy, Traits(ActorKind.STAFF)).alive


def edits_of_user_rules() -> Iterator[str]:
    """Returns versions of the policy with a changed rule for users."""
    last = TEXT[: TEXT.index("# WHAT API CLIENTS MAY")].count("\n")
    yield from (mutant.text for mutant in mutants(TEXT, POLICY.name) if mutant.line < last)


@settings(max_examples=examples(8), deadline=None)
@given(st.sampled_from(list(edits_of_user_rules())), st.sampled_from(OWNERS), st.sampled_from(SCOPES))
def test_after_an_edit_no_client_may_do_more_than_its_owner(text: str, owner: Traits, scopes: frozenset[Scope]) -> None:
    try:
        edited = Policy(text, POLICY.name)
    except EngineError:
        return
    client = client_of(owner, scopes)
    assert allowed(edited, client) - client_itself() <= allowed(edited, owner)
    assert capabilities(edited, client) <= capabilities(edited, owner)


def test_allow_can_be_called_with_the_owner_and_both_rules_are_named(policy: Policy) -> None:
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
def test_valid_rules_for_clients(name: str) -> None:
    rules = ACCEPTED[name]
    text = policy_with("\n".join([rules, *(helper for word, helper in HELPERS.items() if word in rules)]))
    assert (check_messages(text), warning_messages(text)) == ([], [])
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
def test_invalid_rules_for_clients(name: str) -> None:
    rules, said = REFUSED[name]
    assert any(finding.startswith(f"{FILE}:1:") and said in finding for finding in check_messages(policy_with(rules)))


def test_a_client_that_may_act_on_an_invisible_row_is_found() -> None:
    rule = 'allow(client: Client, "create_user", organization: Organization) if'
    text = policy_with(f"{rule} organization.id = client.owner.organization_id;")
    (finding,) = check_messages(text)
    assert "may not view" in finding
    assert "allow(Client" in finding
