"""What providers publish, kept for a while: their metadata and their keys.

A flood of tokens with made-up key ids must not become a flood of requests to the provider: a provider is asked again
for a key that is unknown at most once in `REFETCH_SECONDS`. Requests for the same document at the same time are one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from resolvers.lru_cache import LRUCache
from resolvers.openid.errors import ProviderError, ProviderFailure
from resolvers.openid.json_object import json_object
from resolvers.openid.keys import SigningKeys, UnknownKey, parse_keys, verify
from resolvers.openid.outgoing import HttpClient
from resolvers.openid.provider import ProviderMetadata, metadata_url, parse_metadata

FRESH_SECONDS: Final = 600.0
"""How long a document is used without asking again."""

STALE_SECONDS: Final = 86_400.0
"""How long it is used if the provider can't be reached."""

REFETCH_SECONDS: Final = 60.0
"""The least time between two requests for the same document, whatever the reason."""

ENTRIES: Final = 1_000
"""How many documents are kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document as it was read, and when (monotonic seconds); `tried_at` is when it was last asked for."""

    value: Any
    read_at: float
    tried_at: float


class PublishedDocuments:
    """Reads the documents of providers. Safe to use concurrently in one event loop."""

    def __init__(self, http: HttpClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._http, self._clock = http, clock
        self._kept: LRUCache[str, _Kept] = LRUCache(ENTRIES, ENTRIES)
        self._reading: dict[str, asyncio.Task[Any]] = {}

    async def metadata(self, issuer: str, *, anew: bool = False) -> ProviderMetadata:
        """Returns the metadata of an issuer; `anew`, not from what is kept. Raises ProviderError."""

        async def read() -> ProviderMetadata:
            return parse_metadata(await self._read(metadata_url(issuer)), issuer, self._http.check_url)

        found: ProviderMetadata = await self._get(f"metadata {issuer}", read, anew=anew)
        return found

    async def keys(self, metadata: ProviderMetadata, *, anew: bool = False) -> SigningKeys:
        """Returns the keys of a provider; `anew`, not from what is kept. Raises ProviderError."""
        found: SigningKeys = await self._get(f"keys {metadata.jwks_uri}", lambda: self._read_keys(metadata), anew=anew)
        return found

    async def verify(self, token: str, metadata: ProviderMetadata) -> tuple[dict[str, Any], dict[str, Any]]:
        """Returns the header and the claims of a token that the provider has signed, also with a key that is new.
        Raises ProviderError."""
        try:
            return verify(token, await self.keys(metadata))
        except UnknownKey:
            key = f"keys {metadata.jwks_uri}"
            kept = self._kept.get(key)
            if kept is not None and self._clock() - kept.tried_at < REFETCH_SECONDS:
                raise
            return verify(token, await self.keys(metadata, anew=True))

    async def _read_keys(self, metadata: ProviderMetadata) -> SigningKeys:
        return parse_keys(await self._read(metadata.jwks_uri))

    async def _get(self, name: str, read: Callable[[], Awaitable[Any]], *, anew: bool) -> Any:
        now, kept = self._clock(), self._kept.get(name)
        if kept is not None and not anew:
            if now - kept.read_at < FRESH_SECONDS:
                return kept.value
            # One that can't be reached is asked again from time to time, and not by every sign-in.
            if now - kept.read_at < STALE_SECONDS and now - kept.tried_at < REFETCH_SECONDS:
                return kept.value
        try:
            return await self._read_once(name, read)
        except ProviderError as error:
            is_away = error.failure in (ProviderFailure.UNREACHABLE, ProviderFailure.REFUSED)
            if anew or kept is None or not is_away or now - kept.read_at >= STALE_SECONDS:
                raise
            return kept.value

    async def _read_once(self, name: str, read: Callable[[], Awaitable[Any]]) -> Any:
        task = self._reading.get(name)
        if task is None:
            task = self._reading[name] = asyncio.ensure_future(self._read_and_keep(name, read))
            task.add_done_callback(lambda done: self._end(name, done))
        # Whoever started it may go away; the others wait for it.
        return await asyncio.shield(task)

    def _end(self, name: str, task: asyncio.Task[Any]) -> None:
        self._reading.pop(name, None)
        if not task.cancelled():
            # Whoever waits gets it. Nobody may wait any more.
            task.exception()

    async def _read_and_keep(self, name: str, read: Callable[[], Awaitable[Any]]) -> Any:
        started, kept = self._clock(), self._kept.get(name)
        if kept is not None:
            self._kept.put(name, _Kept(kept.value, kept.read_at, started), 1)
        value = await read()
        self._kept.put(name, _Kept(value, self._clock(), started), 1)
        return value

    async def _read(self, url: str) -> dict[str, Any]:
        response = await self._http.send("GET", url, {"Accept": "application/json"})
        if response.status != 200:
            raise ProviderError(ProviderFailure.REFUSED)
        return json_object(response.body)
