"""Checks the strength of a password: its length, and how easily zxcvbn could guess it."""

import asyncio
import threading
from collections.abc import Iterable

from zxcvbn import zxcvbn

from resolvers.identity.hashing import PASSWORD_MAX_BYTES, password_bytes

MIN_LENGTH = 10
MIN_SCORE = 3
EVALUATED_LENGTH = 36  # zxcvbn's time grows fast with length, and a strong prefix makes a strong password

# zxcvbn keeps the personal words of the current password in a global dictionary.
_zxcvbn_lock = threading.Lock()


async def password_weakness(password: str, personal: Iterable[str]) -> str | None:
    """How to improve a password that is too weak, as sentences for its owner. Returns None for a strong password.

    `personal` are words that an attacker would try first, such as name and email.
    """
    secret = password_bytes(password)
    if secret is None:
        return f"Use text of at most {PASSWORD_MAX_BYTES} bytes."
    text = secret.decode()
    if len(text) < MIN_LENGTH:
        return f"Use at least {MIN_LENGTH} characters."
    return await asyncio.to_thread(_guessability_warning, text[:EVALUATED_LENGTH], list(_personal_words(personal)))


def _personal_words(personal: Iterable[str]) -> Iterable[str]:
    yield "portico"
    for text in personal:
        yield text
        yield from text.replace("@", " ").replace(".", " ").split()


def _guessability_warning(text: str, personal: list[str]) -> str | None:
    # Spaces and dashes hide repeated words from zxcvbn, so the password is also checked without them.
    alphanumeric = "".join(character for character in text if character.isalnum())
    with _zxcvbn_lock:
        results = [
            zxcvbn(variant, user_inputs=[word for word in personal if word]) for variant in (text, alphanumeric or text)
        ]
    weakest = min(results, key=lambda result: result["score"])
    if weakest["score"] >= MIN_SCORE:
        return None
    feedback = weakest["feedback"]
    sentences = [feedback["warning"] or "This password is easy to guess.", *feedback["suggestions"]]
    return " ".join(sentence if sentence.endswith(".") else f"{sentence}." for sentence in sentences)
