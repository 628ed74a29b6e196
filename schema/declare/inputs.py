"""Declarations of input types and their fields."""

import inspect
from typing import Any, TypeVar, dataclass_transform

import strawberry

from models import Base

T = TypeVar("T")


def unset_to_none(value: T | None) -> T | None:
    """Returns the value of an optional input field, or None if it was omitted."""
    return None if value is strawberry.UNSET else value


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def gql_input(cls: type[T]) -> type[T]:
    """Declares an input type. Its docstring is its description."""
    return strawberry.input(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def id_of(model: type[Base] | tuple[type[Base], ...], description: str) -> Any:
    """An input field for the id of a row of `model`, or of one of several models. A field named after its node type
    (`contractAccounts`) doesn't need it."""
    return strawberry.field(description=description, metadata={"model": model})
