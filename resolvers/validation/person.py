"""What can be said of a person: checked here once more, whatever the layers above have let through.

The limits are those of the table's constraints, so that the database never has to refuse a value.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypedDict

from models import UserKind
from resolvers.errors import ErrorCode, Problem

EMAIL_MAX, NAME_MAX = 254, 100

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# E.164, and ISO 3166-1 alpha-2.
_PHONE = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# Cc: control characters, among them NUL, which PostgreSQL can't store, and line breaks, which forge mail headers.
# Cs: lone surrogates, which are no text. Zl and Zp: line breaks by another name.
_UNFIT = ("Cc", "Cs", "Zl", "Zp")


DETAILS: Final = {
    "kind": "kind",
    "firstName": "first_name",
    "lastName": "last_name",
    "phone": "phone",
    "country": "country",
}
"""The column of each detail, by its name in the API."""


class NewDetails(TypedDict, total=False):
    """What of a person is new. What is left out stays as it is; None stands for no value."""

    kind: UserKind | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    country: str | None


def is_single_line_text(text: str) -> bool:
    """Whether `text` is one line without control characters that PostgreSQL can store and a mail header can hold."""
    return not any(unicodedata.category(character) in _UNFIT for character in text)


def is_email(text: str) -> bool:
    """Whether `text` can be the email of a user: in lower case, 3 to 254 characters, one @.

    Its finer syntax is checked where it comes in.
    """
    return (
        len(text) <= EMAIL_MAX and bool(_EMAIL.fullmatch(text)) and text == text.lower() and is_single_line_text(text)
    )


def normalize_name(name: str) -> str:
    """A name as it is stored: composed (NFC), without spaces around it."""
    return unicodedata.normalize("NFC", name).strip()


def normalized(given: NewDetails) -> dict[str, Any]:
    """The details as they are stored, by column."""
    names = ("first_name", "last_name")
    return {field: normalize_name(str(value)) if field in names and value else value for field, value in given.items()}


def named(values: Mapping[str, Any]) -> dict[str, Any]:
    """The details among the columns of `values`, by their names in the API: what the audit trail records."""
    return {name: values[column] for name, column in DETAILS.items() if column in values}


def email_problems(email: str, *place: str) -> Iterator[Problem]:
    """What is wrong with an email; `place` is where it stands in the input, if not in `email`."""
    if not is_email(email):
        message = f"This is not an email of up to {EMAIL_MAX} characters in lower case."
        yield Problem(ErrorCode.INVALID, message, ("input", *(place or ("email",))))


def detail_problems(given: NewDetails) -> Iterator[Problem]:
    """What is wrong with the details that are given."""
    for field in ("firstName", "lastName"):
        name = given.get(DETAILS[field])
        if name is not None:
            yield from _name_problems(field, str(name))
    yield from _phone_problems(given.get("phone"))
    yield from _country_problems(given.get("country"))


def _name_problems(field: str, name: str) -> Iterator[Problem]:
    tidy = normalize_name(name)
    if not tidy:
        yield _invalid(field, "Give a name.")
    elif len(tidy) > NAME_MAX:
        yield _invalid(field, f"A name has at most {NAME_MAX} characters.")
    elif not is_single_line_text(tidy):
        yield _invalid(field, "A name has no line breaks or control characters.")


def _phone_problems(phone: str | None) -> Iterator[Problem]:
    if phone is not None and not _PHONE.fullmatch(phone):
        yield _invalid("phone", "A phone number starts with + and the country code, such as +31201234567.")


def _country_problems(country: str | None) -> Iterator[Problem]:
    if country is not None and not _COUNTRY.fullmatch(country):
        yield _invalid("country", "A country is two capital letters, such as NL.")


def _invalid(field: str, message: str) -> Problem:
    return Problem(ErrorCode.INVALID, message, ("input", field))
