"""Whether a secret key is the one that a database is used with, from what was derived from it or encrypted with it."""

import asyncpg

from models import PLATFORM, TokenPurpose
from resolvers.encryption import decrypt
from resolvers.identity.hashing import derive_stored_token
from resolvers.identity.signing_keys import ENCRYPTION_PURPOSE

MOST_COMPARED = 20

_SIGNING_KEYS = "SELECT kid, private_key FROM signing_keys ORDER BY signs_from DESC LIMIT $1"
# Before migration 0037, no token has a tenant.
_TENANT = f"coalesce(to_jsonb(token) ->> 'tenant_id', '{PLATFORM}')::uuid AS tenant_id"
_TOKENS = f"SELECT id, {_TENANT}, purpose, token_hash FROM one_time_tokens AS token ORDER BY id DESC LIMIT $1"  # noqa: S608


async def key_matches(connection: asyncpg.Connection, secret_key: bytes) -> bool | None:
    """Whether the newest signing keys or links were made with `secret_key`; None if there are none to compare with."""
    keys = await connection.fetch(_SIGNING_KEYS, MOST_COMPARED)
    if keys:
        return any(decrypt(secret_key, ENCRYPTION_PURPOSE, row["kid"].encode(), row["private_key"]) for row in keys)
    tokens = await connection.fetch(_TOKENS, MOST_COMPARED)
    if not tokens:
        return None
    return any(
        derive_stored_token(secret_key, TokenPurpose(row["purpose"]), row["id"], row["tenant_id"], row["token_hash"])
        is not None
        for row in tokens
    )
