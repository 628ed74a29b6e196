"""How answers to mutations are stored: they may hold secrets, such as that of an API client.

The key of the cipher (AES-256-GCM, NIST SP 800-38D) is derived by HKDF (RFC 5869) from the secret key *and* the
idempotency key, of which the database has a keyed hash. So the database alone opens no answer; nor does it with the
secret key, where the sender's key can't be guessed.
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


def seal(secret_key: bytes, idempotency_key: str, place: bytes, answer: bytes) -> bytes:
    """The answer, encrypted. `place` names the row it is for: moved to another one, it can't be opened."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(secret_key, idempotency_key).encrypt(nonce, answer, place)


def unseal(secret_key: bytes, idempotency_key: str, place: bytes, sealed: bytes) -> bytes | None:
    """The answer that was sealed; None where it was sealed under other keys, or is not what was sealed."""
    try:
        return _cipher(secret_key, idempotency_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except InvalidTag:
        return None


def _cipher(secret_key: bytes, idempotency_key: str) -> AESGCM:
    derivation = HKDF(SHA256(), 32, salt=None, info=b"portico/idempotency answer")
    return AESGCM(derivation.derive(secret_key + b"\0" + idempotency_key.encode()))
