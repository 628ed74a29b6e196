"""The one way to read: a request becomes a statement, the statement runs on the pool, its text is the answer."""

import asyncio
from datetime import timedelta

from asyncpg import Pool

from authz.access import Access
from authz.actor import Actor
from authz.recording import DecisionListener
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.lru_cache import LRUCache
from resolvers.query.rate_limited_fields import count_questions
from resolvers.query.registry import Registry
from resolvers.query.selection import ObjectField, Request, Selection, StaticField
from resolvers.query.statement import Statement, build, guard_parameters
from resolvers.rate_limits.limiter import RateLimiter

STATEMENT_CACHE_ENTRIES, STATEMENT_CACHE_CHARACTERS = 1_000, 50_000_000


class Reader:
    """Reads requests. Statements are kept by the shape of the selection and the traits of the actor.

    `idle` is how long a session may rest before it ends. `limits` counts what may be asked only so often. `onlooker` is
    told what the policy was asked.
    """

    def __init__(
        self,
        pool: Pool,
        registry: Registry,
        idle: timedelta,
        limits: RateLimiter | None = None,
        onlooker: DecisionListener | None = None,
    ) -> None:
        self._pool = pool
        self._graph = registry
        self._idle = idle
        self._limits = limits or RateLimiter()
        self._onlooker = onlooker or DecisionListener()
        self._statements: LRUCache[tuple[Access, Selection], Statement] = LRUCache(
            STATEMENT_CACHE_ENTRIES, STATEMENT_CACHE_CHARACTERS
        )

    @property
    def graph(self) -> Registry:
        """What can be read."""
        return self._graph

    def renewed(self) -> "Reader":
        """A reader with nothing kept: what is kept holds on to the policies that it was built for."""
        return Reader(self._pool, self._graph, self._idle, self._limits, self._onlooker)

    async def statement(self, access: Access, selection: Selection) -> Statement:
        """The finished statement of a selection."""
        kept = self._statements.get((access, selection))
        if kept is not None:
            return kept
        # Rules that are compiled for new traits, and a large plan, would hold up all other requests.
        built = await asyncio.to_thread(build, self._graph, access, selection)
        self._statements.put((access, selection), built, len(built.sql))
        return built

    async def read(self, caller: Caller, access: Access | None, request: Request) -> bytes | None:
        """The JSON of the request's data, in one statement.

        None when the caller's session has ended, the API client may not live any more, or the actor's traits have
        changed: load the actor anew and ask again.
        Raises Refused: UNAUTHENTICATED when nobody is signed in and the request asks for more than `viewer`, FORBIDDEN
        or RATE_LIMITED where a question is not answered to this caller, or not so often.
        """
        if caller.actor is None or caller.credential is None or access is None:
            return _anonymous(request.selection)
        if not access.alive:
            return None
        statement = await self.statement(access, request.selection)
        count_questions(self._limits, caller.actor.id, request.selection)
        named = guard_parameters(caller.actor, caller.credential, self._idle)
        text: str | None = await self._pool.fetchval(statement.sql, *statement.arguments(named, request.values))
        if text is None:
            return None
        self._onlooker.on_decision(caller.actor, access.policy, statement.decision_requests)
        return text.encode()

    async def read_without_session(self, actor: Actor, access: Access, request: Request) -> bytes:
        """The same for a user who has no session, such as one who has just activated. Nothing is checked of who asks:
        the caller must know that it is them."""
        statement = build(self._graph, access, request.selection, guarded=False)
        named = actor.identity
        text: str = await self._pool.fetchval(statement.sql, *statement.arguments(named, request.values))
        return text.encode()


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
