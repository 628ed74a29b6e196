"""All combinations of the traits on which an answer depends."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations as subsets
from itertools import product
from typing import Any

from authz.actor import ActorKind, Traits
from authz.dependence import Dependence
from authz.vocabulary import TRAITS
from models import Audience, Permission

_EVERY_SUBSET = 5
"""Of so many permissions all subsets are tried: 32."""


def combinations(kind: ActorKind, dependence: Dependence) -> Iterator[Traits]:
    """Traits of actors of `kind`, one for each combination of what `dependence` names.

    Of permissions that are not named, an actor has all or none. Of more than five that are named, actors have up to
    two, or all, or all but one: eight would make some thousand combinations.
    """
    names = sorted(name for name in dependence.traits if TRAITS[name].scalar is not list)
    values: list[tuple[Any, ...]] = [tuple(TRAITS[name].words or (False, True)) for name in names]
    for permissions in _permissions(dependence):
        for chosen in product(*values):
            yield replace(Traits(kind, permissions=permissions), **dict(zip(names, chosen, strict=True)))


def storable(traits: Traits) -> bool:
    """Whether the database may hold such a user: one of an end customer always has a list of delivery accounts."""
    return traits.audience is not Audience.DELIVERY or not traits.all_delivery_accounts


def _permissions(dependence: Dependence) -> Iterator[frozenset[Permission]]:
    named = frozenset(map(Permission, dependence.permissions))
    others = frozenset(Permission) - named
    for some in _some_subsets(sorted(named)):
        yield frozenset(some)
        if dependence.any_permission and others:
            yield frozenset(some) | others


def _some_subsets(words: list[Permission]) -> Iterator[Iterable[Permission]]:
    whole = len(words)
    sizes = range(whole + 1) if whole <= _EVERY_SUBSET else (0, 1, 2, whole - 1, whole)
    for size in sizes:
        yield from subsets(words, size)
