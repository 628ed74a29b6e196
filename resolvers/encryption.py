"""Encrypts stored secrets that must be read again, so that the database alone does not disclose them.

Uses AES-256-GCM (NIST SP 800-38D) under a key that HKDF (RFC 5869) derives for each purpose from the server's secret
key, and from the client's key if the secret belongs to a client.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


def keyed_hash(secret_key: bytes, purpose: str, text: str) -> bytes:
    """A hash of `text`, different for each purpose, that can't be compared with guesses without the secret key."""
    return hmac.digest(secret_key, f"portico/{purpose}\0{text}".encode(), "sha256")


def encrypt(key: bytes, purpose: str, place: bytes, content: bytes) -> bytes:
    """Returns `content` encrypted. `place` names its row: copied to another row, it can't be decrypted."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key, purpose).encrypt(nonce, content, place)


def decrypt(key: bytes, purpose: str, place: bytes, encrypted: bytes) -> bytes | None:
    """Returns the content; None if it was encrypted with another key, purpose or place, or was modified."""
    try:
        return _cipher(key, purpose).decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], place)
    except InvalidTag:
        return None


def _cipher(key: bytes, purpose: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=f"portico/{purpose}".encode()).derive(key))
