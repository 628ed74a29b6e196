"""Declarations of input types and their fields."""

import inspect
from typing import Any, TypeVar, dataclass_transform

import strawberry

from models import Base
from resolvers.validation.person import user_name_problems

T = TypeVar("T")


def unset_to_none(value: T | None) -> T | None:
    """Returns the value of an optional input field, or None if it was omitted."""
    return None if value is strawberry.UNSET else value


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def gql_input(cls: type[T]) -> type[T]:
    """Declares an input type. Its docstring is its description."""
    return strawberry.input(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def user_name(description: str, **default: Any) -> Any:
    """An input field for the first or last name of a user. If another value of the input is malformed, the name is
    checked beside it; otherwise the mutation checks it."""
    return strawberry.field(description=description, metadata={"check": user_name_problems}, **default)


def each_has_result(description: str) -> Any:
    """An input field with a list whose items each have a result of their own: if an item is malformed, the mutation is
    run, and gets a `Malformed` in its place."""
    return strawberry.field(description=description, metadata={"each_has_result": True})


def id_of(model: type[Base] | tuple[type[Base], ...], description: str) -> Any:
    """An input field for the id of a row of `model`, or of one of several models. A field named after its node type
    (`contractAccounts`) doesn't need it."""
    return strawberry.field(description=description, metadata={"model": model})
