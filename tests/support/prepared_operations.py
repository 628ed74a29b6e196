"""Prepares operations for the tests of their parts."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest

from resolvers.query.selection import ConnectionField, Page, Request
from schema.execution.errors import QueryRejected
from schema.operations import Operations

KEY = UUID("0190163d-8694-739b-aea5-966c26f8ad91")
OTHER = UUID("0190163d-8694-739b-aea5-966c26f8ad92")
OPERATIONS = Operations()


def request(text: str, name: str | None = None, **variables: Any) -> Request:
    """Returns the request of a query."""
    prepared = OPERATIONS.prepare(text, name, variables)
    assert isinstance(prepared, Request)
    return prepared


def parts(text: str, **variables: Any) -> tuple[Any, ...]:
    """Returns the parts of the root of a query."""
    return request(text, **variables).selection.parts


def errors(text: str, name: str | None = None, **variables: Any) -> list[tuple[str, str | None, list[str] | None]]:
    """Returns code, argument and path of each error of an operation that must be rejected."""
    with pytest.raises(QueryRejected) as rejected:
        OPERATIONS.prepare(text, name, variables)
    found = rejected.value.errors
    return [(each["extensions"]["code"], each["extensions"].get("argument"), each.get("path")) for each in found]


def cursor(order: str, key: str, id_: object = KEY) -> str:
    content = json.dumps([order, key, str(id_)]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def page(text: str, **variables: Any) -> tuple[Page, tuple[Any, ...]]:
    """Returns the page of the only connection of a query, and the values of its parameters."""
    prepared = request(text, **variables)
    (many,) = prepared.selection.parts
    assert isinstance(many, ConnectionField)
    return many.page, prepared.values
