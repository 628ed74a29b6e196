"""Finds out which rows a change of other rows affects: those from which the rules lead to a row that changes.

    allow(actor: Member, "view", account: ContractAccount) if … service in account.services and …
    ->  a service that changes affects the accounts from which the path ("services",) leads to it

Of all other rows, the rules decide as before.
"""

from collections.abc import Iterator
from typing import Final

from authz.actor import Traits
from authz.model.actions import ASSIGN
from authz.model.resources import Relation, attributes, target
from authz.policy import Policy
from authz.predicates.nodes import All, Any, Exists, Flag, Path, Predicate
from models import Base, ContractAccount, DeliveryAccount

_PERMISSIONS: Final[Path] = ("permissions",)
_GRANTED: Final[tuple[tuple[Path, type[Base]], ...]] = (
    (("contract_grants", "contract_account"), ContractAccount),
    (("delivery_grants", "delivery_account"), DeliveryAccount),
)
"""What the flag `user.within_reach_of_actor` reads beside the user's own row: relations, and accounts to assign."""


def affecting_paths(
    policy: Policy, traits: Traits, action: str, model: type[Base], changed: frozenset[type[Base]]
) -> frozenset[Path]:
    """Returns the relations from a row of `model` to rows of the types `changed` that decide whether actors with
    `traits` may perform `action` on it; the empty path if the row is of such a type itself.

    Raises KeyError for an unknown type, and ValueError for an unknown action.
    """
    reads = set(_Reads(policy, traits).of(policy.decision(traits, action, model).where, model))
    return frozenset(path for path in reads | {()} if target(model, path) in changed)


class _Reads:
    """The relations that decisions for actors with `traits` read, each with all on the way there."""

    def __init__(self, policy: Policy, traits: Traits) -> None:
        self._policy, self._traits = policy, traits

    def of(self, predicate: Predicate, model: type[Base]) -> Iterator[Path]:
        match predicate:
            case All(items) | Any(items):
                for item in items:
                    yield from self.of(item, model)
            case Exists(path, where):
                yield from _on_the_way(path)
                yield from _behind(path, self.of(where, target(model, path)))
            case Flag(path):
                yield from _on_the_way(path[:-1])
                yield from _behind(path[:-1], self._of_flag())
            case _:
                *before, last = predicate.path
                is_relation = isinstance(attributes(target(model, before))[last], Relation)
                yield from _on_the_way(predicate.path if is_relation else tuple(before))

    def _of_flag(self) -> Iterator[Path]:
        yield _PERMISSIONS
        for path, accounts in _GRANTED:
            yield from _on_the_way(path)
            assignable = self._policy.decision(self._traits, ASSIGN, accounts).where
            yield from _behind(path, self.of(assignable, accounts))


def _on_the_way(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(1, len(path) + 1))


def _behind(path: Path, others: Iterator[Path]) -> Iterator[Path]:
    return (path + other for other in others)
