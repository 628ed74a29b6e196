"""What can be said of a person: checked here once more, whatever the layers above have let through.

The limits are those of the table's constraints, so that the database never has to refuse a value.
"""

import re
import unicodedata
from collections.abc import Iterator

from resolvers.errors import ErrorCode, Problem

EMAIL_MAX, NAME_MAX = 254, 100

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# Cc: control characters, among them NUL, which PostgreSQL can't store, and line breaks, which forge mail headers.
# Cs: lone surrogates, which are no text. Zl and Zp: line breaks by another name.
_UNFIT = ("Cc", "Cs", "Zl", "Zp")


def is_plain_text(text: str) -> bool:
    """Whether `text` is one line without control characters that PostgreSQL can store and a mail header can hold."""
    return not any(unicodedata.category(character) in _UNFIT for character in text)


def is_email(text: str) -> bool:
    """Whether `text` can be the email of a user: in lower case, 3 to 254 characters, one @.

    Its finer syntax is checked where it comes in.
    """
    return len(text) <= EMAIL_MAX and bool(_EMAIL.fullmatch(text)) and text == text.lower() and is_plain_text(text)


def tidy_name(name: str) -> str:
    """A name as it is stored: composed (NFC), without spaces around it."""
    return unicodedata.normalize("NFC", name).strip()


def email_problems(email: str) -> Iterator[Problem]:
    """What is wrong with an email."""
    if not is_email(email):
        yield _invalid("email", f"This is not an email of up to {EMAIL_MAX} characters in lower case.")


def name_problems(field: str, name: str) -> Iterator[Problem]:
    """What is wrong with a first or last name; `field` is its name in the input."""
    tidy = tidy_name(name)
    if not tidy:
        yield _invalid(field, "Give a name.")
    elif len(tidy) > NAME_MAX:
        yield _invalid(field, f"A name has at most {NAME_MAX} characters.")
    elif not is_plain_text(tidy):
        yield _invalid(field, "A name has no line breaks or control characters.")


def phone_problems(phone: str | None) -> Iterator[Problem]:
    """What is wrong with a phone number (E.164)."""
    if phone is not None and not _PHONE.fullmatch(phone):
        yield _invalid("phone", "A phone number starts with + and the country code, such as +31201234567.")


def country_problems(country: str | None) -> Iterator[Problem]:
    """What is wrong with a country (ISO 3166-1 alpha-2)."""
    if country is not None and not _COUNTRY.fullmatch(country):
        yield _invalid("country", "A country is two capital letters, such as NL.")


def _invalid(field: str, message: str) -> Problem:
    return Problem(ErrorCode.INVALID, message, ("input", field))
