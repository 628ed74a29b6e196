"""Warnings are about every subset of the permissions that rules name, however many there are."""

from collections.abc import Collection
from itertools import combinations as combinations_of
from random import Random

import pytest

from models import Permission
from tests.support.policies.small_policies import policy_with, warning_messages

MINE = "service.organization_id = actor.organization_id"
ALLOW = 'allow(actor: Member, "view", service: Service) if'


def of_permissions(random: Random) -> frozenset[tuple[Permission, bool]]:
    """Returns three or four permissions that an actor must have, or must not."""
    return frozenset((each, random.random() < 0.7) for each in random.sample(list(Permission), random.randint(3, 4)))


def is_open(required: frozenset[tuple[Permission, bool]], held: Collection[Permission]) -> bool:
    return all((each in held) is must for each, must in required)


@pytest.mark.parametrize("seed", range(6))
def test_rules_that_name_many_permissions_are_tried_with_every_subset(seed: int) -> None:
    """No rule is called unreachable or redundant because only some subsets of eight permissions were tried."""
    random = Random(seed)
    rules = [of_permissions(random) for _ in range(4)]
    rules += [rules[0] | {(each, True)} for each in set(Permission) - {each for each, _ in rules[0]}][:1]
    texts = [
        f"{ALLOW} {MINE} and "
        + " and ".join(f'{"" if must else "not "}"{each}" in actor.permissions' for each, must in sorted(rule))
        + ";"
        for rule in rules
    ]
    contradiction = (
        f'{ALLOW} {MINE} and "BILLING_VIEW" in actor.permissions and not "BILLING_VIEW" in actor.permissions;'
    )
    reported = [warning.split(":", 3) for warning in warning_messages(policy_with("\n".join([*texts, contradiction])))]
    unreachable = {int(line) for _, line, _, message in reported if "never matches" in message}
    redundant = {int(line) for _, line, _, message in reported if "already allows" in message}
    assert unreachable == {len(rules) + 1}
    subsets = [set(some) for size in range(len(Permission) + 1) for some in combinations_of(Permission, size)]
    kept = [rule for line, rule in enumerate(rules, 1) if line not in redundant]
    for held in subsets:
        assert any(is_open(rule, held) for rule in rules) is any(is_open(rule, held) for rule in kept)
    for rule in kept:
        alone = [other for other in kept if other is not rule]
        assert any(is_open(rule, held) and not any(is_open(other, held) for other in alone) for held in subsets)
    assert len(rules) in redundant


def test_permissions_that_a_helper_checks_are_told_apart() -> None:
    """The value is passed on, so that no rule names it next to `actor.permissions`."""
    rules = [
        f'{ALLOW} {MINE} and has(actor, "BILLING_VIEW");',
        f'{ALLOW} {MINE} and p in actor.permissions and p = "ORDERS_VIEW";',
        "has(actor: Member, permission: String) if permission in actor.permissions;",
    ]
    assert warning_messages(policy_with("\n".join(rules))) == []
