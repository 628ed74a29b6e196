"""Names and emails: what is rejected, with which message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.validation.text import email_length_problem, fold_width, is_email, name_problems


def message(name: str, of_user: bool = False) -> str | None:
    problems = list(name_problems(name, 100, "input", "name", of_user=of_user))
    assert len(problems) <= 1
    return problems[0].message if problems else None


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("", "Enter"),
        (" \u3000\u00a0", "Enter"),
        ("x" * 101, "at most 100"),
        ("a\nb", "line breaks"),
        ("a\x00b", "control characters"),
        ("a\ud800b", "control characters"),
        ("\u202eadA", "U+202E"),
        ("\u2800", "U+2800"),
        ("a\U000e0041b", "U+E0041"),
        ("\u0301a", "combining mark"),
        ("http://evil.example", "web or email address"),
    ],
)
@pytest.mark.parametrize("of_user", [False, True])
def test_names_that_are_rejected(name: str, part: str, of_user: bool) -> None:
    rejection = message(name, of_user)
    assert rejection
    assert part in rejection


def test_a_business_may_be_named_after_its_website_and_a_user_not() -> None:
    assert message("Booking.com B.V.") is None
    assert "space after the dot" in str(message("Booking.com", of_user=True))


@pytest.mark.parametrize(
    ("email", "valid"),
    [
        ("a" * 64 + "@acme.example", True),
        ("a" * 65 + "@acme.example", False),
        ("é" * 32 + "@acme.example", True),
        ("é" * 33 + "@acme.example", False),
        ("a@" + "b" * 252, True),
        ("a@" + "b" * 253, False),
        ("ａda@acme.example", False),
        ("a\u200bda@acme.example", False),
        ("Ada@acme.example", False),
        ("a@b@c", False),
    ],
)
def test_emails(email: str, valid: bool) -> None:
    assert is_email(email) is valid


def test_each_limit_of_an_email_has_its_message() -> None:
    assert "before the @" in str(email_length_problem("a" * 65 + "@acme.example"))
    assert "domain" in str(email_length_problem("a@" + "é" * 128))
    assert "254" in str(email_length_problem("a" * 64 + "@" + "b" * 200))


@given(st.text())
def test_folding_of_widths_is_final(text: str) -> None:
    folded = fold_width(text)
    assert fold_width(folded) == folded
    assert not any("\uff01" <= character <= "\uff5e" for character in folded)
