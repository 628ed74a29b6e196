"""Codes of authenticator apps: the vectors of RFC 6238, skew of clocks, and that each code counts once."""

import re

import pyotp
import pytest

from resolvers.identity.recovery_codes import LENGTH, NUMBER, new_codes, normalize_code
from resolvers.identity.totp import is_code, matching_step, new_secret, provisioning_uri, qr_code

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The ASCII text 12345678901234567890 of RFC 6238, appendix B, in base32."""

RFC_VECTORS = {59: "94287082", 1111111109: "07081804", 1234567890: "89005924", 20000000000: "65353130"}
"""Times and codes of eight digits, of which ours are the last six."""

SECRET, NOW = new_secret(), 1_800_000_015
STEP = NOW // 30


def code(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


@pytest.mark.parametrize("time", RFC_VECTORS)
def test_the_vectors_of_rfc_6238(time: int) -> None:
    assert matching_step(RFC_SECRET, RFC_VECTORS[time][-6:], time, last_step=-1) == time // 30


@pytest.mark.parametrize(("skew", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(skew: int, accepted: bool) -> None:
    assert matching_step(SECRET, code(STEP + skew), NOW, last_step=-1) == (STEP + skew if accepted else None)


def test_a_code_counts_once_and_no_earlier_one_after_it() -> None:
    assert matching_step(SECRET, code(STEP), NOW, last_step=STEP) is None
    assert matching_step(SECRET, code(STEP - 1), NOW, last_step=STEP) is None
    assert matching_step(SECRET, code(STEP + 1), NOW, last_step=STEP) == STEP + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"])
def test_what_is_no_code(typed: str) -> None:
    assert not is_code(typed)
    assert matching_step(SECRET, typed, NOW, last_step=-1) is None


def test_the_address_names_the_account_and_the_issuer() -> None:
    uri = provisioning_uri(SECRET, "ada+x@acme.example", "Portico")
    parsed = pyotp.parse_uri(uri)
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.name, parsed.issuer, parsed.interval) == (SECRET, "ada+x@acme.example", "Portico", 30)


def test_the_qr_code_is_a_path_within_its_square() -> None:
    drawn = qr_code(provisioning_uri(SECRET, "a" * 64 + "@" + "b" * 180 + ".example", "Portico"))
    assert re.fullmatch(r"[Mmh0-9 .\-]+", drawn.path)
    assert drawn.path.startswith("M4 4.5h7")
    assert 29 < drawn.size < 120


def test_recovery_codes_can_be_typed_in_any_way() -> None:
    codes = new_codes()
    assert len(set(codes)) == NUMBER
    for each in codes:
        normal = normalize_code(each)
        assert normal is not None
        assert len(normal) == LENGTH
        for typed in (each.upper(), each.replace("-", ""), f" {each.replace('-', ' - ')} ", each.replace("0", "O")):
            assert normalize_code(typed) == normal


@pytest.mark.parametrize("typed", ["", "123456", "abcde-fghj", "abcde-fghjkm", "ilili-ilili", "äbcde-fghjk"])
def test_what_is_no_recovery_code(typed: str) -> None:
    assert normalize_code(typed) is None
