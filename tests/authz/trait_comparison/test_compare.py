"""What an edit means for actors and rows that need not exist: known edits, and random ones against brute force."""

from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authz.actor import ActorKind
from authz.checks.random_worlds import NamedValues, sample_world
from authz.model.actions import ACTIONS
from authz.policy import Policy
from authz.predicates.evaluate import holds
from authz.trait_comparison.compare import PolicyComparison, TraitChange, Verdict, compare
from authz.within_reach.rows import set_flags
from models import Permission, Service
from tests.support.depth import examples
from tests.support.paths import POLICY
from tests.support.policies.random_edits import Edited, edited_policies
from tests.support.policies.small_policies import FILE, policy_with
from tests.support.worlds.consistent_actor import an_actor

pytestmark = pytest.mark.invariant("by_traits")

RULE = 'allow(actor: Member, "view", service: Service) if service.organization_id = actor.organization_id and '
BASE = f'{RULE} service.status = "ACTIVE" and ("ORDERS_VIEW" in actor.permissions or actor.all_contract_accounts);'
GRANTED = 'g in service.contract_account.grants and g.user_id = actor.id and service.status = "ACTIVE"'

EDITS = {
    "without a condition": (
        f'{RULE} ("ORDERS_VIEW" in actor.permissions or actor.all_contract_accounts);',
        Verdict.WIDER,
    ),
    "with one more condition": (BASE.replace('= "ACTIVE"', '= "ACTIVE" and service.city = "Oslo"'), Verdict.NARROWER),
    "with another value": (BASE.replace("ACTIVE", "PLANNED"), Verdict.BOTH),
    "in other words": (
        BASE.replace('= "ACTIVE"', '!= "PLANNED" and service.status in ["ACTIVE", "PLANNED"]'),
        Verdict.EQUAL,
    ),
    "with grants, which are in the organization anyway": (
        f'{BASE}\nallow(actor: Member, "view", service: Service) if {GRANTED} and actor.all_contract_accounts;',
        Verdict.EQUAL,
    ),
}


@cache
def base() -> Policy:
    return Policy(policy_with(BASE), FILE)


def changes_of(text: str) -> tuple[TraitChange, ...]:
    return compare(base(), Policy(text, FILE)).changes


@pytest.mark.parametrize(
    ("old", "new", "verdicts"),
    [
        ('service.city = "New York"', 'service.city = "New  York"', {Verdict.BOTH}),
        ('service.city = "Oslo" # and\n and actor.all_contract_accounts', 'service.city = "Oslo"', {Verdict.WIDER}),
        (
            'service.city = "Oslo" # note\n and actor.all_contract_accounts\n',
            'service.city = "Oslo" # note and actor.all_contract_accounts\n',
            {Verdict.WIDER},
        ),
        ('service.city = "Oslo" # one note\n', 'service.city  =\n"Oslo" # another note\n', set()),
    ],
)
def test_blanks_matter_in_texts_and_comments_nowhere(old: str, new: str, verdicts: set[Verdict]) -> None:
    before, after = (Policy(policy_with(f"{RULE} {condition};"), FILE) for condition in (old, new))
    assert {change.verdict for change in compare(before, after).changes} == verdicts


@pytest.mark.parametrize("edit", EDITS)
def test_known_edits(edit: str) -> None:
    rules, verdict = EDITS[edit]
    edited = Policy(policy_with(rules), FILE)
    changes = compare(base(), edited).changes
    assert {(change.kind, change.action, change.model, change.verdict) for change in changes} == {
        (ActorKind.MEMBER, "view", Service, verdict)
    }
    expects_gain, expects_loss = verdict in (Verdict.WIDER, Verdict.BOTH), verdict in (Verdict.NARROWER, Verdict.BOTH)
    assert [(bool(change.gained), bool(change.lost)) for change in changes] == [(expects_gain, expects_loss)] * len(
        changes
    )
    assert all(change.crossing is None for change in changes)
    for change in changes:
        # As the server decides, not as the comparison has compiled it.
        for example, expected in ((change.gained, [False, True]), (change.lost, [True, False])):
            if example:
                wheres = [policy.decision(change.traits, "view", Service).where for policy in (base(), edited)]
                assert [holds(where, example.row, example.identity) for where in wheres] == expected


def test_the_same_rules_in_another_order_change_nothing() -> None:
    both = '"ORDERS_VIEW" in actor.permissions or actor.all_contract_accounts'
    other = 'actor.all_contract_accounts or "ORDERS_VIEW" in actor.permissions'
    assert changes_of(policy_with(BASE.replace(both, other))) == ()


def test_the_actors_are_described_by_what_the_rules_tell_apart() -> None:
    held, narrower = (f'"{name}" in actor.permissions' for name in ("ORDERS_VIEW", "USER_MANAGEMENT"))
    edited = BASE.replace(held, f"({held} and not {narrower})")
    (change,) = changes_of(policy_with(edited))
    facts = (("ORDERS_VIEW", True), ("USER_MANAGEMENT", True), ("all_contract_accounts", False))
    assert (change.verdict, change.when) == (Verdict.NARROWER, (facts,))


def test_a_gain_across_the_border_is_set_apart() -> None:
    changes = changes_of(
        policy_with(f"{BASE}\n" + 'allow(_: Member, "view", service: Service) if service.city = "Oslo";')
    )
    assert [bool(change.crossing) for change in changes] == [True] * len(changes)
    assert changes


def test_questions_about_the_actor() -> None:
    edited = policy_with(BASE) + "creates_organizations(actor: Member) if manages_users(actor);\n"
    (change,) = changes_of(edited)
    assert (change.action, change.verdict) == ("creates_organizations", Verdict.WIDER)
    assert change.when == ((("USER_MANAGEMENT", True),),)
    held = "assign_permission(actor: Member, permission: String) if permission in actor.permissions"
    edited = policy_with(BASE).replace(
        held, 'assign_permission(_: Member, permission: String) if permission != "DEVELOPER_PORTAL"'
    )
    given = {change.action for change in changes_of(edited) if change.verdict is Verdict.WIDER}
    # Whoever manages users holds USER_MANAGEMENT, and may give it anyway.
    others = set(Permission) - {Permission.DEVELOPER_PORTAL, Permission.USER_MANAGEMENT}
    assert given == {f"assign_permission {permission}" for permission in others}


def _says(comparison: PolicyComparison, kind: ActorKind, action: str, model: object) -> set[Verdict]:
    changes = comparison.changes
    return {each.verdict for each in changes if (each.kind, each.action, each.model) == (kind, action, model)}


@settings(max_examples=examples(2), deadline=None)
@given(edited_policies(), st.integers(0, 10**9))
def test_a_difference_that_random_worlds_have_is_reported(edited: Edited, seed: int) -> None:
    """With the shipped policy, its flag `within_reach_of_actor` included."""
    policies = _shipped(), Policy(edited.text, FILE)
    comparison = compare(*policies)
    random = Random(seed)
    for _ in range(examples(12)):
        world = sample_world(random, NamedValues())
        traits, identity = an_actor(world, random)
        for model, actions in ACTIONS.items():
            for action in actions:
                answers = []
                for policy in policies:
                    set_flags(policy, traits, identity, world)
                    where = policy.for_all_traits.decision(traits, action.value, model).where
                    answers.append([holds(where, row, identity) for row in world.rows(model)])
                said = _says(comparison, traits.kind, action.value, model)
                pairs = set(zip(*answers, strict=True))
                assert (False, True) not in pairs or said & {Verdict.WIDER, Verdict.BOTH, Verdict.UNDECIDED}
                assert (True, False) not in pairs or said & {Verdict.NARROWER, Verdict.BOTH, Verdict.UNDECIDED}


@cache
def _shipped() -> Policy:
    return Policy(POLICY.read_text(), POLICY.name)


def test_an_example_that_the_evaluator_contradicts_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authz.counterexamples.compare.holds", lambda *_: True)
    changes = changes_of(policy_with(EDITS["without a condition"][0]))
    assert {(change.verdict, change.gained) for change in changes} == {(Verdict.UNDECIDED, None)}
