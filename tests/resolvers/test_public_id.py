"""Public ids: every row has exactly one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import new_id
from resolvers import public_id


def test_encode_then_decode() -> None:
    key = new_id()
    assert public_id.decode(f"usr_{key}") == ("usr", key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "usr",
        "usr_",
        "usr_1",
        "usr_0190A2C4-0000-7000-8000-000000000000",
        "usr_{0190a2c4-0000-7000-8000-000000000000}",
        "usr_0190a2c4000070008000000000000000",
        "usr_0190a2c4-0000-7000-8000-000000000000\n",
        "USR_0190a2c4-0000-7000-8000-000000000000",
        "usr_٠190a2c4-0000-7000-8000-000000000000",
        "usr_0190a2c4-0000-7000-8000-000000000000\x00",
    ],
)
def test_one_row_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        public_id.decode(text)


@given(st.text())
def test_any_text_is_an_id_or_a_value_error(text: str) -> None:
    try:
        prefix, key = public_id.decode(text)
    except ValueError:
        return
    assert f"{prefix}_{key}" == text
