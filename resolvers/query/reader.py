"""Reads a request: builds its statement, runs it on the pool, and returns the JSON that the statement produces."""

import asyncio
from datetime import timedelta
from uuid import UUID

from asyncpg import Pool

from authz.access import Access
from authz.actor import Actor
from authz.recording import DecisionListener
from resolvers.callers.caller import Caller
from resolvers.deep_size import deep_size
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.lru_cache import LRUCache
from resolvers.query.registry import Group, Registry
from resolvers.query.selection import ObjectField, Request, Selection, StaticField
from resolvers.query.statement import Statement, build, guard_parameters
from resolvers.rate_limits.limiter import RateLimiter

STATEMENT_CACHE_ENTRIES, STATEMENT_CACHE_BYTES = 1_000, 64_000_000


class Reader:
    """Reads requests. Statements are cached by the shape of the selection and the traits of the actor.

    `idle_timeout` is how long a session may stay unused before it ends. `limits` counts uses of rate-limited fields.
    `decision_listener` is notified of every policy decision.
    """

    def __init__(
        self,
        pool: Pool,
        registry: Registry,
        idle_timeout: timedelta,
        limits: RateLimiter | None = None,
        decision_listener: DecisionListener | None = None,
    ) -> None:
        self._pool = pool
        self._registry = registry
        self._idle_timeout = idle_timeout
        self._limits = limits or RateLimiter()
        self._decision_listener = decision_listener or DecisionListener()
        self._statements: LRUCache[tuple[Access, Selection], Statement] = LRUCache(
            STATEMENT_CACHE_ENTRIES, STATEMENT_CACHE_BYTES
        )

    @property
    def registry(self) -> Registry:
        """The types and fields that can be read."""
        return self._registry

    def with_empty_cache(self) -> "Reader":
        """A copy with an empty cache: cached statements keep the policies alive that they were built for."""
        return Reader(self._pool, self._registry, self._idle_timeout, self._limits, self._decision_listener)

    async def statement(self, access: Access, selection: Selection) -> Statement:
        """The finished statement of a selection."""
        cached = self._statements.get((access, selection))
        if cached is not None:
            return cached
        # Compiling rules for new traits, or planning a large selection, would block all other requests.
        statement = await asyncio.to_thread(build, self._registry, access, selection)
        size = selection.size + deep_size((statement.sql, statement.parameters))
        self._statements.put((access, selection), statement, size)
        return statement

    async def read(self, caller: Caller, access: Access | None, request: Request) -> bytes | None:
        """The JSON of the request's data, in one statement.

        Returns None if the caller's session has ended, the API client is no longer allowed, or the actor's traits have
        changed: then load the actor again and retry.
        Raises `MutationRejected`: UNAUTHENTICATED if nobody is signed in and the request selects more than `viewer`,
        FORBIDDEN if the caller may not query a field, RATE_LIMITED if they query it too often.
        """
        if caller.actor is None or caller.credential is None or access is None:
            return _anonymous(request.selection)
        if not access.alive:
            return None
        statement = await self.statement(access, request.selection)
        check_rate_limits(self._registry, self._limits, caller.actor.id, request.selection)
        parameters = guard_parameters(caller.actor, caller.credential, self._idle_timeout)
        arguments = statement.arguments(parameters, request.values)
        text: str | None = await self._pool.fetchval(statement.sql, *arguments)
        if text is None:
            return None
        self._decision_listener.on_decision(caller.actor, access.policy, statement.decision_requests)
        return text.encode()

    async def read_without_session(self, actor: Actor, access: Access, request: Request) -> bytes:
        """The same for a user who has no session, such as one who has just activated. The session guard is left out:
        the calling code must have established that the request comes from this user."""
        statement = build(self._registry, access, request.selection, guarded=False)
        text: str = await self._pool.fetchval(statement.sql, *statement.arguments(actor.identity, request.values))
        return text.encode()


def check_rate_limits(registry: Registry, limits: RateLimiter, user_id: UUID, selection: Selection) -> None:
    """Count each use of a rate-limited field in a query, aliases included, for the user. Raises `MutationRejected`
    (RATE_LIMITED) with the response key of the first use that is too many."""
    fields = registry.objects[selection.type].fields
    for part in selection.parts:
        if isinstance(part, ObjectField):
            field = fields[part.field]
            if isinstance(field, Group) and field.rate_limit is not None:
                field.rate_limit(limits, user_id, (part.key,))


def _anonymous(selection: Selection) -> bytes:
    members, problems = [], []
    for part in selection.parts:
        if isinstance(part, StaticField):
            members.append(f'"{part.key}":{part.json}')
        elif isinstance(part, ObjectField) and part.field == "viewer":
            members.append(f'"{part.key}":null')
        else:
            problems.append(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first.", (part.key,)))
    if problems:
        raise MutationRejected(problems)
    return ("{" + ",".join(members) + "}").encode()
