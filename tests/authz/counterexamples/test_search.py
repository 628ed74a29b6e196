"""The model finder: its worlds are what it says. Where it says that there is none, no random world is one."""

import os
import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authz.actor import ActorKind, Identity, Traits
from authz.checks.random_worlds import NamedValues, named_values, sample_world
from authz.counterexamples import witness
from authz.counterexamples.compare import NO_FLAG
from authz.counterexamples.formulas import AllOf, Formula, formula_of, negation
from authz.counterexamples.witness import Nothing, Witness, find
from authz.predicates.evaluate import holds
from authz.predicates.nodes import TRUE as EVERY_ROW
from authz.predicates.nodes import All, Any, Compare, Exists, NotNull, Operator, Predicate, show
from models import (
    ApiClient,
    AuditEvent,
    Base,
    ContractAccount,
    Organization,
    Permission,
    Service,
    User,
)
from tests.support.depth import examples
from tests.support.paths import ROOT
from tests.support.policies.random_predicates import predicates
from tests.support.worlds.consistent_actor import an_actor

pytestmark = pytest.mark.invariant("by_traits")

MODELS: tuple[type[Base], ...] = (Service, User, AuditEvent, ContractAccount, Organization, ApiClient)
WORLDS = 4
OWN = Compare(("organization_id",), Operator.EQUAL, Identity.ORGANIZATION_ID)


def only_first(first: Predicate, second: Predicate, model: type[Base]) -> Formula:
    return AllOf((formula_of(first, model, NO_FLAG), negation(formula_of(second, model, NO_FLAG))))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[type[Base], Predicate, Predicate]:
    """Two predicates on rows of a type: unrelated, one within the other, or the same in other words."""
    model = draw(st.sampled_from(MODELS))
    one, two, three = draw(predicates(model, 2)), draw(predicates(model, 2)), draw(predicates(model, 1))

    def both(*items: Predicate) -> Predicate:
        return All(frozenset(items))

    def either(*items: Predicate) -> Predicate:
        return Any(frozenset(items))

    forms = (
        (one, two),
        (both(one, three), either(two, one)),
        (one, both(one, two)),
        (both(either(one, two), three), either(both(one, three), both(two, three))),
        (either(one, two), two),
        (either(both(one, two), both(one, three)), both(one, either(three, two))),
    )
    return model, *draw(st.sampled_from(forms))


@settings(max_examples=examples(60), deadline=None)
@given(pairs(), st.integers(0, 10**9))
def test_a_difference_that_random_worlds_have_is_found(
    pair: tuple[type[Base], Predicate, Predicate], seed: int
) -> None:
    model, first, second = pair
    random, named = Random(seed), NamedValues()
    for predicate in (first, second):
        named_values(predicate, model, named)
    for _ in range(WORLDS):
        world = sample_world(random, named)
        traits, identity = an_actor(world, random)
        found = find(model, traits, only_first(first, second, model))
        if isinstance(found, Witness):
            assert holds(first, found.row, found.identity), show(first)
            assert not holds(second, found.row, found.identity), show(second)
        elif found.proved:
            for row in world.rows(model):
                assert not holds(first, row, identity) or holds(second, row, identity), row.values


MEMBER = Traits(ActorKind.MEMBER)


def test_a_world_is_as_small_as_it_can_be() -> None:
    granted = Exists(("grants",), Compare(("user_id",), Operator.EQUAL, Identity.ID))
    found = find(ContractAccount, MEMBER, formula_of(granted, ContractAccount, NO_FLAG))
    assert isinstance(found, Witness)
    assert [row.model.__name__ for row in found.shown] == ["ContractAccount", "ContractGrant"]
    # A grant is of one organization, so the account is of the actor's.
    assert found.row.values["organization_id"] == found.identity[Identity.ORGANIZATION_ID]


def test_foreign_keys_hold() -> None:
    granted = Exists(("grants",), Compare(("user_id",), Operator.EQUAL, Identity.ID))
    found = find(ContractAccount, MEMBER, only_first(granted, OWN, ContractAccount))
    assert found == Nothing(proved=True)
    # The contract account of a service is one of its organization.
    some = Exists(("organization", "contract_accounts"), EVERY_ROW)
    assert find(Service, MEMBER, only_first(EVERY_ROW, some, Service)) == Nothing(proved=True)
    # What an event is about may be gone.
    found = find(AuditEvent, MEMBER, only_first(NotNull(("subject_id",)), NotNull(("subject",)), AuditEvent))
    assert isinstance(found, Witness)


def test_the_actors_own_row_is_what_its_traits_say() -> None:
    me = Compare(("id",), Operator.EQUAL, Identity.ID)
    holds_billing = Exists(("permissions",), Compare(("permission",), Operator.EQUAL, "BILLING_VIEW"))
    formula = only_first(All(frozenset({me, holds_billing})), Any(frozenset()), User)
    assert find(User, MEMBER, formula) == Nothing(proved=True)
    holder = Traits(ActorKind.MEMBER, permissions=frozenset({Permission.BILLING_VIEW}))
    assert isinstance(find(User, holder, formula), Witness)


def test_a_search_that_takes_too_long_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    status, code = (Compare((name,), Operator.EQUAL, "A") for name in ("name", "currency"))
    formula = only_first(Any(frozenset({status, code})), All(frozenset({status, code})), ContractAccount)
    assert isinstance(find(ContractAccount, MEMBER, formula), Witness)
    monkeypatch.setattr(witness, "MAX_STEPS", 0)
    assert find(ContractAccount, MEMBER, formula) == Nothing(proved=False)


PRINT_EXAMPLE = """
from authz.actor import ActorKind, Traits
from authz.counterexamples.compare import NO_FLAG
from authz.counterexamples.formulas import formula_of
from authz.counterexamples.witness import find
from authz.predicates.nodes import Any, Compare, Operator
from models import Audience, Service

MEMBER = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset(), True, True)
countries = frozenset(Compare(("country",), Operator.EQUAL, country) for country in ("DE", "FR", "IT", "PL", "ES"))
found = find(Service, MEMBER, formula_of(Any(countries), Service, NO_FLAG))
print(found.row.values)
"""


def test_the_same_example_is_found_in_every_process() -> None:
    """The order of a set of texts differs between processes."""
    found = {
        subprocess.run(
            [sys.executable, "-c", PRINT_EXAMPLE],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(found) == 1
