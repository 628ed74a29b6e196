"""The result of a mutation, or of a query with `errors`, that is rejected before it runs."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final

from graphql import GraphQLObjectType, GraphQLOutputType, get_named_type, is_list_type, is_non_null_type

from resolvers.errors import Problem
from schema.types.mutation_error import errors_of

_EMPTY: Final[dict[str, object]] = {"Boolean": False, "Int": 0}


def rejected_payload(type_: GraphQLObjectType) -> Callable[[Sequence[Problem]], Any]:
    """Returns a function that makes an object of this type from problems: `errors` has them, and each other field is
    null, false, 0 or an empty list. Raises ValueError for a type with a required field that has no such value."""
    definition = type_.extensions["strawberry-definition"]
    values = {
        field.extensions["strawberry-definition"].python_name: _empty(field.type)
        for name, field in type_.fields.items()
        if name != "errors"
    }
    given = [field.name for field in fields(definition.origin) if field.init]

    def payload(problems: Sequence[Problem]) -> Any:
        all_ = {"data": {}, **values, "errors": errors_of(problems)}
        return definition.origin(**{name: all_[name] for name in given})

    return payload


def _empty(type_: GraphQLOutputType) -> object:
    if not is_non_null_type(type_):
        return None
    if is_list_type(type_.of_type):
        return []
    name = get_named_type(type_).name
    if name not in _EMPTY:
        raise ValueError(f"{name} has no value for a mutation that is rejected")
    return _EMPTY[name]
