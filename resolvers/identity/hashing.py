"""Passwords and tokens: what proves who one is, and the one-way forms in which it is stored.

Passwords are hashed by argon2id (RFC 9106, the profile that argon2-cffi recommends) in threads of their own: a hash
takes tens of milliseconds and 64 MiB, which must neither stop the event loop nor be taken by many at once.

Tokens and the secrets of API clients are 256 random bits, so a plain SHA-256 of them is a safe thing to store: a slow
hash is for what people think up, and others could guess. A one-time token is not random but derived from the server's
secret key and the id of its row, so that the mail worker can make it again and nothing that opens an account lies in
the database.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models import TokenPurpose

T = TypeVar("T")

PASSWORD_MAX_BYTES = 1024
CLIENT_SECRET_PREFIX = "pcs_"  # noqa: S105 (the look of a secret, and none)
"""What the secret of an API client begins with, so that people and scanners of code know it where it should not be."""

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="argon2")


def password_bytes(password: str) -> bytes | None:
    """The password as it is hashed: NFKC, so that it is the same from every keyboard, in UTF-8.

    None if it is longer than 1024 bytes or not Unicode text (a lone surrogate): then it can be nobody's password.
    """
    if len(password) > PASSWORD_MAX_BYTES:
        return None
    try:
        normal = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None
    return normal if len(normal) <= PASSWORD_MAX_BYTES else None


async def hash_password(password: str) -> str:
    """The argon2id hash of `password`, with its salt and parameters, as text.

    Raises ValueError for what can be no password (`password_bytes`).
    """
    secret = password_bytes(password)
    if secret is None:
        raise ValueError("not a possible password")
    return await _in_thread(lambda: _hasher.hash(secret))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed.

    Without a hash, or with an impossible password, the answer is no after the same work as ever: how long it takes
    tells nothing.
    """
    secret = password_bytes(password)
    possible = password_hash is not None and secret is not None
    return await _in_thread(lambda: _verify(password_hash, secret or b"")) and possible


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(password_hash)


def new_token() -> str:
    """A new session token: 256 random bits, safe in URLs and headers."""
    return secrets.token_urlsafe(32)


def new_client_secret() -> str:
    """A new secret of an API client: `CLIENT_SECRET_PREFIX` and 256 random bits, safe in URLs, forms and headers. It is
    shown once, and stored as its `token_hash`."""
    return CLIENT_SECRET_PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """The form in which a token or a client's secret is stored and looked up. Any text may come in."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def derive_token(key: bytes, purpose: TokenPurpose, token_row_id: UUID) -> str:
    """The one-time token of the row `token_row_id`: an HMAC of purpose and id under the server's secret key."""
    message = f"portico one-time token\0{purpose.value}\0{token_row_id}".encode()
    digest = hmac.digest(key, message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _verify(password_hash: str | None, secret: bytes) -> bool:
    decoy = _decoy()
    try:
        return _hasher.verify(password_hash or decoy, secret)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    return _hasher.hash(secrets.token_bytes(32))
