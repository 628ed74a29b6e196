"""The arguments of a connection: which page, in which order, of which nodes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from graphql import GraphQLInputObjectType

from resolvers.public_id import keys
from resolvers.query import cursor
from resolvers.query.registry import ObjectType
from resolvers.query.selection import ParameterSlot
from schema.declare.arguments import DEFAULT_SIZE, LARGEST_SIZE
from schema.declare.orders import DEFAULTS

PutSlot = Callable[[Any], ParameterSlot]
"""Takes a value and tells which place it got."""

ReportError = Callable[[str, str], None]
"""Takes an argument and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class PageArguments:
    """A page as `resolvers.query.selection.Page` has it, without its parts."""

    size: ParameterSlot
    order: str
    backward: bool
    after: tuple[ParameterSlot, ParameterSlot] | None
    before: tuple[ParameterSlot, ParameterSlot] | None
    filters: tuple[tuple[str, ParameterSlot], ...]


def page_arguments(
    target: ObjectType,
    filter_type: GraphQLInputObjectType,
    given: Mapping[str, Any],
    slot: PutSlot,
    complain: ReportError,
) -> PageArguments:
    """The page that the arguments `given` describe, of nodes of the type `target`."""
    order = str((given.get("orderBy") or DEFAULTS[target.name]).value)
    backward = given.get("last") is not None
    decode = partial(cursor.decode, order=order, type_=target.orders[order].type)
    return PageArguments(
        slot(_size(given, complain)),
        order,
        backward,
        _place("after", decode, given, slot, complain),
        _place("before", decode, given, slot, complain),
        _filters(filter_type, given.get("filter") or {}, slot),
    )


def _size(given: Mapping[str, Any], complain: ReportError) -> int:
    first, last = given.get("first"), given.get("last")
    if first is not None and last is not None:
        complain("last", "Give either first or last, not both.")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= LARGEST_SIZE:
            complain(name, f"A page has at least 1 node and at most {LARGEST_SIZE}.")
    size = first if first is not None else last
    return size if size is not None else DEFAULT_SIZE


def _place(
    name: str, decode: Callable[[str], tuple[Any, Any]], given: Mapping[str, Any], slot: PutSlot, complain: ReportError
) -> tuple[ParameterSlot, ParameterSlot] | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        key, id_ = decode(text)
    except ValueError:
        complain(name, "This is not a cursor of this list in this order.")
        return None
    return slot(key), slot(id_)


def _filters(
    type_: GraphQLInputObjectType, given: Mapping[str, Any], slot: PutSlot
) -> tuple[tuple[str, ParameterSlot], ...]:
    filters = []
    for name, field in type_.fields.items():
        value = given.get(name)
        if value is not None:
            prefix = field.extensions["strawberry-definition"].metadata.get("prefix")
            filters.append((name, slot(_bound(value, prefix))))
    return tuple(filters)


def _bound(value: Any, prefix: str | None) -> Any:
    """The value as it is bound: an id by its key, an enum by its word. Ids of another type stand for nothing."""
    if prefix is not None:
        return tuple(key for key in keys(value, prefix) if key is not None)
    if isinstance(value, list):
        return tuple(_bound(each, None) for each in value)
    return value.value if isinstance(value, Enum) else value
