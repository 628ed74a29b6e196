"""No log has what somebody sends to a mutation, or what a mutation returns only once: held for each of the schema."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from app.logging import LOWEST_LEVELS
from schema.schema import graphql_schema
from tests.support.mutations.every_mutation import CASES, send, token_of
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAY_BE_LOGGED = {"ID", "DateTime", "Int", "Boolean"}
STRING = re.compile(r'"([^"]+)"')
"""A string within JSON text: what browsers say of passkeys."""

SHORTEST = 8
"""Characters. A shorter text is in some word of a log."""


def texts(declared: GraphQLInputType, value: Any) -> Iterator[str]:
    """All text in an input, but ids, times and names of enums."""
    type_: Any = get_nullable_type(declared)
    if isinstance(type_, GraphQLList):
        for item in value or ():
            yield from texts(type_.of_type, item)
    elif isinstance(type_, GraphQLInputObjectType):
        for name, item in value.items():
            yield from texts(type_.fields[name].type, item)
    elif isinstance(type_, GraphQLScalarType) and type_.name not in MAY_BE_LOGGED and isinstance(value, str):
        yield value
        yield from STRING.findall(value)


def returned_texts(payload: dict[str, Any]) -> Iterator[str]:
    for value in payload.values():
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str):
                yield text


def leaves(payload: GraphQLObjectType) -> list[str]:
    """The fields of a payload that return text."""
    return [
        name
        for name, field in payload.fields.items()
        if is_leaf_type(named := get_named_type(field.type)) and named.name not in MAY_BE_LOGGED and not field.args
    ]


async def test_what_is_sent_and_returned_is_in_no_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    root = graphql_schema().mutation_type
    assert isinstance(root, GraphQLObjectType)
    for name, level in LOWEST_LEVELS.items():
        caplog.set_level(level, name)
    caplog.set_level(logging.DEBUG)
    secrets: set[tuple[str, str]] = set()
    for name, (succeeding, _) in CASES.items():
        field, done = root.fields[name], await succeeding(client)
        type_ = get_named_type(field.type)
        assert isinstance(type_, GraphQLObjectType)
        token = await token_of(client, done)
        payload = await send(client, name, done, token, " ".join(leaves(type_)))
        assert payload.pop("errors") == [], name
        sent = [text for argument in field.args.values() for text in texts(argument.type, done.input_)]
        told = [*sent, *returned_texts(payload), token or ""]
        secrets |= {(name, text) for text in told if len(text) >= SHORTEST}
    assert {"createApiClient", "createScimToken", "createWebhook", "addPasskey"} <= {name for name, _ in secrets}
    assert "portico.access" in {record.name for record in caplog.records}
    written = "\n".join(map(caplog.handler.format, caplog.records))
    assert not {(name, text) for name, text in secrets if text in written}
