"""Codes of ASCII: no other text becomes one by Unicode's case mapping, spaces or digits, whichever parser reads it."""

from collections.abc import Callable
from functools import cache
from sys import maxunicode
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.cors import parse_origins
from app.oauth.endpoints import requested_scopes
from app.oauth.errors import OAuthError
from models import Service
from resolvers import public_id
from resolvers.mutations.onboarding import service_csv
from resolvers.mutations.onboarding.service_import import ImportColumn
from resolvers.validation import business
from resolvers.validation.ascii_codes import normalize_code
from schema.declare.scalars import BadValue, parse_country, parse_datetime

LINE = {
    "code": "SVC-000001",
    "name": "Internet",
    "status": "ACTIVE",
    "contract_account": "ACME South",
    "delivery_account": "PEAR Corp",
    "city": "Kiel",
    "country": "DE",
}


def imported(column: str, text: str) -> bool:
    """Whether a CSV import takes the text as the value of this column."""
    quoted = (f'"{value}"' for value in (LINE | {column: text}).values())
    found = service_csv.read(f"{','.join(LINE)}\n{','.join(quoted)}\n".encode())
    checks = {"code": business.code_problems, "status": business.status_problems, "country": business.country_problems}
    return not found.problems and not any(list(checks[column](getattr(line, column))) for line in found.lines)


def names_a_column(text: str) -> bool:
    header = ",".join(text if name is ImportColumn.CITY else name for name in ImportColumn)
    found = service_csv.read(f"{header}\n{','.join('x' * len(ImportColumn))}\n".encode())
    return not found.problems


def accepted(parse: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether `parse` returns a value."""

    def test(text: str) -> bool:
        try:
            return parse(text) is not None
        except (BadValue, OAuthError, ValueError):
            return False

    return test


def valid(problems: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether a check finds no problems."""
    return lambda text: not list(problems(text))  # type: ignore[call-overload]


PARSERS: dict[str, tuple[Callable[[str], bool], tuple[str, ...]]] = {
    "country": (accepted(parse_country), ("SS", "FI", "de", "KI", "IL")),
    "country of a site": (valid(business.country_problems), ("DE", "FI")),
    "currency": (valid(business.currency_problems), ("EUR", "SEK")),
    "VAT number": (valid(business.vat_number_problems), ("NL001234567B01", "fi1234", "ss1234", "sk 12.34")),
    "service code": (valid(business.code_problems), ("SVC-000001", "SSK")),
    "status": (valid(business.status_problems), ("ACTIVE",)),
    "time": (accepted(parse_datetime), ("2026-01-31T12:00:00Z",)),
    "scopes": (accepted(lambda text: requested_scopes({"scope": text})), ("basic.read users.write",)),
    "id": (accepted(lambda text: public_id.key(text, Service)), ("svc_01900000-0000-7000-8000-000000000001",)),
    "origin": (accepted(parse_origins), ("https://kiss.example:8443",)),
    "CSV code": (lambda text: imported("code", text), ("SVC-000001",)),
    "CSV status": (lambda text: imported("status", text), ("active",)),
    "CSV country": (lambda text: imported("country", text), ("ss", "FI", "ki")),
    "CSV column": (names_a_column, ("city",)),
}


@cache
def lookalikes() -> dict[str, list[str]]:
    """By ASCII text, the characters that case mapping, compatibility or their value as a digit turn into it."""
    found: dict[str, list[str]] = {}
    for character in map(chr, range(128, maxunicode + 1)):
        forms = {character.upper(), character.lower(), character.casefold(), normalize("NFKC", character)}
        digit = {str(int(character))} if character.isdecimal() else set()
        for form in {each.lower() for each in forms | digit if each.isascii()}:
            found.setdefault(form.strip() or " ", []).append(character)
    return found


@st.composite
def disguised(draw: st.DrawFn, codes: tuple[str, ...]) -> str:
    """One of these codes, with a part replaced by a character that resembles it, or with a Unicode space around it."""
    code = draw(st.sampled_from(codes))
    parts = [(start, end) for start in range(len(code)) for end in (start + 1, start + 2, start + 3)]
    places = [(start, end) for start, end in parts if end <= len(code) and code[start:end].lower() in lookalikes()]
    start, end = draw(st.sampled_from([*places, (0, 0), (len(code), len(code))]))
    other = lookalikes()[code[start:end].lower() if start < end else " "]
    return code[:start] + draw(st.sampled_from(other)) + code[end:]


@pytest.mark.parametrize("name", PARSERS)
def test_the_codes_themselves_are_accepted(name: str) -> None:
    is_accepted, codes = PARSERS[name]
    assert [code for code in codes if not is_accepted(code)] == []


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
def test_no_other_text_is_accepted_as_a_code(name: str, data: st.DataObject) -> None:
    is_accepted, codes = PARSERS[name]
    text = data.draw(disguised(codes) | st.text(min_size=1).filter(lambda text: not text.isascii()))
    assert not is_accepted(text), text


@given(st.text())
def test_only_ascii_is_normalized(text: str) -> None:
    assert normalize_code(text) == (text.strip().upper() if text.isascii() else text)
    assert normalize_code(text).isascii() == text.isascii()
