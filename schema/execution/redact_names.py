"""Redacts errors: removes names of the schema that the client did not send itself.

    Cannot query field 'emial' on type 'User'.      ->      Cannot query field 'emial' on type '…'.

graphql-core can omit its suggestions, but it also names types and required fields. In its messages, names are quoted,
alone or with others ('Query.node(id:)'). An unquoted word between spaces is prose, even if it equals a name.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLSchema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from schema.execution.errors import QueryError, QueryRejected

HIDDEN = "…"

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_PROSE = re.compile(r"(?<!\S)[_0-9A-Za-z]+(?=[.,:;]?(?:\s|$))")


class NameRedactor:
    """Removes the names of a schema from errors."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._names = frozenset(_names(schema))

    def redact(self, rejected: QueryRejected, text: str, variables: Mapping[str, Any]) -> QueryRejected:
        """Returns the rejection without the schema names that occur neither in the document nor in its variables."""
        hidden = self._names - set(_NAME.findall(text)) - set(_NAME.findall(json.dumps(variables, ensure_ascii=False)))
        return QueryRejected([_redact_error(hidden, error) for error in rejected.problems])


def _redact_error(hidden: frozenset[str], error: QueryError) -> QueryError:
    argument = error.argument and _redact_text(hidden, error.argument)
    return replace(error, message=_redact_text(hidden, error.message), argument=argument)


def _redact_text(hidden: frozenset[str], text: str) -> str:
    prose = {match.span() for match in _PROSE.finditer(text)}
    return _NAME.sub(
        lambda match: HIDDEN if match[0] in hidden and match.span() not in prose else match[0],
        text,
    )


def _names(schema: GraphQLSchema) -> Iterator[str]:
    for type_ in schema.type_map.values():
        if type_.name.startswith("__") or is_specified_scalar_type(type_):
            continue
        yield type_.name
        if is_enum_type(type_):
            yield from type_.values
        elif is_object_type(type_) or is_interface_type(type_):
            for name, field in type_.fields.items():
                yield name
                yield from field.args
        elif is_input_object_type(type_):
            yield from type_.fields
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield directive.name
            yield from directive.args
