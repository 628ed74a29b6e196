"""Every small mistake in `policies.polar` makes a shipped policy test fail, or is rejected by the load checks.

Each mutant first runs through the cases of the shipped tests that its rule can affect, until one fails. Only a mutant
that passes them all goes through the load checks. A mutant that means the same as the policy is no mistake: it is
listed here, with the reason.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from random import Random

import pytest

from app.policy.testing.phrases import CaseRequest, all_requests
from app.policy.testing.runner import PolicyUnderTest, allows
from app.policy.testing.test_files import PolicyCase, TestFile, read_folder
from authz.actor import ActorKind, Identity, Traits
from authz.checks.differential import validate_translation
from authz.checks.pipeline import run_checks
from authz.checks.random_worlds import sample_identity, sample_traits, sample_world
from authz.compiler.compiler import CompileError, Compiler
from authz.compiler.oso_engine import EngineError
from authz.lint.linter import lint
from authz.model.actions import CAPABILITIES, VIEW, Capability
from authz.policy import Policy
from authz.predicates.evaluate import World, holds
from authz.within_reach.rows import set_flags
from models import AccessRequest, ApiClient, Base, User
from tests.support.depth import some
from tests.support.paths import POLICY
from tests.support.policies.mutants import Mutant, mutants

pytestmark = pytest.mark.invariant("policy_mutants")

Who = Mapping[Identity, str | None]

TEXT = POLICY.read_text()
FLAGGED = (User, ApiClient, AccessRequest)
"""The types whose rules read a flag of users."""
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


Cases = dict[tuple[CaseRequest, ActorKind], list[tuple[TestFile, PolicyCase]]]


def lines() -> list[str]:
    return TEXT.splitlines()


@cache
def mutants_by_head() -> dict[str, list[Mutant]]:
    """The mutants of the rules that begin with each line."""
    by_head: dict[str, list[Mutant]] = {}
    for mutant in mutants(TEXT, POLICY.name):
        by_head.setdefault(lines()[mutant.line - 1], []).append(mutant)
    return by_head


@cache
def requests_by_rule() -> dict[int, list[tuple[CaseRequest, ActorKind]]]:
    """The requests, by kind of actor, in whose derivations each rule is, by its line.

    API clients, and the requests about users and clients, take longest and come last.
    """
    examined = PolicyUnderTest(TEXT, POLICY.name)
    by_line: dict[int, dict[tuple[CaseRequest, ActorKind], None]] = {}
    kinds = sorted(ActorKind, key=lambda kind: kind is ActorKind.CLIENT)
    for request, kind in sorted(product(all_requests(), kinds), key=lambda pair: pair[0].model in FLAGGED):
        words = (CAPABILITIES[Capability(request.action)] or ("",)) if request.model is None else (None,)
        for word in words:
            for derivation in examined.derivations(request, word, kind):
                for rule in derivation.rules:
                    by_line.setdefault(rule.line, {})[request, kind] = None
    return {line: list(requests) for line, requests in by_line.items()}


@cache
def cases_by_request() -> Cases:
    """The cases of the shipped tests, by request and kind of actor."""
    cases: Cases = {}
    for file in FILES:
        for case in file.cases:
            cases.setdefault((case.request, case.actor.traits.kind), []).append((file, case))
    return cases


def failing(policy: Policy, cases: Iterable[tuple[TestFile, PolicyCase]]) -> tuple[TestFile, PolicyCase] | None:
    """The first of the cases, which are grouped by actor, that the policy decides otherwise than expected."""
    viewer = None
    for file, case in cases:
        if case.request.model in FLAGGED and viewer is not case.actor:
            viewer = case.actor
            set_flags(policy, viewer.traits, viewer.identity, file.named.world)
        if allows(policy, case) != case.allowed:
            return file, case
    return None


def survivors(head: str) -> list[Mutant]:
    """The mutants of the rules with this first line that the shipped tests let pass.

    A case that found one mutant of a rule often finds the next, so those cases are tried first.
    """
    passed, found_by = [], list[tuple[TestFile, PolicyCase]]()
    for mutant in mutants_by_head()[head]:
        cases = cases_by_request()
        try:
            policy = Policy(mutant.text, POLICY.name)
            if any(failing(policy, [case]) for case in found_by):
                continue
            for request in requests_by_rule()[mutant.line]:
                if (case := failing(policy, cases.get(request, ()))) is not None:
                    found_by.insert(0, case)
                    break
            else:
                passed.append(mutant)
        except (EngineError, CompileError):
            continue
    return passed


def is_rejected(mutant: Mutant) -> bool:
    """Whether the load checks reject the mutant. The fourth is tried first, on the actions that the rule decides."""
    actions: defaultdict[type[Base], set[str]] = defaultdict(set)
    for request, _ in requests_by_rule()[mutant.line]:
        if request.model is not None:
            actions[request.model] |= {request.action, VIEW}
    linted = lint(mutant.text, POLICY.name)
    if not linted.diagnostics:
        compiler = Compiler(mutant.text, POLICY.name, linted.non_null)
        if next(validate_translation(compiler, POLICY.name, {}, actions, linted.entry_dependences), None) is not None:
            return True
    return bool(run_checks(mutant.text, POLICY.name))


def test_the_policy_itself_passes_every_case() -> None:
    policy = Policy(TEXT, POLICY.name)
    assert [failing(policy, cases) for cases in cases_by_request().values()] == [None] * len(cases_by_request())


def test_the_mutants_listed_as_equivalent_exist() -> None:
    keys = [(head, mutant.change) for head, made in mutants_by_head().items() for mutant in made]
    assert len(keys) > 200
    assert set(EQUIVALENT) <= set(keys)


@pytest.mark.matrix
@pytest.mark.parametrize("head", some(mutants_by_head()))
def test_every_small_mistake_is_found(head: str) -> None:
    passed = survivors(head)
    unexpected = [mutant for mutant in passed if (head, mutant.change) not in EQUIVALENT and not is_rejected(mutant)]
    listed = {change for first_line, change in EQUIVALENT if first_line == head}
    assert (unexpected, listed - {mutant.change for mutant in passed}) == ([], set())


def allowed(policy: Policy, traits: Traits, requests: set[CaseRequest], world: World, identity: Who) -> set[object]:
    """What an actor may do in `world`: pairs of a request and the number of the row."""
    set_flags(policy, traits, identity, world)
    return {
        (request, index)
        for request in requests
        if request.model is not None
        for where in [policy.decision(traits, request.action, request.model).where]
        for index, row in enumerate(world.rows(request.model))
        if holds(where, row, identity)
    }


@pytest.mark.matrix
def test_what_is_listed_as_no_mistake_allows_the_same_in_random_worlds() -> None:
    shipped = Policy(TEXT, POLICY.name)
    random = Random(11)
    worlds = [sample_world(random, {}) for _ in range(6)]
    compared = 0
    for mutant in (
        mutant for head, change in some(EQUIVALENT) for mutant in mutants_by_head()[head] if mutant.change == change
    ):
        policy, requests = Policy(mutant.text, POLICY.name), {asked for asked, _ in requests_by_rule()[mutant.line]}
        for traits in sample_traits(random):
            for world in worlds:
                identity = sample_identity(random, world, traits.kind)
                before = allowed(shipped, traits, requests, world, identity)
                assert allowed(policy, traits, requests, world, identity) == before, mutant
                compared += len(before)
    assert compared > 500
