"""Validates and normalizes the values of organizations, accounts and services.

The limits are those of the tables' constraints, so that the database never has to reject a value. Each check takes the
`path` of the input field that holds the value.
"""

import re
from collections.abc import Iterator

from models import ServiceStatus
from resolvers.errors import Problem, invalid
from resolvers.validation import text
from resolvers.validation.ascii_codes import normalize_code
from resolvers.validation.iso_codes import COUNTRIES, CURRENCIES

NAME_MAX, CODE_MAX, VAT_MAX = 200, 64, 30

_CODE = re.compile(rf"[A-Z0-9][A-Z0-9-]{{0,{CODE_MAX - 1}}}", re.ASCII)
# Formats differ by country; letters and digits in groups are what they have in common.
_VAT = re.compile(r"[A-Z0-9]+(?:[ ./-]?[A-Z0-9+*])*", re.ASCII)


def name_problems(name: str, *path: str) -> Iterator[Problem]:
    """The problems of the name of an organization, account, service or city."""
    return text.name_problems(name, NAME_MAX, *path)


def vat_number_problems(number: str | None, *path: str) -> Iterator[Problem]:
    """The problems of a VAT number. Whether the number has been issued is not checked."""
    if number is None:
        return
    normalized = normalize_code(number)
    if not 4 <= len(normalized) <= VAT_MAX or not _VAT.fullmatch(normalized) or not any(map(str.isdigit, normalized)):
        yield invalid(f"A VAT number is 4 to {VAT_MAX} letters and digits, such as NL001234567B01.", *path)


def billing_email_problems(email: str | None, *path: str) -> Iterator[Problem]:
    """The problems of the email address for invoices."""
    if email is not None and not text.is_email(email):
        yield invalid("This is not an email address in lower case.", *path)


def currency_problems(code: str | None, *path: str) -> Iterator[Problem]:
    """The problems of a currency code."""
    if code is not None and code not in CURRENCIES:
        yield invalid("A currency is a code of three capital letters from ISO 4217, such as EUR.", *path)


def country_problems(code: str, *path: str) -> Iterator[Problem]:
    """The problems of the country of a site."""
    if code not in COUNTRIES:
        yield invalid("A country is a code of two capital letters from ISO 3166-1, such as NL.", *path)


def code_problems(code: str, *path: str) -> Iterator[Problem]:
    """The problems of a service code."""
    if not _CODE.fullmatch(code):
        message = f"A code is 1 to {CODE_MAX} capital letters, digits and hyphens, such as SVC-000001."
        yield invalid(message, *path)


def status_problems(status: str, *path: str) -> Iterator[Problem]:
    """The problems of a service status given as text."""
    if status not in tuple(ServiceStatus):
        yield invalid(f"A status is one of {', '.join(ServiceStatus)}.", *path)
