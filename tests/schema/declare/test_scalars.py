"""The custom scalars: accepted values, their canonical forms, and error messages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.declare.scalars import (
    SCALARS,
    BadValue,
    EmailAddress,
    Malformed,
    malformed_values_kept,
    parse_country,
    parse_datetime,
    parse_email,
    parse_phone,
    print_datetime,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parse", "value", "expected"),
    [
        (parse_datetime, "2026-01-31T12:00:00Z", NOON),
        (parse_datetime, "2026-01-31t14:00:00+02:00", NOON),
        (parse_datetime, "2026-01-31T12:00:00.5Z", NOON + timedelta(seconds=0.5)),
        (parse_datetime, "2026-01-31t12:00:00z", NOON),
        (parse_datetime, "2026-02-01T11:59:00+23:59", NOON),
        (parse_datetime, "2026-01-31T12:00:00-00:00", NOON),
        (parse_datetime, "2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        (parse_datetime, "2016-12-31T23:59:60.5Z", datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (parse_datetime, "1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
        (parse_datetime, "9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (parse_email, "Ada.Almeida@ACME.Example", "ada.almeida@acme.example"),
        (parse_email, " ada@acme.example ", "ada@acme.example"),
        (parse_email, "o'brien+x@acme.example", "o'brien+x@acme.example"),
        (parse_email, "ada@xn--mnchen-3ya.example", "ada@münchen.example"),
        (parse_email, "ａｄａ＠ａｃｍｅ．ｅｘａｍｐｌｅ", "ada@acme.example"),
        (parse_email, "ada@ａｃｍｅ。example", "ada@acme.example"),
        (parse_email, "a" * 64 + "@acme.example", "a" * 64 + "@acme.example"),
        (parse_phone, "+31 20 123 4567", "+31201234567"),
        (parse_phone, "+1 (212) 555-0100", "+12125550100"),
        (parse_phone, "+٣١201234567", "+31201234567"),
        (parse_phone, "+49 1234567890123", "+491234567890123"),
        (parse_country, "nl", "NL"),
        (parse_country, " SE ", "SE"),
    ],
)
def test_values_are_accepted_in_canonical_form(parse: Callable[[object], Any], value: str, expected: object) -> None:
    assert parse(value) == expected


@pytest.mark.parametrize(
    ("parse", "value", "says"),
    [
        (parse_datetime, "2026-01-31T12:00:00", "with a zone"),
        (parse_datetime, "2026-01-31", "with a zone"),
        (parse_datetime, "20260131T120000Z", "with a zone"),
        (parse_datetime, "2026-01-31 12:00:00Z", "with a zone"),
        (parse_datetime, "2026-W05-6T12:00:00Z", "with a zone"),
        (parse_datetime, "2026-02-30T12:00:00Z", "with a zone"),
        (parse_datetime, "0001-01-01T00:00:00+01:00", "outside the years"),
        (parse_datetime, "2026-01-31T12:00:60Z", "A leap second is the last second of a month in UTC"),
        (parse_datetime, "2016-12-30T23:59:60Z", "A leap second is the last second of a month in UTC"),
        (parse_datetime, "2016-12-31T23:59:60+01:00", "A leap second is the last second of a month in UTC"),
        (parse_datetime, "2016-12-31T23:59:61Z", "with a zone"),
        (parse_datetime, "9999-12-31T23:59:60Z", "outside the years"),
        (parse_datetime, "9999-12-31T23:59:59-00:01", "outside the years"),
        (parse_datetime, "0000-01-01T00:00:00Z", "outside the years"),
        (parse_datetime, "10000-01-01T00:00:00Z", "with a zone"),
        (parse_datetime, "2026-01-31T24:00:00Z", "with a zone"),
        (parse_datetime, "2026-01-31T12:60:00Z", "with a zone"),
        (parse_datetime, "2026-01-31T12:00:00+24:00", "with a zone"),
        (parse_datetime, "2026-01-31T12:00:00-24:00", "with a zone"),
        (parse_datetime, "٢٠٢٦-01-31T12:00:00Z", "with a zone"),
        (parse_datetime, 1769860800, "as a string"),
        (parse_email, "ada", "@-sign"),
        (parse_email, "ada@", "not an email address"),
        (parse_email, "ada@acme.example\r\nBcc: all@acme.example", "control characters"),
        (parse_email, "ada\x00@acme.example", "control characters"),
        (parse_email, "ada\ud800@acme.example", "control characters"),
        (parse_email, "Ada <ada@acme.example>", "not an email address"),
        (parse_email, "a" * 250 + "@acme.example", "too long"),
        (parse_email, "a" * 65 + "@acme.example", "before the @ has at most 64 octets"),
        (parse_email, "é" * 33 + "@acme.example", "before the @ has at most 64 octets"),
        (parse_email, "a" * 64 + "@" + "é" * 40 + "." + "é" * 40 + "." + "é" * 40 + ".example", "at most 254 octets"),
        (parse_email, 7, "as a string"),
        (parse_phone, "020 123 4567", "with its country code"),
        (parse_phone, "+31", "with its country code"),
        (parse_phone, "+31201234567 ext. 5", "with its country code"),
        (parse_phone, "+999201234567", "with its country code"),
        (parse_phone, "+" + "1" * 80, "too long"),
        (parse_phone, "+31\x0020", "control characters"),
        (parse_phone, "+1234567890123456", "at most 15 digits"),
        (parse_phone, "+49 123456789012345", "at most 15 digits"),
        (parse_country, "ß", "code of a country"),
        (parse_country, "ﬁ", "code of a country"),
        (parse_country, "ＮＬ", "code of a country"),
        (parse_country, "ıl", "code of a country"),
        (parse_country, "XX", "code of a country"),
        (parse_country, "NLD", "code of a country"),
        (parse_country, "", "code of a country"),
        (parse_country, None, "as a string"),
        (parse_country, ["NL"], "as a string"),
    ],
)
def test_invalid_values_are_rejected_with_a_message(parse: Callable[[object], Any], value: object, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        parse(value)


@pytest.mark.parametrize("parse", [parse_datetime, parse_email, parse_phone, parse_country])
@given(value=st.text(max_size=300) | st.none() | st.integers() | st.lists(st.text()))
def test_no_value_breaks_a_scalar(parse: Callable[[object], Any], value: object) -> None:
    try:
        parsed = parse(value)
    except BadValue:
        return
    assert parse(print_datetime(parsed)) == parsed


@given(
    moment=st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]), max_value=NOON.replace(tzinfo=None)
    )
)
def test_printed_times_are_parsed_to_the_same_time(moment: datetime) -> None:
    assert parse_datetime(print_datetime(moment)) == moment


def test_times_are_printed_in_utc() -> None:
    assert print_datetime(NOON.astimezone(timezone(timedelta(hours=5)))) == "2026-01-31T12:00:00Z"
    assert print_datetime(NOON + timedelta(milliseconds=250)) == "2026-01-31T12:00:00.25Z"
    assert print_datetime("2026-01-31T12:00:00Z") == "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("value", "given"),
    [("No Email", "No Email"), ("a" * 300, "a" * 254), ("\ud800@acme.example", "?@acme.example"), (5, ""), ({}, "")],
)
def test_a_malformed_value_is_kept_as_text_that_a_response_can_hold(value: object, given: str) -> None:
    parse = SCALARS[EmailAddress].parse_value
    assert parse is not None
    with malformed_values_kept():
        kept = parse(value)
    assert isinstance(kept, Malformed)
    assert kept.given == given
