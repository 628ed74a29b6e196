"""Secrets that must be read again, encrypted, so that the database alone tells nobody what they are.

By AES-256-GCM (NIST SP 800-38D), under a key that HKDF (RFC 5869) derives from the server's secret key for one purpose;
and, where somebody else has a part in the secret, from theirs too.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


def keyed_hash(secret_key: bytes, purpose: str, text: str) -> bytes:
    """A hash of `text` that nobody can compare with guesses who has not the secret key; another for each purpose."""
    return hmac.digest(secret_key, f"portico/{purpose}\0{text}".encode(), "sha256")


def encrypt(key: bytes, purpose: str, place: bytes, content: bytes) -> bytes:
    """`content`, encrypted. `place` names the row that it is for: moved to another one, it can't be opened."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key, purpose).encrypt(nonce, content, place)


def decrypt(key: bytes, purpose: str, place: bytes, sealed: bytes) -> bytes | None:
    """What was sealed; None where it was sealed under another key, for another purpose or place, or was changed."""
    try:
        return _cipher(key, purpose).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except InvalidTag:
        return None


def _cipher(key: bytes, purpose: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=f"portico/{purpose}".encode()).derive(key))
