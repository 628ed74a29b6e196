"""Declarations of input types and their fields."""

import inspect
from typing import Any, Final, TypeVar, dataclass_transform

import strawberry

from models import Base
from schema.declare.scalars import Malformed

T = TypeVar("T")

CHECKED_BESIDE: Final = {"checked_beside": True}
"""The metadata of an input field that may be malformed: the mutation runs nevertheless, checks the rest of the input,
and reports all problems. It gets a `Malformed` in place of a scalar, and text and ids as they were sent."""


def unset_to_none(value: T | None) -> T | None:
    """Returns the value of an optional input field, or None if it was omitted or is malformed."""
    return None if value is strawberry.UNSET or isinstance(value, Malformed) else value


def given_values(input_: object) -> dict[str, Any]:
    """Returns the values of an input that were given and aren't malformed, by field."""
    return {
        name: value
        for name, value in vars(input_).items()
        if value is not strawberry.UNSET and not isinstance(value, Malformed)
    }


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def gql_input(cls: type[T]) -> type[T]:
    """Declares an input type. Its docstring is its description."""
    return strawberry.input(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def user_name(description: str, **default: Any) -> Any:
    """An input field for the first or last name of a user."""
    return strawberry.field(description=description, metadata=CHECKED_BESIDE, **default)


def each_has_result(description: str) -> Any:
    """An input field with a list whose items each have a result of their own: if an item is malformed, the mutation is
    run, and gets a `Malformed` in its place."""
    return strawberry.field(description=description, metadata={"each_has_result": True})


def id_of(model: type[Base] | tuple[type[Base], ...], description: str, **default: Any) -> Any:
    """An input field for the id of a row of `model`, or of one of several models. A field named after its node type
    (`contractAccounts`) doesn't need it."""
    return strawberry.field(description=description, metadata={"model": model}, **default)
