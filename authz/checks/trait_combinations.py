"""All combinations of the traits on which an answer depends."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import combinations as subsets
from itertools import product
from typing import Any

from authz.actor import ActorKind, Traits
from authz.lint.trait_dependence import Dependence
from authz.model.actor_attributes import LIST_ATTRIBUTES, TRAITS, traits_of
from models import Audience, Scope

_EVERY_SUBSET = 5
"""Of so many permissions all subsets are tried: 32."""


def combinations(kind: ActorKind, dependence: Dependence) -> Iterator[Traits]:
    """Traits of actors of `kind`, one for each combination of what `dependence` names.

    Of permissions that are not named, an actor has all or none; so it is with scopes. Of more than five that are named,
    actors have up to two, or all, or all but one: eight would make some thousand combinations.
    """
    names = sorted(name for name in dependence.traits if name not in LIST_ATTRIBUTES)
    values: list[Iterable[Any]] = [tuple(TRAITS[name].allowed_values or (False, True)) for name in names]
    lists = [name for name in LIST_ATTRIBUTES if name in traits_of(kind)]
    values += [_of_list(LIST_ATTRIBUTES[name], dependence) for name in lists]
    for chosen in product(*values):
        yield replace(Traits(kind), **dict(zip([*names, *lists], chosen, strict=True)))


def is_valid(traits: Traits) -> bool:
    """Whether the database may hold such a user or client: one of an end customer always has a list of delivery
    accounts, and a client a scope."""
    if traits.kind is ActorKind.CLIENT and not traits.scopes:
        return False
    return traits.audience is not Audience.DELIVERY or not traits.all_delivery_accounts


def _of_list(words: type[StrEnum], dependence: Dependence) -> Iterator[frozenset[StrEnum]]:
    named = dependence.named(words)
    others = frozenset(words) - frozenset(named)
    for some in _some_subsets(named):
        # A client without a scope can't be stored: it has one that does not matter.
        yield frozenset(some or (sorted(others)[:1] if words is Scope else ()))
        if words in dependence.further and others:
            yield frozenset(some) | others


def _some_subsets(words: list[StrEnum]) -> Iterator[tuple[StrEnum, ...]]:
    whole = len(words)
    sizes = range(whole + 1) if whole <= _EVERY_SUBSET else (0, 1, 2, whole - 1, whole)
    for size in sizes:
        yield from subsets(words, size)
