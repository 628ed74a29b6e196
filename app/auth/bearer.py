"""From `Authorization: Bearer …` to who asks.

What a token stands for is kept for a few seconds, so that a read needs no statement before its own. That is safe
because the read statement itself asks whether the session is open and the actor's row still the version that is kept:
where not, it answers nothing, the token is looked up afresh, and the read runs once more.

An access token of an API client, which is a JWT, is verified each time it is looked up. One that is not good is refused
outright (RFC 6750), also where nobody need be signed in: its sender is a program, which can get another one, and must
not take the answer for somebody unknown for its own.

An open session's `last_seen_at` moves in the background, at most once a minute per session: never inside a read.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from starlette.types import Scope

from app.auth.jwt_access_tokens import InvalidToken
from app.http import request_id
from app.http.errors import HttpError
from authz.actor import Actor
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken, Credential, SessionToken
from resolvers.errors import ErrorCode
from resolvers.lru_cache import LRUCache

log = logging.getLogger("portico.authentication")

Verify = Callable[[bytes], Awaitable[AccessToken]]
LoadActor = Callable[[Credential], Awaitable[tuple[Actor, UUID | None] | None]]
Touch = Callable[[Collection[UUID]], Awaitable[None]]

_BEARER = b"bearer "
JWT_DOTS = 2
_LONGEST_TOKEN = 512
"""Bytes of a session's token. How long an access token may be, `app/auth/jwt_access_tokens.py` says."""


class TokenRejected(HttpError):
    """The access token is no good: it is not one of ours, or over, or taken back, or its client is dead."""

    def __init__(self) -> None:
        challenge = 'Bearer realm="portico", error="invalid_token", error_description="Get a new access token"'
        message = "The access token is not good, or not any more. Get a new one."
        super().__init__(401, ErrorCode.UNAUTHENTICATED, message, headers={"www-authenticate": challenge})


@dataclass(frozen=True, slots=True)
class BearerToken:
    """The token of a request: its SHA-256, and where it has the form of a JWT, itself."""

    hash: bytes
    jwt: bytes | None = None


@dataclass(frozen=True, slots=True)
class AuthenticatedActor:
    """Who holds a token. `session_id` is None for an access token; `until` is when this must be looked up again
    (monotonic seconds)."""

    credential: Credential
    session_id: UUID | None
    actor: Actor
    until: float


class Authentication:
    """Knows who holds a token. `verify` finds out what a JWT says, or raises InvalidToken. `load_actor` looks up in the
    database who has shown a credential, and returns None where it is nobody's.

    Up to `size` tokens are kept for `seconds` each. Tokens of nobody are not kept: a flood of them pushes no user out.
    """

    def __init__(self, load_actor: LoadActor, verify: Verify, *, seconds: float = 30.0, size: int = 20_000) -> None:
        self.load_actor = load_actor
        self.verify = verify
        self.seconds = seconds
        self.seen: set[UUID] = set()
        self._holders: LRUCache[bytes, AuthenticatedActor] = LRUCache(size, size)

    async def holder(self, bearer: BearerToken, *, afresh: bool = False) -> AuthenticatedActor | None:
        """Who holds the token, or None; `afresh` asks the database whatever is kept. Raises TokenRefused for an access
        token that is not good."""
        kept = None if afresh else self._holders.get(bearer.hash)
        if kept is not None and kept.until > time.monotonic():
            return kept
        credential = SessionToken(bearer.hash) if bearer.jwt is None else await self._verified(bearer.jwt)
        found = await self.load_actor(credential)
        if found is None:
            if bearer.jwt is not None:
                raise TokenRejected
            return None
        actor, session_id = found
        holder = AuthenticatedActor(credential, session_id, actor, time.monotonic() + self._seconds(credential))
        self._holders.put(bearer.hash, holder, 1)
        return holder

    async def _verified(self, jwt: bytes) -> AccessToken:
        try:
            return await self.verify(jwt)
        except InvalidToken:
            raise TokenRejected from None

    def _seconds(self, credential: Credential) -> float:
        """How long it may be kept: never longer than it is good."""
        if isinstance(credential, SessionToken):
            return self.seconds
        return min(self.seconds, (credential.expires_at - datetime.now(UTC)).total_seconds())

    def note_use(self, holder: AuthenticatedActor) -> None:
        """Remembers for `flush_seen` that the session was used."""
        if holder.session_id is not None:
            self.seen.add(holder.session_id)


def bearer_of(scope: Scope) -> BearerToken | None:
    """The bearer token of a request (RFC 6750, section 2.1); None where it carries none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            token: bytes = value[len(_BEARER) :].strip()
            if value[: len(_BEARER)].lower() != _BEARER or not token:
                return None
            if token.count(b".") == JWT_DOTS:
                return BearerToken(sha256(token).digest(), token)
            return BearerToken(sha256(token).digest()) if len(token) <= _LONGEST_TOKEN else None
    return None


def caller_of(scope: Scope, holder: AuthenticatedActor | None) -> Caller:
    """The request's sender, as the resolvers know it."""
    client = scope.get("client")
    address = client[0] if client else None
    if holder is None:
        return Caller(request_id=request_id.current(), address=address)
    return Caller(holder.actor, holder.credential, request_id.current(), address)


async def flush_seen(authentication: Authentication, touch: Touch, every: float = 60.0) -> None:
    """Tells the database every `every` seconds, and once more when cancelled, which sessions were in use."""
    try:
        while True:
            await asyncio.sleep(every)
            await flush_once(authentication, touch)
    finally:
        await flush_once(authentication, touch)


async def flush_once(authentication: Authentication, touch: Touch) -> None:
    """Tells the database which sessions were in use since the last time. What can't be told is tried the next time."""
    seen, authentication.seen = authentication.seen, set()
    if not seen:
        return
    try:
        await touch(seen)
    except Exception as error:  # noqa: BLE001
        authentication.seen |= seen
        log.warning("Could not note when %d sessions were last seen: %s", len(seen), error)
