"""Generates the combinations of traits on which a decision depends."""

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


def combinations(kind: ActorKind, dependence: Dependence) -> Iterator[Traits]:
    """Yields traits of actors of `kind`, one for each combination of what `dependence` names.

    An actor has either all or none of the permissions that are not named, and likewise of the scopes. Those with fewer
    permissions come first. All subsets of eight make thousands: `active_derivations` finds the few that differ.
    """
    names = sorted(name for name in dependence.traits if name not in LIST_ATTRIBUTES)
    values: list[Iterable[Any]] = [tuple(TRAITS[name].allowed_values or (False, True)) for name in names]
    lists = [name for name in LIST_ATTRIBUTES if name in traits_of(kind)]
    values += [_of_list(LIST_ATTRIBUTES[name], dependence) for name in lists]
    for combination in product(*values):
        yield replace(Traits(kind), **dict(zip([*names, *lists], combination, strict=True)))


def is_valid(traits: Traits) -> bool:
    """Whether the database can hold a user or client with `traits`: a delivery-audience user always has a list of
    delivery accounts, and a client has at least one scope."""
    if traits.kind is ActorKind.CLIENT and not traits.scopes:
        return False
    return traits.audience is not Audience.DELIVERY or not traits.all_delivery_accounts


def without_unused(traits: Traits, dependence: Dependence) -> Traits:
    """Returns `traits` without what `dependence` does not name. Actors with the same result get the same decision."""
    used: dict[str, Any] = {
        name: getattr(traits, name) for name in dependence.traits if name in TRAITS and name not in LIST_ATTRIBUTES
    }
    for name, values in LIST_ATTRIBUTES.items():
        held = getattr(traits, name)
        used[name] = held if values in dependence.whole_lists else held & frozenset(dependence.values_of(values))
    return replace(Traits(traits.kind), **used)


def _of_list(values: type[StrEnum], dependence: Dependence) -> Iterator[frozenset[StrEnum]]:
    named = dependence.values_of(values)
    others = frozenset(values) - frozenset(named)
    for subset in _subsets(named):
        # A client without a scope can't be stored, so it gets one that does not matter.
        yield frozenset(subset or (sorted(others)[:1] if values is Scope else ()))
    if values in dependence.whole_lists and others:
        yield from (frozenset(subset) | others for subset in _subsets(named))


def _subsets(values: list[StrEnum]) -> Iterator[tuple[StrEnum, ...]]:
    for size in range(len(values) + 1):
        yield from subsets(values, size)
