"""Validates all arguments and input fields: malformed values of scalars, text that can't be stored, malformed ids, and
excessive lengths."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from graphql import (
    GraphQLInputField,
    GraphQLInputType,
    GraphQLNamedType,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
)

from resolvers import public_id
from resolvers.errors import Problem
from schema.declare.filters import LIST_LENGTH
from schema.declare.scalars import LONG_TEXT, Malformed

TEXT_LENGTH = 4_096
"""Maximum characters of any text but a `LongText`: those of the longest cursor. Stored text has stricter limits."""


class ErrorKind(Enum):
    """What an error is about: the size of the input; one value, which somebody may have typed; one value beside which
    the rest of the input is checked (`CHECKED_BESIDE`); or an item of a list whose items each have a result
    (`each_has_result`)."""

    SIZE = auto()
    VALUE = auto()
    BESIDE = auto()
    ITEM = auto()


@dataclass(frozen=True, slots=True)
class InputError:
    """An error in a value: its path (`filter.ids.2`), the message, and what the error is about."""

    path: str
    message: str
    kind: ErrorKind = ErrorKind.VALUE


@dataclass(frozen=True, slots=True)
class InputProblems:
    """The problems of malformed values in the arguments of a field whose result has errors. `prevent_run` is whether
    the field isn't run because of them; otherwise it checks the rest of its input, and reports all."""

    problems: Sequence[Problem] = ()
    prevent_run: bool = False


class InputValidator:
    """Validates the values of one operation. A list that is used in several places is validated once."""

    def __init__(self) -> None:
        # The list is kept with its errors, so that no other list can get its address.
        self._lists: dict[tuple[int, str], tuple[object, list[InputError]]] = {}

    def errors(self, value: Any, type_: GraphQLInputType, path: str) -> Iterator[InputError]:
        """Yields the errors in a coerced value, at any depth."""
        named = get_named_type(type_)
        if isinstance(value, Mapping) and is_input_object_type(named):
            for name, field in named.fields.items():
                if name in value:
                    yield from self._of_field(value[name], field, f"{path}.{name}")
        elif isinstance(value, list | tuple):
            yield from self._of_list(value, type_, path)
        elif isinstance(value, str):
            yield from _of_text(value, named, path)
        elif isinstance(value, Malformed):
            yield InputError(path, value.message)

    def _of_field(self, value: Any, field: GraphQLInputField, path: str) -> Iterator[InputError]:
        metadata = field.extensions["strawberry-definition"].metadata
        limit = metadata.get("length")
        if isinstance(value, str) and limit is not None and len(value) > limit:
            yield InputError(path, f"This is longer than {limit} characters.")
            return
        most = metadata.get("most")
        if isinstance(value, list) and most is not None and len(value) > most:
            yield InputError(path, list_too_long(most), ErrorKind.SIZE)
            return
        low, high = metadata.get("bounds", (value, value))
        if isinstance(value, int) and not low <= value <= high:
            yield InputError(path, f"This is not a number from {low:,} to {high:,}.")
        for error in self.errors(value, field.type, path):
            yield replace(error, kind=_kind_within(metadata)) if error.kind is ErrorKind.VALUE else error

    def _of_list(self, values: list[Any] | tuple[Any, ...], type_: GraphQLInputType, path: str) -> Iterator[InputError]:
        if len(values) > LIST_LENGTH:
            yield InputError(path, list_too_long(), ErrorKind.SIZE)
            return
        key = id(values), str(type_)
        if key not in self._lists:
            list_ = get_nullable_type(type_)
            item: GraphQLInputType = list_.of_type if is_list_type(list_) else type_
            found = [error for index, value in enumerate(values) for error in self.errors(value, item, f".{index}")]
            self._lists[key] = values, found
        for error in self._lists[key][1]:
            yield replace(error, path=f"{path}{error.path}")


def _kind_within(metadata: Mapping[object, Any]) -> ErrorKind:
    """The kind of an error about a value in an input field with this metadata."""
    if "each_has_result" in metadata:
        return ErrorKind.ITEM
    return ErrorKind.BESIDE if "checked_beside" in metadata else ErrorKind.VALUE


def list_too_long(most: int = LIST_LENGTH) -> str:
    """Returns the message about a list with more than `most` entries."""
    return f"The list has more than {most:,} entries."


def _of_text(text: str, type_: GraphQLNamedType, path: str) -> Iterator[InputError]:
    limit = LONG_TEXT if type_.name == "LongText" else TEXT_LENGTH
    if len(text) > limit:
        yield InputError(path, f"This is longer than {limit:,} characters.")
    elif "\x00" in text:
        yield InputError(path, "Text must not contain U+0000.")
    elif any("\ud800" <= character <= "\udfff" for character in text):
        yield InputError(path, "This is not valid text: it contains an unpaired surrogate.")
    elif type_.name == "ID":
        try:
            public_id.decode(text)
        except ValueError:
            yield InputError(
                path,
                "This is not an id: an id has a prefix and a UUID, such as usr_0190163d-8694-739b-aea5-966c26f8ad91.",
            )
