"""Checks the strength of a password: its length, and how easily zxcvbn could guess it."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from zxcvbn import zxcvbn

from resolvers.identity.hashing import PASSWORD_MAX_BYTES, password_bytes, run_in_queue
from resolvers.rate_limits.hashing_queue import Place

MIN_LENGTH = 10
MIN_SCORE = 3
EVALUATED_LENGTH = 36  # zxcvbn's time grows fast with length, and a strong prefix makes a strong password
PERSONAL_LENGTH, PERSONAL_PARTS = 254, 10  # the bounds of each name or email, and of the words in it

SUBSTITUTES: Final = frozenset("4@8({[<369!1|70$5+%2")
"""The characters that zxcvbn tries to read as letters, such as `@` as `a`."""

MAX_SUBSTITUTES: Final = 6
"""How many different substitutes are evaluated. zxcvbn tries all combinations: with all of them, over a second."""

# zxcvbn keeps the personal words of the current password in a global dictionary.
_zxcvbn_lock = threading.Lock()


def length_weakness(password: str) -> str | None:
    """How to improve a password that is too short or too long. Returns None for a password of a suitable length."""
    secret = password_bytes(password)
    if secret is None:
        return f"Use text of at most {PASSWORD_MAX_BYTES} bytes."
    return f"Use at least {MIN_LENGTH} characters." if len(secret.decode()) < MIN_LENGTH else None


@dataclass(frozen=True, slots=True)
class PasswordStrength:
    """How hard a password is to guess: zxcvbn's score from 0 to 4, and `advice` for its owner, as sentences, which is
    empty if the password is accepted."""

    score: int
    advice: tuple[str, ...]


async def password_strength(password: str, personal: Iterable[str], place: Place | None = None) -> PasswordStrength:
    """The strength of a password; 0 if its length is unsuitable. `personal` are words that an attacker would try first,
    such as name and email. Raises QueueFull."""
    weakness, secret = length_weakness(password), password_bytes(password)
    if weakness is not None or secret is None:
        return PasswordStrength(0, (weakness or "",))
    text, words = _evaluated(secret.decode()), list(_personal_words(personal))
    return await run_in_queue(lambda: _guessability(text, words), place or Place())


async def password_weakness(password: str, personal: Iterable[str], place: Place | None = None) -> str | None:
    """How to improve a password that is too weak, as sentences for its owner. Returns None for a strong password.

    `personal` are words that an attacker would try first, such as name and email. Raises QueueFull.
    """
    strength = await password_strength(password, personal, place)
    return " ".join(strength.advice) or None


def _evaluated(text: str) -> str:
    """The part of a password that zxcvbn evaluates, with all substitutes after the first few replaced by a character
    that stands for itself."""
    text = text[:EVALUATED_LENGTH]
    substitutes = [character for character in dict.fromkeys(text) if character in SUBSTITUTES]
    return text.translate({ord(character): "~" for character in substitutes[MAX_SUBSTITUTES:]})


def _personal_words(personal: Iterable[str]) -> Iterator[str]:
    yield "portico"
    for text in personal:
        short = text[:PERSONAL_LENGTH]
        parts = short.replace("@", " ").replace(".", " ").split()
        yield from filter(None, (short, *parts[:PERSONAL_PARTS]))


def _guessability(text: str, personal: list[str]) -> PasswordStrength:
    # Spaces and dashes hide repeated words from zxcvbn, so the password is also checked without them.
    alphanumeric = "".join(character for character in text if character.isalnum())
    with _zxcvbn_lock:
        results = [zxcvbn(variant, user_inputs=personal) for variant in (text, alphanumeric or text)]
    weakest = min(results, key=lambda result: result["score"])
    score = int(weakest["score"])
    if score >= MIN_SCORE:
        return PasswordStrength(score, ())
    feedback = weakest["feedback"]
    sentences = [feedback["warning"] or "This password is easy to guess.", *feedback["suggestions"]]
    advice = tuple(sentence if sentence.endswith(".") else f"{sentence}." for sentence in sentences)
    return PasswordStrength(score, advice)
