"""How good a password is: by length, and by the library zxcvbn, which knows how passwords are guessed."""

import asyncio
import threading
from collections.abc import Iterable

from zxcvbn import zxcvbn

from resolvers.identity.hashing import PASSWORD_MAX_BYTES, password_bytes

MIN_LENGTH = 10
MIN_SCORE = 3
JUDGED_LENGTH = 36  # the time that zxcvbn takes grows fast, and a good beginning makes a good password

# zxcvbn keeps the personal words of the password at hand in a global dictionary.
_one_at_a_time = threading.Lock()


async def weakness(password: str, personal: Iterable[str]) -> str | None:
    """What to change in a password that is too weak, as a sentence for its owner; None for a good one.

    `personal` are words that a guesser would try first: name and email.
    """
    secret = password_bytes(password)
    if secret is None:
        return f"Use text of at most {PASSWORD_MAX_BYTES} bytes."
    text = secret.decode()
    if len(text) < MIN_LENGTH:
        return f"Use at least {MIN_LENGTH} characters."
    return await asyncio.to_thread(_guessable, text[:JUDGED_LENGTH], list(_words(personal)))


def _words(personal: Iterable[str]) -> Iterable[str]:
    yield "portico"
    for text in personal:
        yield text
        yield from text.replace("@", " ").replace(".", " ").split()


def _guessable(text: str, personal: list[str]) -> str | None:
    # Spaces and dashes hide from zxcvbn that a word is repeated, so it is asked without them, too.
    joined = "".join(character for character in text if character.isalnum())
    with _one_at_a_time:
        verdicts = [zxcvbn(form, user_inputs=[word for word in personal if word]) for form in (text, joined or text)]
    verdict = min(verdicts, key=lambda verdict: verdict["score"])
    if verdict["score"] >= MIN_SCORE:
        return None
    feedback = verdict["feedback"]
    sentences = [feedback["warning"] or "This password is easy to guess.", *feedback["suggestions"]]
    return " ".join(sentence if sentence.endswith(".") else f"{sentence}." for sentence in sentences)
