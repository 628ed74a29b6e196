"""The ways whose conditions on traits hold are the branches that are open to an actor with these traits."""

from random import Random

import pytest

from authz.actor import ActorKind, Traits
from authz.policy import Policy
from authz.predicate import FALSE, All, Predicate, Source, show
from authz.sampling import sample_traits
from authz.vocabulary import ACTIONS
from models import Audience, Base, Permission, Service
from tests.authz.policies import FILE, policy_with
from tests.mutations import rules

NOBODY_YET = Traits(ActorKind.MEMBER, Audience.ORGANIZATION)


Form = tuple[tuple[Source, ...], str]


def form(sources: tuple[Source, ...], conditions: frozenset[Predicate]) -> Form:
    return sources, show(All(conditions))


def open_ways(policy: Policy, traits: Traits, action: str, model: type[Base]) -> set[Form]:
    return {
        form(way.sources, way.conditions)
        for way in policy.ways.of(traits, action, model)
        if all(policy.ways.holds(condition, traits) for condition in way.traits)
    }


def branches(policy: Policy, traits: Traits, action: str, model: type[Base]) -> set[Form]:
    return {
        form(branch.sources, branch.where.items if isinstance(branch.where, All) else frozenset({branch.where}))
        for branch in policy.decision(traits, action, model).branches
        if branch.where != FALSE
    }


@pytest.mark.parametrize("traits", [*sample_traits(Random(7)), NOBODY_YET], ids=str)
def test_open_ways_are_the_branches(traits: Traits) -> None:
    policy = rules()
    for model, actions in ACTIONS.items():
        for action in actions:
            expected = branches(policy, traits, action, model)
            assert open_ways(policy, traits, action, model) == expected, f"{action} {model.__name__}"


def test_each_condition_on_traits_has_its_text_and_line_wherever_it_stands() -> None:
    policy = Policy(
        policy_with("""
allow(actor: Member{audience: "DELIVERY"}, "view", service: Service) if
    service.organization_id = actor.organization_id and
    (not "BILLING_VIEW" in actor.permissions or actor.all_contract_accounts);
allow(_: Member{all_delivery_accounts: true}, "view", _: Service);
"""),
        FILE,
    )
    delivery = Traits(ActorKind.MEMBER, Audience.DELIVERY, frozenset(Permission))
    ways = policy.ways.of(delivery, "view", Service)
    told = [[(each.source.line, each.text, policy.ways.holds(each, delivery)) for each in way.traits] for way in ways]
    audience = (1, 'actor: Member{audience: "DELIVERY"}', True)
    assert told == [
        [(3, 'not "BILLING_VIEW" in actor.permissions', False), audience],
        [(3, "actor.all_contract_accounts", False), audience],
        [(4, "_: Member{all_delivery_accounts: true}", False)],
    ]
