"""How input types are declared."""

import inspect
from typing import Any, TypeVar, dataclass_transform

import strawberry

T = TypeVar("T")


def unset_to_none(value: T | None) -> T | None:
    """What was given for a field that can be left out; None where it was."""
    return None if value is strawberry.UNSET else value


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def gql_input(cls: type[T]) -> type[T]:
    """Declare an input type. Its docstring is its description."""
    return strawberry.input(cls, description=inspect.cleandoc(cls.__doc__ or ""))


def id_of(prefix: str | tuple[str, ...], description: str) -> Any:
    """An id in an input, of a thing whose ids begin with `prefix`, or with one of several. Where the name of a field is
    that of a node type (`contractAccounts`), it says so by itself."""
    return strawberry.field(description=description, metadata={"prefix": prefix})
