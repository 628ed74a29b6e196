"""Reads the arguments of a connection: page size, cursors, order and filter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from graphql import GraphQLInputObjectType

from models import Base
from resolvers.public_id import keys
from resolvers.query import cursor
from resolvers.query.registry import ObjectType
from resolvers.query.selection import ParameterSlot
from schema.declare.arguments import DEFAULT_SIZE, LARGEST_SIZE
from schema.declare.fields import NODE_BINDINGS

PutSlot = Callable[[Any], ParameterSlot]
"""Stores a value and returns its slot."""

PutFilterSlot = Callable[[Any, type[Base] | None], ParameterSlot]
"""Stores the value of a filter field, which holds ids of rows of the model if there is one, and returns its slot."""

ReportError = Callable[[str, str], None]
"""Records the name of an argument and an error message for it."""


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The fields of `resolvers.query.selection.Page` except its parts."""

    size: ParameterSlot
    order: str
    backward: bool
    after: tuple[ParameterSlot, ParameterSlot] | None
    before: tuple[ParameterSlot, ParameterSlot] | None
    filters: tuple[tuple[str, ParameterSlot], ...]


def page_arguments(
    target: ObjectType,
    filter_type: GraphQLInputObjectType,
    arguments: Mapping[str, Any],
    *,
    slot: PutSlot,
    filter_slot: PutFilterSlot,
    report: ReportError,
) -> PageArguments:
    """Returns the page of nodes of the type `target` that the arguments describe. Errors go to `report`."""
    order = str((arguments.get("orderBy") or NODE_BINDINGS[target.name].default_order).value)
    backward = arguments.get("last") is not None
    decode = partial(cursor.decode, order=order, type_=target.orders[order].type)
    return PageArguments(
        slot(_size(arguments, report)),
        order,
        backward,
        _cursor("after", decode, arguments, slot, report),
        _cursor("before", decode, arguments, slot, report),
        _filters(filter_type, arguments.get("filter") or {}, filter_slot),
    )


def _size(arguments: Mapping[str, Any], report: ReportError) -> int:
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        report("last", "Use either first or last, not both.")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= LARGEST_SIZE:
            report(name, f"A page has at least 1 and at most {LARGEST_SIZE} nodes.")
    size = first if first is not None else last
    return size if size is not None else DEFAULT_SIZE


def _cursor(
    name: str,
    decode: Callable[[str], tuple[Any, Any]],
    arguments: Mapping[str, Any],
    slot: PutSlot,
    report: ReportError,
) -> tuple[ParameterSlot, ParameterSlot] | None:
    text = arguments.get(name)
    if text is None:
        return None
    try:
        key, id_ = decode(text)
    except ValueError:
        report(name, "This is not a cursor of this list and sort order.")
        return None
    return slot(key), slot(id_)


def _filters(
    type_: GraphQLInputObjectType, conditions: Mapping[str, Any], slot: PutFilterSlot
) -> tuple[tuple[str, ParameterSlot], ...]:
    filters = []
    for name, field in type_.fields.items():
        value = conditions.get(name)
        if value is not None:
            metadata = field.extensions["strawberry-definition"].metadata
            encode = metadata.get("encode")
            filters.append((name, slot(encode(value) if encode else value, metadata.get("model"))))
    return tuple(filters)


def bound_value(value: Any, model: type[Base] | None) -> Any:
    """Returns the value to bind: the keys of ids, the values of enums. Ids of another type are dropped."""
    if model is not None:
        return tuple(key for key in keys(value, model) if key is not None)
    if isinstance(value, list):
        return tuple(bound_value(item, None) for item in value)
    return value.value if isinstance(value, Enum) else value
