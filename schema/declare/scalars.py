"""The custom scalars: which inputs each accepts, and the canonical form in which it stores and returns a value.

Outputs are not validated, because values are checked before they are stored. A malformed input is an error of the whole
operation, unless the coercion runs in `malformed_values_kept`: then the value becomes a `Malformed`. The planner sees
it, and a field only where it takes that: `CHECKED_BESIDE` and `each_has_result` in `schema/declare/inputs.py`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NewType

import phonenumbers
import strawberry
from email_validator import EmailNotValidError, validate_email
from strawberry.types.scalar import ScalarDefinition

from resolvers import timestamps
from resolvers.validation.ascii_codes import normalize_code
from resolvers.validation.iso_codes import COUNTRIES
from resolvers.validation.text import EMAIL_MAX, email_length_problem, fold_width

DateTime = NewType("DateTime", datetime)
EmailAddress = NewType("EmailAddress", str)
PhoneNumber = NewType("PhoneNumber", str)
CountryCode = NewType("CountryCode", str)
LongText = NewType("LongText", str)
Json = NewType("Json", object)

SHORT: Final = 64
"""Maximum characters of a phone number, a country or a time."""

LONG_TEXT: Final = 262_144
"""Maximum characters of a `LongText`."""

PHONE_DIGITS: Final = 15
"""Maximum digits of a phone number with its country code (E.164)."""

_RFC_3339: Final = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d):(?P<second>\d\d)(?P<rest>(\.\d+)?(Z|[+-]\d\d:\d\d))",
    re.ASCII | re.IGNORECASE,
)
_NOT_A_TIME: Final = "This is not a time with a zone, such as 2026-01-31T12:00:00Z (RFC 3339)."
_OUTSIDE_YEARS: Final = "This time is outside the years 1 to 9999."


class BadValue(ValueError):
    """A value is not valid for its scalar. The message is for the client."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Stands in the coerced input for a value that is not valid for its scalar. The message is for the client; `given`
    is the start of the value if it is text, otherwise empty."""

    message: str
    given: str = ""


_KEEP_MALFORMED: ContextVar[bool] = ContextVar("keep malformed values", default=False)


@contextmanager
def malformed_values_kept(keep: bool = True) -> Iterator[None]:
    """A block in which the coercion of a malformed value returns a `Malformed` instead of raising BadValue. With
    `keep=False`, nothing changes."""
    reset = _KEEP_MALFORMED.set(keep or _KEEP_MALFORMED.get())
    try:
        yield
    finally:
        _KEEP_MALFORMED.reset(reset)


def parse_datetime(value: object) -> datetime:
    """Returns the time of an RFC 3339 text, in UTC. A time without a zone is ambiguous, so it is rejected.

    A leap second (section 5.7) is returned as the second after it, as PostgreSQL does: neither can store it.
    """
    # fromisoformat accepts more of ISO 8601 than RFC 3339 allows.
    parts = _RFC_3339.fullmatch(_text(value, "a time", SHORT))
    if parts is None:
        raise BadValue(_NOT_A_TIME)
    is_leap = parts["second"] == "60"
    text = f"{parts['minute']}:{59 if is_leap else parts['second']}{parts['rest']}".upper()
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC) + timedelta(seconds=is_leap)
    except OverflowError:
        raise BadValue(_OUTSIDE_YEARS) from None
    except ValueError:
        raise BadValue(_OUTSIDE_YEARS if text.startswith("0000") else _NOT_A_TIME) from None
    if is_leap and (moment.day, moment.hour, moment.minute, moment.second) != (1, 0, 0, 0):
        raise BadValue("A leap second is the last second of a month in UTC, such as 2016-12-31T23:59:60Z (RFC 3339).")
    return moment


def print_datetime(value: object) -> str:
    """Returns the time as RFC 3339 text in UTC. Text is returned unchanged, because it is in this form already."""
    return timestamps.encode(value) if isinstance(value, datetime) else str(value)


def parse_email(value: object) -> str:
    """Returns the address in lower case, with full-width characters replaced. Only the syntax and the lengths are
    checked (RFC 5321 and 5322), not deliverability."""
    text = fold_width(_text(value, "an email address", EMAIL_MAX)).strip()
    try:
        address = validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise BadValue(email_length_problem(text) or f"This is not an email address: {_sentence(str(error))}") from None
    if problem := email_length_problem(address):
        raise BadValue(problem)
    return address


def parse_phone(value: object) -> str:
    """Returns the number in E.164: a plus sign and up to 15 digits, without spaces and hyphens. Digits of other scripts
    are replaced by the ordinary ones."""
    text = _text(value, "a phone number", SHORT).strip()
    if text.startswith("+") and not any(map(str.isalpha, text)) and sum(map(str.isdecimal, text)) > PHONE_DIGITS:
        raise BadValue(f"A phone number has at most {PHONE_DIGITS} digits, with its country code (E.164).")
    try:
        number = phonenumbers.parse(text) if text.startswith("+") else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        raise BadValue("This is not a phone number with its country code, such as +31201234567 (E.164).")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_country(value: object) -> str:
    """Returns the country code in upper case."""
    code = normalize_code(_text(value, "a country", SHORT))
    if code not in COUNTRIES:
        raise BadValue("This is not the code of a country, such as NL (ISO 3166-1 alpha-2).")
    return code


def parse_long_text(value: object) -> str:
    """Returns the text. Its length is checked with that of other texts (`schema/execution/input_validation.py`)."""
    if not isinstance(value, str):
        raise BadValue("Enter the text as a string.")
    return value


def _text(value: object, noun: str, length: int) -> str:
    if not isinstance(value, str):
        raise BadValue(f"Enter {noun} as a string.")
    if len(value) > length:
        raise BadValue(f"This is too long for {noun}: it has more than {length} characters.")
    if not value.isprintable():
        raise BadValue(f"Remove the control characters: {noun} can't contain any.")
    return value


def _shown(value: object) -> str:
    # A lone surrogate can't be part of a response.
    return value[:EMAIL_MAX].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def _kept_if_malformed(parse: Callable[[object], object]) -> Callable[[object], object]:
    def parse_or_keep(value: object) -> object:
        try:
            return parse(value)
        except BadValue as error:
            if not _KEEP_MALFORMED.get():
                raise
            return Malformed(str(error), _shown(value))

    return parse_or_keep


def _scalar(
    name: str, description: str, parse: Any, *, rfc: str | None = None, serialize: Any = str
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        parse_value=_kept_if_malformed(parse),
        serialize=serialize,
        specified_by_url=rfc,
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
    LongText: _scalar(
        "LongText",
        f"A text such as the content of a file: at most {LONG_TEXT:,} characters. Other texts have at most 4,096.",
        parse_long_text,
    ),
    Json: _scalar(
        "JSON",
        "Any JSON value.",
        lambda value: value,
        rfc="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
    ),
}
