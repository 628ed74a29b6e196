"""The challenge with which a page begins a flow, and its verifier, which only that page has (RFC 7636, S256).

It keeps an assertion that somebody intercepts, or plants in another browser, from being of use.
"""

import re
from hmac import compare_digest
from typing import Final

from authlib.oauth2.rfc7636 import create_s256_code_challenge

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(text: str) -> bool:
    """Whether a text can be a challenge."""
    return bool(_CHALLENGE.fullmatch(text))


def is_verifier_of(text: str, challenge: str) -> bool:
    """Whether a text is the verifier of the challenge."""
    if not _VERIFIER.fullmatch(text):
        return False
    return compare_digest(str(create_s256_code_challenge(text)), challenge)
