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


def written(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_text_key() -> None:
    assert cursor.decode(written("NAME_ASC", "zoë ✈", str(KEY)), "NAME_ASC", Text()) == ("zoë ✈", KEY)


def test_time_key_keeps_microseconds() -> None:
    text = written("CREATED_AT_ASC", "2026-11-23T10:00:00.123456+02:00", str(KEY))
    moment, _ = cursor.decode(text, "CREATED_AT_ASC", DateTime(timezone=True))
    assert moment == datetime(2026, 11, 23, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64!",
        written(),
        written("NAME_ASC", "a"),
        written("NAME_DESC", "a", str(KEY)),
        written("NAME_ASC", None, str(KEY)),
        written("NAME_ASC", "a", "b"),
        written("NAME_ASC", "nul\x00", str(KEY)),
        written("NAME_ASC", "lone \ud800", str(KEY)),
        written("NAME_ASC", "a", str(KEY), "more"),
        base64.urlsafe_b64encode(b'{"a":1}').decode().rstrip("="),
        base64.urlsafe_b64encode(b"\xff\xfe").decode().rstrip("="),
        base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("="),
        "A" * (cursor.MAX_LENGTH + 1),
    ],
)
def test_what_is_no_cursor(text: str) -> None:
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
def test_what_is_no_time(key: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursor.decode(written("CREATED_AT_ASC", key, str(KEY)), "CREATED_AT_ASC", DateTime(timezone=True))


@given(st.text())
def test_any_text_is_a_cursor_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        cursor.decode(text, "NAME_ASC", Text())
