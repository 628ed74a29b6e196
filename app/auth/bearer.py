"""Authenticates requests by their header `Authorization: Bearer …`, or by a session cookie (`session_cookie.py`).

The actor of a token is cached for a few seconds, so that a read needs no statement before its own. This is safe because
the read statement itself checks that the session is open and that the actor's row still has the cached version.
Otherwise it returns nothing, the token is looked up again, and the read is repeated.

An API client's access token is a JWT, which is verified at each lookup. An invalid one is always rejected (RFC 6750),
even if the request needs no sign-in: its sender is a program that can get a new token, and that must not mistake the
response to an anonymous caller for its own.

An open session's `last_seen_at` is updated in the background, at most once a minute per session, never in a read.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from starlette.types import Scope

from app.auth.database_clock import DatabaseClock
from app.auth.jwt_access_tokens import InvalidToken
from app.auth.session_cookie import MAX_TOKEN_BYTES, CookieSite, cookie_of, read_cookie, uses_cookie
from app.http import request_id
from app.http.disconnection import disconnection_of
from app.http.errors import HttpError
from app.http.request_id import header
from authz.actor import Actor
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken, Credential, SessionToken
from resolvers.errors import ErrorCode
from resolvers.identity.client_description import MAX_USER_AGENT
from resolvers.lru_cache import LRUCache
from schema.execution.session_cookie import SessionCookie

log = logging.getLogger("portico.authentication")

Verify = Callable[[bytes], Awaitable[AccessToken]]
LoadActor = Callable[[Credential], Awaitable[tuple[Actor, UUID | None] | None]]
Touch = Callable[[Collection[tuple[UUID, UUID]]], Awaitable[None]]
"""Records the use of sessions, each named by its tenant and id."""

_BEARER = b"bearer "
JWT_DOTS = 2
"""The dots of a signed JWT. A token with more, such as an encrypted JWT (RFC 7516), is no session token either."""


class TokenRejected(HttpError):
    """The access token is invalid, expired or revoked, or its client is no longer allowed."""

    def __init__(self) -> None:
        challenge = 'Bearer realm="portico", error="invalid_token", error_description="Get a new access token"'
        message = "The access token is invalid or no longer valid. Get a new one."
        super().__init__(401, ErrorCode.UNAUTHENTICATED, message, headers={"www-authenticate": challenge})


@dataclass(frozen=True, slots=True)
class BearerToken:
    """The token of a request: its SHA-256, the token itself if it has the dots of a JWT, the cookie if it was in one,
    and the tenant that it carries."""

    hash: bytes
    jwt: bytes | None = None
    cookie: SessionCookie | None = field(default=None, compare=False)
    tenant_id: UUID | None = None

    @property
    def session(self) -> SessionToken:
        """The credential, unless it is a JWT."""
        return SessionToken(self.hash, self.tenant_id)


@dataclass(frozen=True, slots=True)
class AuthenticatedActor:
    """The actor of a token. `session_id` is None for an access token. The cached entry is valid until `until`
    (monotonic seconds)."""

    credential: Credential
    session_id: UUID | None
    actor: Actor
    until: float


class Authentication:
    """Finds the actor of a token. `verify` reads a JWT, or raises InvalidToken. `load_actor` loads the actor of a
    credential from the database, or returns None if there is none. `cookie_site` says which pages may use cookies.

    Up to `cache_entries` tokens are cached for `cache_seconds` each. Tokens without an actor are not cached, so a flood
    of them evicts no user.
    """

    def __init__(
        self,
        load_actor: LoadActor,
        verify: Verify,
        *,
        cache_seconds: float = 30.0,
        cache_entries: int = 20_000,
        cookie_site: CookieSite | None = None,
        clock: DatabaseClock | None = None,
    ) -> None:
        self.load_actor = load_actor
        self.verify = verify
        self.cache_seconds = cache_seconds
        self.cookie_site = cookie_site or CookieSite()
        self.clock = clock or DatabaseClock()
        self.used_sessions: set[tuple[UUID, UUID]] = set()
        self._cache: LRUCache[bytes, AuthenticatedActor] = LRUCache(cache_entries, cache_entries)

    def token_of(self, scope: Scope) -> BearerToken | None:
        """Returns the token of a request, or None if it has none. Raises HttpError (400) if the token is in a cookie
        that the request may not use."""
        if not uses_cookie(scope):
            return bearer_of(scope)
        cookie = read_cookie(scope, self.cookie_site)
        session = cookie.session
        return None if session is None else BearerToken(session.hash, cookie=cookie, tenant_id=session.tenant_id)

    def cookie_of(self, scope: Scope) -> SessionCookie:
        """Returns the cookie that the operation of a request may start a session in."""
        return cookie_of(scope, self.cookie_site)

    async def authenticate(self, bearer: BearerToken, *, bypass_cache: bool = False) -> AuthenticatedActor | None:
        """Returns the actor of the token, or None. Raises TokenRejected for an invalid access token."""
        cached = None if bypass_cache else self._cache.get(bearer.hash)
        if cached is not None and cached.until > time.monotonic():
            return cached
        credential = bearer.session if bearer.jwt is None else await self._verify(bearer.jwt)
        loaded = await self.load_actor(credential)
        if loaded is None:
            if bearer.jwt is not None:
                raise TokenRejected
            if bearer.cookie is not None:
                bearer.cookie.end(bearer.hash)
            return None
        actor, session_id = loaded
        until = time.monotonic() + self._seconds(credential)
        authenticated = AuthenticatedActor(credential, session_id, actor, until)
        self._cache.put(bearer.hash, authenticated, 1)
        return authenticated

    async def _verify(self, jwt: bytes) -> AccessToken:
        try:
            return await self.verify(jwt)
        except InvalidToken:
            raise TokenRejected from None

    def _seconds(self, credential: Credential) -> float:
        """How long the credential may be cached: never longer than it is valid."""
        if not isinstance(credential, AccessToken):
            return self.cache_seconds
        return min(self.cache_seconds, (credential.expires_at - self.clock.now()).total_seconds())

    def record_use(self, authenticated: AuthenticatedActor) -> None:
        """Records for `flush_used_sessions` that the session was used."""
        if authenticated.session_id is not None:
            self.used_sessions.add((authenticated.actor.tenant_id, authenticated.session_id))


def bearer_of(scope: Scope) -> BearerToken | None:
    """Returns the bearer token of a request (RFC 6750, section 2.1), or None if it has none."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            token: bytes = value[len(_BEARER) :].strip()
            if value[: len(_BEARER)].lower() != _BEARER or not token:
                return None
            if token.count(b".") >= JWT_DOTS:
                return BearerToken(sha256(token).digest(), token)
            if len(token) > MAX_TOKEN_BYTES:
                return None
            session = SessionToken.of(token)
            return BearerToken(session.hash, tenant_id=session.tenant_id)
    return None


def caller_of(scope: Scope, authenticated: AuthenticatedActor | None) -> Caller:
    """Returns the caller of a request, who is anonymous if `authenticated` is None."""
    client = scope.get("client")
    address = client[0] if client else None
    disconnected = disconnection_of(scope)
    if authenticated is None:
        return Caller(request_id=request_id.current(), address=address, disconnected=disconnected)
    actor, credential = authenticated.actor, authenticated.credential
    return Caller(actor, credential, request_id.current(), address, disconnected=disconnected)


def user_agent_of(scope: Scope) -> str:
    """Returns the header `User-Agent` of a request, cut, for `Caller.user_agent`: only mutations need it."""
    return (header(scope, b"user-agent") or b"")[:MAX_USER_AGENT].decode("latin-1")


async def flush_used_sessions(authentication: Authentication, touch: Touch, interval: float = 60.0) -> None:
    """Writes the use of sessions to the database every `interval` seconds, and once more when cancelled."""
    try:
        while True:
            await asyncio.sleep(interval)
            await flush_once(authentication, touch)
    finally:
        await flush_once(authentication, touch)


async def flush_once(authentication: Authentication, touch: Touch) -> None:
    """Writes to the database which sessions were used since the last flush. If that fails, the next flush retries."""
    sessions, authentication.used_sessions = authentication.used_sessions, set()
    if not sessions:
        return
    try:
        await touch(sessions)
    except Exception as error:  # noqa: BLE001
        authentication.used_sessions |= sessions
        log.warning("Could not record when %d sessions were last used: %s", len(sessions), error)
