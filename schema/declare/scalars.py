"""The custom scalars: which inputs each accepts, and the canonical form in which it stores and returns a value.

Outputs are not validated, because values are checked before they are stored.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final, NewType

import phonenumbers
import strawberry
from email_validator import EmailNotValidError, validate_email
from strawberry.types.scalar import ScalarDefinition

from resolvers import timestamps
from resolvers.validation.iso_codes import COUNTRIES

DateTime = NewType("DateTime", datetime)
EmailAddress = NewType("EmailAddress", str)
PhoneNumber = NewType("PhoneNumber", str)
CountryCode = NewType("CountryCode", str)
Json = NewType("Json", object)

EMAIL_LENGTH, SHORT = 254, 64
"""Maximum characters: of an email address (RFC 5321, section 4.5.3.1.3), and of a phone number, a country or a time."""

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


class BadValue(ValueError):
    """A value is not valid for its scalar. The message is for the client."""


def parse_datetime(value: object) -> datetime:
    """Returns the time of an RFC 3339 text, in UTC. A time without a zone is ambiguous, so it is rejected."""
    text = _text(value, "a time", SHORT)
    try:
        # fromisoformat accepts more of ISO 8601 than RFC 3339 allows.
        moment = datetime.fromisoformat(text.upper()) if _RFC_3339.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise BadValue("This is not a time with a zone, such as 2026-01-31T12:00:00Z (RFC 3339).")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadValue("This time is outside the years 1 to 9999.") from None


def print_datetime(value: object) -> str:
    """Returns the time as RFC 3339 text in UTC. Text is returned unchanged, because it is in this form already."""
    return timestamps.encode(value) if isinstance(value, datetime) else str(value)


def parse_email(value: object) -> str:
    """Returns the address in lower case. Only the syntax is checked (RFC 5321 and 5322), not deliverability."""
    text = _text(value, "an email address", EMAIL_LENGTH).strip()
    try:
        address = validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise BadValue(f"This is not an email address: {_sentence(str(error))}") from None
    if len(address) > EMAIL_LENGTH:
        raise BadValue(f"An email address has at most {EMAIL_LENGTH} characters.")
    return address


def parse_phone(value: object) -> str:
    """Returns the number in E.164: a plus sign and up to 15 digits, without spaces and hyphens."""
    text = _text(value, "a phone number", SHORT).strip()
    try:
        number = phonenumbers.parse(text) if text.startswith("+") else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        raise BadValue("This is not a phone number with its country code, such as +31201234567 (E.164).")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_country(value: object) -> str:
    """Returns the country code in upper case."""
    code = _text(value, "a country", SHORT).strip().upper()
    if code not in COUNTRIES:
        raise BadValue("This is not the code of a country, such as NL (ISO 3166-1 alpha-2).")
    return code


def _text(value: object, noun: str, length: int) -> str:
    if not isinstance(value, str):
        raise BadValue(f"Enter {noun} as a string.")
    if len(value) > length:
        raise BadValue(f"This is too long for {noun}: it has more than {length} characters.")
    if not value.isprintable():
        raise BadValue(f"Remove the control characters: {noun} can't contain any.")
    return value


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def _scalar(
    name: str, description: str, parse: Any, *, rfc: str | None = None, serialize: Any = str
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, parse_value=parse, serialize=serialize, specified_by_url=rfc
    )


SCALARS: Final[dict[object, ScalarDefinition]] = {
    DateTime: _scalar(
        "DateTime",
        "A time in UTC, as RFC 3339 text: `2026-01-31T12:00:00Z`.",
        parse_datetime,
        rfc="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=print_datetime,
    ),
    EmailAddress: _scalar(
        "EmailAddress",
        "An email address, always in lower case: `ada@acme.example`. Upper case is accepted as input.",
        parse_email,
        rfc="https://www.rfc-editor.org/rfc/rfc5322",
    ),
    PhoneNumber: _scalar(
        "PhoneNumber",
        "A phone number with its country code, in E.164: `+31201234567`. Spaces and hyphens are accepted as input.",
        parse_phone,
    ),
    CountryCode: _scalar(
        "CountryCode",
        "A country, as an ISO 3166-1 alpha-2 code: `NL`. Lower case is accepted as input.",
        parse_country,
    ),
    Json: _scalar(
        "JSON",
        "Any JSON value.",
        lambda value: value,
        rfc="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
    ),
}
