"""The keys of access tokens in the memory of a server process, looked up again twice a minute.

A token that another process has signed with a newer key makes this one look at once, but not more than once a second:
anybody can write any key id into a token.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from joserfc.jwk import RSAKey

from app.settings import Settings
from resolvers.callers.caller import Caller
from resolvers.identity.signing_keys import KeyState, NewKey, Rotation, StoredKey, published, rotate
from resolvers.transaction.unit_of_work import MutationContext, run_in_transaction

log = logging.getLogger("portico.oauth")

ALGORITHM: Final = "RS256"
BITS: Final = 2048
REFRESH_SECONDS: Final = 30.0
UNKNOWN_SECONDS: Final = 1.0


def new_key() -> NewKey:
    """A new RSA key pair, whose id is its thumbprint (RFC 7638). It takes some tenths of a second: use a thread."""
    key = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    assert key.kid is not None
    return NewKey(key.kid, key.as_der(private=True), key.as_dict(private=False))


def rotation(settings: Settings) -> Rotation:
    """How the keys of this installation follow one another."""
    return Rotation(settings.signing_key_lifetime, settings.access_token_lifetime, new_key)


class KeyRing:
    """The published keys. `clock` gives seconds from some moment on."""

    def __init__(
        self, writing: MutationContext, rotation: Rotation, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._writing, self._rotation, self._clock = writing, rotation, clock
        self._stored: Sequence[StoredKey] = ()
        self._public: dict[str, RSAKey] = {}
        self._signer: tuple[str, RSAKey] | None = None
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def published(self) -> list[dict[str, Any]]:
        """The public keys as JWKs (RFC 7517)."""
        await self._at_most(REFRESH_SECONDS)
        return [dict(key.public_jwk) for key in self._stored]

    async def find(self, kid: str) -> RSAKey | None:
        """The public key with this id; None where it is not published."""
        await self._at_most(REFRESH_SECONDS)
        if kid not in self._public:
            await self._at_most(UNKNOWN_SECONDS)
        return self._public.get(kid)

    async def signer(self) -> tuple[str, RSAKey]:
        """The key that signs now, and its id."""
        await self._at_most(REFRESH_SECONDS)
        if self._signer is None:
            async with self._reading:
                await self._make_signer()
        assert self._signer is not None
        return self._signer

    async def _make_signer(self) -> None:
        if self._signer is not None:
            return
        log.warning("No signing key was stored under this PORTICO_SECRET_KEY: a new one is made.")
        now = self._clock()
        made = await run_in_transaction(
            self._writing, Caller(), lambda work: rotate(work, self._rotation, at_once=True)
        )
        self._take(made, now)

    async def _at_most(self, seconds: float) -> None:
        """See to it that what is known is not older than this."""
        if self._clock() - self._read_at < seconds:
            return
        async with self._reading:
            now = self._clock()
            if now - self._read_at >= seconds:
                self._take(await published(self._writing, self._rotation), now)

    def _take(self, stored: Sequence[StoredKey], read_at: float) -> None:
        self._public = {key.kid: self._public.get(key.kid) or RSAKey.import_key(dict(key.public_jwk)) for key in stored}
        self._signer = self._opened(stored)
        self._stored, self._read_at = stored, read_at

    def _opened(self, stored: Sequence[StoredKey]) -> tuple[str, RSAKey] | None:
        """The key that signs; where that was stored under another secret key, the newest that signed before it."""
        for key in reversed([key for key in stored if key.state is not KeyState.NEXT]):
            if self._signer is not None and self._signer[0] == key.kid:
                return self._signer
            private = key.private(self._writing.secret_key)
            if private is not None:
                return key.kid, RSAKey.import_key(private)
        return None
