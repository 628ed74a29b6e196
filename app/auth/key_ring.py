"""Caches the keys of access tokens in a server process, and reloads them twice a minute.

A token signed with an unknown key, which another process may have just created, triggers a reload, but at most once a
second: anybody can write any key id into a token.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from joserfc.jwk import RSAKey

from app.database.replication.first_reads import FirstReads
from app.settings import Settings
from resolvers.callers.caller import Caller
from resolvers.identity.signing_keys import (
    KeyRotation,
    KeyState,
    NewKey,
    StoredKey,
    published_keys,
    rotate_keys,
    stored_keys,
)
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

log = logging.getLogger("portico.oauth")

ALGORITHM: Final = "RS256"
BITS: Final = 2048
REFRESH_SECONDS: Final = 30.0
UNKNOWN_KEY_SECONDS: Final = 1.0


def new_key() -> NewKey:
    """Generates an RSA key pair, whose id is its thumbprint (RFC 7638). Takes tenths of a second: use a thread."""
    key = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    assert key.kid is not None
    return NewKey(key.kid, key.as_der(private=True), key.as_dict(private=False))


def key_rotation(settings: Settings) -> KeyRotation:
    """Returns the rotation of signing keys under these settings."""
    return KeyRotation(settings.signing_key_lifetime, settings.access_token_lifetime, new_key)


class KeyRing:
    """The published keys. `clock` returns monotonic seconds. The keys that are known stay in use after an error of the
    database for which `goes_on` is true; if none are known yet, they are read by `first_reads` then."""

    def __init__(
        self,
        context: MutationContext,
        rotation: KeyRotation,
        clock: Callable[[], float] = time.monotonic,
        *,
        goes_on: Callable[[BaseException], bool] = lambda error: False,
        first_reads: FirstReads | None = None,
    ) -> None:
        self._first_reads = first_reads
        self._context, self._rotation, self._clock, self._goes_on = context, rotation, clock, goes_on
        self._stored: Sequence[StoredKey] = ()
        self._public: dict[str, RSAKey] = {}
        self._signer: tuple[str, RSAKey] | None = None
        self._loaded_at = float("-inf")
        self._loading = asyncio.Lock()

    async def published_jwks(self) -> list[dict[str, Any]]:
        """Returns the public keys as JWKs (RFC 7517)."""
        await self._refresh_if_older_than(REFRESH_SECONDS)
        return [dict(key.public_jwk) for key in self._stored]

    async def find(self, kid: str) -> RSAKey | None:
        """Returns the public key with this id, or None if it is not published."""
        await self._refresh_if_older_than(REFRESH_SECONDS)
        if kid not in self._public:
            await self._refresh_if_older_than(UNKNOWN_KEY_SECONDS)
        return self._public.get(kid)

    async def signer(self) -> tuple[str, RSAKey]:
        """Returns the current signing key and its id."""
        await self._refresh_if_older_than(REFRESH_SECONDS)
        if self._signer is None:
            async with self._loading:
                await self._create_signer()
        assert self._signer is not None
        return self._signer

    async def _create_signer(self) -> None:
        if self._signer is not None:
            return
        log.warning("No signing key is stored under this PORTICO_SECRET_KEY: creating a new one.")
        now = self._clock()
        stored = await run_in_transaction(
            self._context, Caller(), lambda work: rotate_keys(work, self._rotation, at_once=True)
        )
        self._store(stored, now)

    async def _refresh_if_older_than(self, seconds: float) -> None:
        """Reloads the keys if they were loaded more than `seconds` ago."""
        if self._clock() - self._loaded_at < seconds:
            return
        async with self._loading:
            now = self._clock()
            if now - self._loaded_at >= seconds:
                await self._reload(now)

    async def _reload(self, now: float) -> None:
        try:
            self._store(await published_keys(self._context, self._rotation), now)
        except Exception as error:
            if not self._goes_on(error):
                raise
            if self._stored:
                self._loaded_at = now
                return
            if self._first_reads is None:
                raise
            read = partial(stored_keys, rotation=self._rotation)
            self._store(await self._first_reads.run(read), now)

    def _store(self, stored: Sequence[StoredKey], loaded_at: float) -> None:
        self._public = {key.kid: self._public.get(key.kid) or RSAKey.import_key(dict(key.public_jwk)) for key in stored}
        self._signer = self._find_signer(stored)
        self._stored, self._loaded_at = stored, loaded_at

    def _find_signer(self, stored: Sequence[StoredKey]) -> tuple[str, RSAKey] | None:
        """Returns the signing key. If that was stored under another secret key, the newest readable one."""
        for key in reversed([key for key in stored if key.state is not KeyState.NEXT]):
            if self._signer is not None and self._signer[0] == key.kid:
                return self._signer
            private = key.private_key(self._context.secret_key)
            if private is not None:
                return key.kid, RSAKey.import_key(private)
        return None
