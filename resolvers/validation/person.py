"""Validates and normalizes the details of a person, independently of the checks in the layers above.

The limits are those of the table's constraints, so that the database never has to reject a value.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypedDict

from models import UserKind
from resolvers.errors import Problem, invalid
from resolvers.validation.text import email_length_problem, is_email, name_problems, normalize_name

NAME_MAX = 100

# E.164, and ISO 3166-1 alpha-2.
_PHONE = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)

DETAIL_COLUMNS: Final = {
    "kind": "kind",
    "firstName": "first_name",
    "lastName": "last_name",
    "phone": "phone",
    "country": "country",
}
"""The column of each detail, by the name of its field in the API."""


class NewDetails(TypedDict, total=False):
    """The new details of a person. Missing keys stay unchanged; None means no value."""

    kind: UserKind | None
    first_name: str | None
    last_name: str | None
    phone: str | None
    country: str | None


def normalize_details(details: NewDetails) -> dict[str, Any]:
    """The details as they are stored, by column."""
    names = ("first_name", "last_name")
    return {
        column: normalize_name(str(value)) if column in names and value else value for column, value in details.items()
    }


def details_by_field(values: Mapping[str, Any]) -> dict[str, Any]:
    """The details among the columns of `values`, by their field names in the API: as the audit trail records them."""
    return {field: values[column] for field, column in DETAIL_COLUMNS.items() if column in values}


def email_problems(email: str, *path: str) -> Iterator[Problem]:
    """The problems of an email; `path` is its path within the input, by default `email`."""
    if not is_email(email):
        message = email_length_problem(email) or "This is not an email address in lower case."
        yield invalid(message, "input", *(path or ("email",)))


def user_name_problems(name: str, *path: str) -> Iterator[Problem]:
    """The problems of the first or last name of a user; `path` is its path in the input."""
    return name_problems(name, NAME_MAX, *path, of_user=True)


def detail_problems(details: NewDetails) -> Iterator[Problem]:
    """The problems of the details."""
    for field in ("firstName", "lastName"):
        name = details.get(DETAIL_COLUMNS[field])
        if name is not None:
            yield from user_name_problems(str(name), "input", field)
    yield from _phone_problems(details.get("phone"))
    yield from _country_problems(details.get("country"))


def _phone_problems(phone: str | None) -> Iterator[Problem]:
    if phone is not None and not _PHONE.fullmatch(phone):
        yield invalid("A phone number starts with + and the country code, such as +31201234567.", "input", "phone")


def _country_problems(country: str | None) -> Iterator[Problem]:
    if country is not None and not _COUNTRY.fullmatch(country):
        yield invalid("A country is a code of two capital letters, such as NL.", "input", "country")
