"""Whatever small mistake is made in `policies.polar`, the shipped tests of the policy fail, or the gates refuse it.

Each mutant is first put to the shipped tests: to those cases that its rule has to do with, until one fails. Only what
they let pass goes through the gates. A mutant that means the same as the policy is no mistake: it is listed here, with
the reason.
"""

from collections.abc import Mapping
from functools import cache
from itertools import product
from random import Random

from app.policy.testing.phrases import CaseRequest, every_asked
from app.policy.testing.runner import PolicyUnderTest, allows
from app.policy.testing.test_files import PolicyCase, TestFile, read_folder
from authz.actor import ActorKind, Traits
from authz.checks.pipeline import run_checks
from authz.checks.random_worlds import sample_identity, sample_traits, sample_world
from authz.compiler.compiler import CompileError
from authz.compiler.oso_engine import EngineError
from authz.model.resources import CAPABILITIES, Capability
from authz.policy import Policy
from authz.predicates.evaluate import World, holds
from authz.predicates.nodes import Identity
from authz.within_reach.rows import set_flags
from models import ApiClient, User
from tests.support.paths import POLICY
from tests.support.policy_mutants import Mutant, mutants

Who = Mapping[Identity, str | None]

TEXT = POLICY.read_text()
FLAGGED = (User, ApiClient)
"""The types whose rules ask for a flag of users."""
FILES = read_folder(POLICY.parent / "tests" / "policy")

FOREIGN_KEYS = "accounts, grants and services are of one organization by their foreign keys; said twice on purpose"
ASKED_TWICE = "every rule that asks this one asks the same of the organization itself"
REACHED_ANYHOW = "a person of the organization with the same access is allowed by the rule before"
EQUIVALENT = {
    (
        "sees_contract_account(actor: Member, account: ContractAccount) if",
        "without `account.organization_id = actor.organization_id`",
    ): FOREIGN_KEYS,
    (
        "sees_delivery_account(actor: Member, account: DeliveryAccount) if",
        "without `account.organization_id = actor.organization_id`",
    ): FOREIGN_KEYS,
    (
        'allow(actor: Member, "view", service: Service) if',
        "without `service.organization_id = actor.organization_id`",
    ): FOREIGN_KEYS,
    (
        "has_every_contract_account(actor: Member, account: ContractAccount) if",
        "without `account.organization_id = actor.organization_id`",
    ): ASKED_TWICE,
    (
        "in_delivery_access(actor: Member, account: DeliveryAccount) if",
        "without `account.organization_id = actor.organization_id`",
    ): ASKED_TWICE,
    (
        "reaches_delivery_account(actor: Member, account: DeliveryAccount) if",
        "without `account.organization_id = actor.organization_id`",
    ): ASKED_TWICE,
    (
        "knows_user(actor: Member, user: User) if",
        "without `user.organization_id = actor.organization_id`",
    ): ASKED_TWICE,
    (
        "reaches_contract_account(actor: Member, account: ContractAccount) if",
        'without `actor.audience = "DELIVERY"`',
    ): REACHED_ANYHOW,
    (
        "audience_admits(actor: Member, service: Service) if",
        'without `actor.audience = "DELIVERY"`',
    ): REACHED_ANYHOW,
    (
        "knows_event(actor: Member, event: AuditEvent) if",
        "without `event.organization_id = actor.organization_id`",
    ): ASKED_TWICE,
    (
        "knows_event(actor: Member, event: AuditEvent) if",
        "without `manages_users(actor)`",
    ): "who manages no users sees themselves alone, and of that another rule speaks",
    (
        "may_change(actor: Member, user: User) if",
        "without `manages_users(actor)`",
    ): "nobody is within reach of an actor who manages no users",
}  # fmt: skip


def concerned(examined: PolicyUnderTest) -> dict[int, list[CaseRequest]]:
    """For each rule, by its line, what it has to do with: users and clients, which take longest, at the end."""
    found: dict[int, dict[CaseRequest, None]] = {}
    for asked in sorted(every_asked(), key=lambda asked: asked.model in FLAGGED):
        words = (CAPABILITIES[Capability(asked.action)] or ("",)) if asked.model is None else (None,)
        for kind, word in product(ActorKind, words):
            for derivation in examined.derivations(asked, word, kind):
                for rule in derivation.rules:
                    found.setdefault(rule.line, {})[asked] = None
    return {line: list(asked) for line, asked in found.items()}


def by_asked() -> dict[CaseRequest, list[tuple[TestFile, PolicyCase]]]:
    """The cases of each question, those of API clients at the end: most mistakes show before they are looked at."""
    cases: dict[CaseRequest, list[tuple[TestFile, PolicyCase]]] = {}
    for file in FILES:
        for case in file.cases:
            cases.setdefault(case.asked, []).append((file, case))
    for some in cases.values():
        some.sort(key=lambda each: each[1].person.traits.kind is ActorKind.CLIENT)
    return cases


def fails(policy: Policy, cases: list[tuple[TestFile, PolicyCase]]) -> bool:
    """Whether the policy answers one of the cases, which come person by person, otherwise than it is written."""
    looking = None
    for file, case in cases:
        if case.asked.model in FLAGGED and looking is not case.person:
            looking = case.person
            set_flags(policy, looking.traits, looking.identity, file.named.world)
        if allows(policy, case) != case.allowed:
            return True
    return False


def survives(
    mutant: Mutant, asked: list[CaseRequest], cases: dict[CaseRequest, list[tuple[TestFile, PolicyCase]]]
) -> bool:
    """Whether the shipped tests pass, as far as they have to do with what was changed."""
    try:
        policy = Policy(mutant.text, POLICY.name)
        return not any(fails(policy, cases[each]) for each in asked)
    except (EngineError, CompileError):
        return False


@cache
def survivors() -> dict[tuple[str, str], Mutant]:
    """The mutants that the shipped tests let pass, by the line of their rule and what was changed."""
    examined = PolicyUnderTest(TEXT, POLICY.name)
    concerned_by, cases, lines = concerned(examined), by_asked(), TEXT.splitlines()
    assert not any(fails(examined.policy, of_it) for of_it in cases.values())
    made = list(mutants(TEXT, POLICY.name))
    assert len(made) > 200
    return {
        (lines[mutant.line - 1], mutant.change): mutant
        for mutant in made
        if survives(mutant, concerned_by[mutant.line], cases)
    }


def test_every_small_mistake_is_found() -> None:
    found = survivors()
    unexpected = {key for key in found.keys() - EQUIVALENT if not run_checks(found[key].text, POLICY.name)}
    assert (unexpected, EQUIVALENT.keys() - found) == (set(), set())


def allowed(policy: Policy, traits: Traits, asked: list[CaseRequest], world: World, identity: Who) -> set[object]:
    """What an actor may do in `world`: pairs of what is asked, and the number of the row."""
    set_flags(policy, traits, identity, world)
    return {
        (each, index)
        for each in asked
        if each.model is not None
        for where in [policy.decision(traits, each.action, each.model).where]
        for index, row in enumerate(world.rows(each.model))
        if holds(where, row, identity)
    }


def test_what_is_listed_as_no_mistake_allows_the_same_in_random_worlds() -> None:
    examined = PolicyUnderTest(TEXT, POLICY.name)
    concerned_by = concerned(examined)
    random = Random(11)
    worlds = [sample_world(random, {}) for _ in range(6)]
    some = 0
    for mutant in (survivors()[key] for key in EQUIVALENT):
        policy, asked = Policy(mutant.text, POLICY.name), concerned_by[mutant.line]
        for traits in sample_traits(random):
            for world in worlds:
                identity = sample_identity(random, world, traits.kind)
                before = allowed(examined.policy, traits, asked, world, identity)
                assert allowed(policy, traits, asked, world, identity) == before, mutant
                some += len(before)
    assert some > 500
