"""Validates all arguments and input fields: text that can't be stored, malformed ids, and excessive lengths."""

from collections.abc import Iterator, Mapping
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
from schema.declare.filters import LIST_LENGTH

TEXT_LENGTH = 4_096
"""Maximum characters of any text: those of the longest cursor. Stored text has stricter limits of its own."""

InputError = tuple[str, str]
"""The path of a value (`filter.ids.2`), and the error message."""


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

    def _of_field(self, value: Any, field: GraphQLInputField, path: str) -> Iterator[InputError]:
        limit = field.extensions["strawberry-definition"].metadata.get("length")
        if isinstance(value, str) and limit is not None and len(value) > limit:
            yield path, f"This is longer than {limit} characters."
        else:
            yield from self.errors(value, field.type, path)

    def _of_list(self, values: list[Any] | tuple[Any, ...], type_: GraphQLInputType, path: str) -> Iterator[InputError]:
        if len(values) > LIST_LENGTH:
            yield path, list_too_long()
            return
        key = id(values), str(type_)
        if key not in self._lists:
            list_ = get_nullable_type(type_)
            item: GraphQLInputType = list_.of_type if is_list_type(list_) else type_
            found = [error for index, value in enumerate(values) for error in self.errors(value, item, f".{index}")]
            self._lists[key] = values, found
        for location, message in self._lists[key][1]:
            yield f"{path}{location}", message


def list_too_long() -> str:
    """Returns the message about a list that is too long."""
    return f"The list has more than {LIST_LENGTH:,} entries."


def _of_text(text: str, type_: GraphQLNamedType, path: str) -> Iterator[InputError]:
    if len(text) > TEXT_LENGTH:
        yield path, f"This is longer than {TEXT_LENGTH:,} characters."
    elif "\x00" in text:
        yield path, "Text must not contain U+0000."
    elif any("\ud800" <= character <= "\udfff" for character in text):
        yield path, "This is not valid text: it contains an unpaired surrogate."
    elif type_.name == "ID":
        try:
            public_id.decode(text)
        except ValueError:
            yield (
                path,
                "This is not an id: an id has a prefix and a UUID, such as usr_0190163d-8694-739b-aea5-966c26f8ad91.",
            )
