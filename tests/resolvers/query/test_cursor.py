"""Cursors: every text decodes to a key and an id, or raises ValueError."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime, Text

from resolvers.query import cursor

KEY = UUID("0190a2c4-0000-7000-8000-000000000000")


def encoded(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_text_key() -> None:
    assert cursor.decode(encoded("NAME_ASC", "zoë ✈", str(KEY)), "NAME_ASC", Text()) == ("zoë ✈", KEY)


def test_time_key_keeps_microseconds() -> None:
    text = encoded("CREATED_AT_ASC", "2026-11-23T10:00:00.123456+02:00", str(KEY))
    time, _ = cursor.decode(text, "CREATED_AT_ASC", DateTime(timezone=True))
    assert time == datetime(2026, 11, 23, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64!",
        encoded(),
        encoded("NAME_ASC", "a"),
        encoded("NAME_DESC", "a", str(KEY)),
        encoded("NAME_ASC", None, str(KEY)),
        encoded("NAME_ASC", "a", "b"),
        encoded("NAME_ASC", "nul\x00", str(KEY)),
        encoded("NAME_ASC", "lone \ud800", str(KEY)),
        encoded("NAME_ASC", "a", str(KEY), "more"),
        base64.urlsafe_b64encode(b'{"a":1}').decode().rstrip("="),
        base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
        base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("="),
        "A" * (cursor.MAX_LENGTH + 1),
    ],
)
def test_a_malformed_cursor_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursor.decode(text, "NAME_ASC", Text())


@pytest.mark.parametrize(
    "key",
    [
        "soon",
        "2026-11-23T10:00:00",
        "2026-11-23T10:00:00.1+99:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_a_malformed_time_is_rejected(key: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursor.decode(encoded("CREATED_AT_ASC", key, str(KEY)), "CREATED_AT_ASC", DateTime(timezone=True))


@given(st.text())
def test_any_text_is_a_cursor_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursor.decode(text, "NAME_ASC", Text())
