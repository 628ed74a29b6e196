"""Generates and hashes passwords, tokens and client secrets.

Passwords are hashed with argon2id (RFC 9106, the profile that argon2-cffi recommends). A hash takes a tenth of a second
of one core and 64 MiB, so it waits in the queue of `resolvers/rate_limits/hashing_queue.py`, and never while a
transaction is open: that would keep locks and one of a few connections from others.

Session tokens and client secrets have 256 random bits, so storing their plain SHA-256 is safe; a slow hash is needed
only for secrets that people choose and others could guess. A one-time token is not random. It is derived from the
server's secret key and the id of its row, so the mail worker can derive it again, and the database contains nothing
that grants access to an account.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import TypeVar
from uuid import UUID

from models import TokenPurpose
from resolvers.callers.credentials import SCIM_TOKEN_PREFIX, carried_tenant, carry_tenant
from resolvers.identity import argon2id
from resolvers.rate_limits.hashing_queue import Place
from resolvers.transaction.unit_of_work import is_transaction_open

T = TypeVar("T")

PASSWORD_MAX_BYTES = 1024
CLIENT_SECRET_PREFIX = "pcs_"  # noqa: S105 (not a secret)
"""The prefix of every client secret. It lets people and secret scanners recognize a leaked one."""


class HashingInTransaction(RuntimeError):
    """A programming error: a password was to be checked or hashed while a transaction is open."""


def password_bytes(password: str) -> bytes | None:
    """The bytes of a password that are hashed: UTF-8 of its NFKC form, so every keyboard gives the same result.

    Returns None if the password is longer than 1024 bytes or not Unicode text (a lone surrogate): nobody can have such
    a password.
    """
    if len(password) > PASSWORD_MAX_BYTES:
        return None
    try:
        normalized = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None
    return normalized if len(normalized) <= PASSWORD_MAX_BYTES else None


async def run_in_queue(work: Callable[[], T], place: Place) -> T:
    """Returns the result of `work`, which checks or hashes passwords, after its turn has come. Raises QueueFull."""
    if is_transaction_open():
        raise HashingInTransaction("check and hash passwords before the transaction begins")
    return await place.run(work)


async def hash_password(password: str, place: Place | None = None) -> str:
    """The argon2id hash of `password`, with its salt and parameters, as text.

    Raises QueueFull, and ValueError if it cannot be a password (see `password_bytes`).
    """
    secret = password_bytes(password)
    if secret is None:
        raise ValueError("not a possible password")
    return await run_in_queue(lambda: argon2id.hash_secret(secret), place or Place())


async def verify_password(password_hash: str | None, password: str, place: Place | None = None) -> bool:
    """Whether `password` has this hash.

    Without a hash, or with an impossible password, the result is False after the same work, so the duration reveals
    nothing. Raises QueueFull.
    """
    secret = password_bytes(password)
    possible = password_hash is not None and secret is not None
    verified = await run_in_queue(lambda: _verify(password_hash, secret or b""), place or Place())
    return verified and possible


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with parameters other than the current ones."""
    return argon2id.needs_rehash(password_hash)


def new_token(tenant_id: UUID) -> str:
    """A new session token: the tenant of the session and 256 random bits, safe in URLs and headers."""
    return carry_tenant(tenant_id, secrets.token_urlsafe(32))


def new_client_secret(organization_id: UUID) -> str:
    """A new secret of an API client of the organization: `CLIENT_SECRET_PREFIX`, the organization and 256 random bits,
    safe in URLs, forms and headers. It is displayed once and stored as its `token_hash`."""
    return CLIENT_SECRET_PREFIX + new_token(organization_id)


def new_scim_token(organization_id: UUID) -> str:
    """A new SCIM token of the organization: `SCIM_TOKEN_PREFIX`, the organization and 256 random bits. It is displayed
    once and stored as its `token_hash`."""
    return SCIM_TOKEN_PREFIX + new_token(organization_id)


def organization_of_secret(secret: str) -> UUID | None:
    """The organization of the client whose secret this is; None if it says none, as those of former versions."""
    return carried_tenant(secret.removeprefix(CLIENT_SECRET_PREFIX))


def token_hash(token: str) -> bytes:
    """The hash under which a token or client secret is stored and looked up. Accepts any text."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def derive_token(key: bytes, purpose: TokenPurpose, token_row_id: UUID, tenant_id: UUID) -> str:
    """The one-time token of the row `token_row_id`: its tenant, and an HMAC of purpose and id under the server's secret
    key."""
    return carry_tenant(tenant_id, _derive_secret(key, purpose, token_row_id))


def derive_stored_token(
    key: bytes, purpose: TokenPurpose, token_row_id: UUID, tenant_id: UUID, stored_hash: bytes
) -> str | None:
    """The same, in the form of the row with the hash `stored_hash`: a row of a former version has a token without a
    tenant. Returns None if it was derived from another key."""
    secret = _derive_secret(key, purpose, token_row_id)
    forms = carry_tenant(tenant_id, secret), secret
    return next((token for token in forms if hmac.compare_digest(token_hash(token), stored_hash)), None)


def _derive_secret(key: bytes, purpose: TokenPurpose, token_row_id: UUID) -> str:
    message = f"portico one-time token\0{purpose.value}\0{token_row_id}".encode()
    digest = hmac.digest(key, message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _verify(password_hash: str | None, secret: bytes) -> bool:
    return argon2id.verify_secret(password_hash or _decoy(), secret)


@cache
def _decoy() -> str:
    return argon2id.hash_secret(secrets.token_bytes(32))
