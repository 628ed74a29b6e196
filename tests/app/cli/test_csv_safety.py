"""CSV that is safe to open in a spreadsheet."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.csv_safety import csv_row_writer, escape_formula

SKIPPED = st.characters(categories=("Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn"))
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "⁼", "⁺", "⁻", "−")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\ntext", "\ttext"])
def test_cells_are_never_formulas(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"


@given(before=st.text(SKIPPED), sign=st.sampled_from(SIGNS), after=st.text())
def test_other_forms_of_the_signs_and_characters_before_them_change_nothing(before: str, sign: str, after: str) -> None:
    cell = before + sign + after
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "ACME + PEAR", "'=1", "ada@acme.example", "ü-1", "1-1"])
def test_other_cells_are_unchanged(cell: str) -> None:
    assert escape_formula(cell) == cell


@given(st.characters(codec="utf-8"))
def test_every_character_that_becomes_a_sign_is_escaped(character: str) -> None:
    if unicodedata.normalize("NFKC", character)[:1] in ("=", "+", "-", "@"):
        assert escape_formula(f"{character}1").startswith("'")


def test_rows_are_escaped_and_quoted() -> None:
    stream = io.StringIO(newline="")
    csv_row_writer(stream)(["＝1", 'a "b", c'])
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [["'＝1", 'a "b", c']]
