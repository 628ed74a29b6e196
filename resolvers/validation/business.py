"""What can be said of an organization, its accounts and its services: checked here, and brought into one form.

The limits are those of the tables' constraints, so that the database never has to refuse a value. Each check takes the
`path` of the input field that holds the value.
"""

import re
from collections.abc import Iterator

from models import ServiceStatus
from resolvers.errors import ErrorCode, Problem
from resolvers.validation.iso_codes import COUNTRIES, CURRENCIES
from resolvers.validation.person import is_email, is_single_line_text, normalize_name

NAME_MAX, CODE_MAX, VAT_MAX = 200, 64, 30

_CODE = re.compile(rf"[A-Z0-9][A-Z0-9-]{{0,{CODE_MAX - 1}}}", re.ASCII)
# Every country has a form of its own; letters and digits in groups is what they have in common.
_VAT = re.compile(r"[A-Z0-9]+(?:[ ./-]?[A-Z0-9+*])*", re.ASCII)


def normalize_vat_number(text: str) -> str:
    """A VAT number as it is stored: in capitals, without spaces around it."""
    return text.strip().upper()


def name_problems(name: str, *path: str) -> Iterator[Problem]:
    """What is wrong with the name of an organization, an account, a service or a city."""
    tidy = normalize_name(name)
    if not tidy:
        yield _invalid("Give a name.", path)
    elif len(tidy) > NAME_MAX:
        yield _invalid(f"A name has at most {NAME_MAX} characters.", path)
    elif not is_single_line_text(tidy):
        yield _invalid("A name has no line breaks or control characters.", path)


def vat_number_problems(text: str | None, *path: str) -> Iterator[Problem]:
    """What is wrong with a VAT number. Whether it was ever given out is not asked."""
    if text is None:
        return
    tidy = normalize_vat_number(text)
    if not 4 <= len(tidy) <= VAT_MAX or not _VAT.fullmatch(tidy) or not any(map(str.isdigit, tidy)):
        yield _invalid(f"A VAT number is 4 to {VAT_MAX} letters and digits, such as NL001234567B01.", path)


def billing_email_problems(email: str | None, *path: str) -> Iterator[Problem]:
    """What is wrong with the address to which invoices go."""
    if email is not None and not is_email(email):
        yield _invalid("This is not an email in lower case.", path)


def currency_problems(code: str | None, *path: str) -> Iterator[Problem]:
    """What is wrong with a currency."""
    if code is not None and code not in CURRENCIES:
        yield _invalid("A currency is three capital letters of ISO 4217, such as EUR.", path)


def country_problems(code: str, *path: str) -> Iterator[Problem]:
    """What is wrong with the country of a site."""
    if code not in COUNTRIES:
        yield _invalid("A country is two capital letters of ISO 3166-1, such as NL.", path)


def code_problems(code: str, *path: str) -> Iterator[Problem]:
    """What is wrong with the code of a service."""
    if not _CODE.fullmatch(code):
        message = f"A code is 1 to {CODE_MAX} capital letters, digits and hyphens, such as SVC-000001."
        yield _invalid(message, path)


def status_problems(status: str, *path: str) -> Iterator[Problem]:
    """What is wrong with the status of a service, where it comes as text."""
    if status not in tuple(ServiceStatus):
        yield _invalid(f"A status is one of {', '.join(ServiceStatus)}.", path)


def _invalid(message: str, path: tuple[str, ...]) -> Problem:
    return Problem(ErrorCode.INVALID, message, path)
