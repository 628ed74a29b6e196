"""Reads a request: builds its statement, runs it on the pool, and returns the JSON that the statement produces."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, Protocol
from uuid import UUID

from authz.access import Access
from authz.actor import Actor
from authz.recording import DecisionListener
from resolvers import database_time
from resolvers.callers.caller import Caller
from resolvers.distribution import Distribution
from resolvers.errors import ErrorCode, MutationRejected, Problem, TimedOut
from resolvers.fair_queue import SERVER, Flow, QueueFull
from resolvers.prepared_statement import PreparedStatement
from resolvers.query.plan_choice import VERY_SLOW_SECONDS, Choice, Key, PlanChoices
from resolvers.query.registry import Group, RateLimit, Registry
from resolvers.query.response_limit import MAX_RESPONSE_BYTES, encoded
from resolvers.query.selection import ObjectField, Request, Selection, StaticField
from resolvers.query.session_guard import caller_parameters, sessionless_parameters
from resolvers.query.statement import Statement, Variant
from resolvers.query.statement_cache import StatementCache, StatementKey
from resolvers.rate_limits.flows import flow_of
from resolvers.rate_limits.limiter import RateLimiter

READ_SECONDS: Final = 10.0
"""How long a read may take if nothing else is set."""


class Pool(Protocol):
    """The connections that reads run on."""

    async def fetchrow(self, sql: str, *arguments: Any, flow: Flow, deadline: float, plan_anew: bool = False) -> Any:
        """Returns the first row of the result of a statement, or None, run on behalf of `flow` until `deadline`
        (monotonic seconds), with a plan for these arguments if `plan_anew`. Raises TimedOut, and QueueFull."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What the executions of a request's statements have in common."""

    key: Key
    values: tuple[Any, ...]
    parameters: Mapping[str, Any]
    flow: Flow
    deadline: float


class Reader:
    """Reads requests. Statements are cached by the shape of the selection and the traits of the actor.

    `idle_timeout` is how long a session may stay unused before it ends. `limits` counts uses of rate-limited fields.
    `decision_listener` is notified of every policy decision. `max_response_bytes` limits the data of a response.
    `seconds` is how long a read may take in all: building its statement, waiting, planning it and running it.
    """

    def __init__(
        self,
        pool: Pool,
        statements: StatementCache,
        idle_timeout: timedelta,
        limits: RateLimiter | None = None,
        decision_listener: DecisionListener | None = None,
        *,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        seconds: float = READ_SECONDS,
    ) -> None:
        self._pool = pool
        self._statements = statements
        self._idle_timeout = idle_timeout
        self._limits = limits or RateLimiter()
        self._decision_listener = decision_listener or DecisionListener()
        self._max_response_bytes = max_response_bytes
        self._seconds = seconds
        self._plans = PlanChoices()

    @property
    def registry(self) -> Registry:
        """The types and fields that can be read."""
        return self._statements.registry

    @property
    def builds(self) -> Distribution:
        """The seconds that requests have waited for the statements of new queries."""
        return self._statements.builds

    def with_empty_cache(self) -> "Reader":
        """A copy with an empty cache: cached statements keep the policies alive that they were built for."""
        return Reader(
            self._pool,
            self._statements.emptied(),
            self._idle_timeout,
            self._limits,
            self._decision_listener,
            max_response_bytes=self._max_response_bytes,
            seconds=self._seconds,
        )

    async def statement(
        self,
        access: Access,
        request: Request,
        flow: Flow = SERVER,
        *,
        guarded: bool = True,
        large: bool = False,
        variant: Variant | None = None,
    ) -> Statement:
        """The finished statement of a request, built on behalf of `flow` unless it is cached. Raises QueueFull if too
        many wait for their statements, TimedOut, and `MutationRejected` (FORBIDDEN)."""
        # A response that can be large is limited by its statement.
        most = self._max_response_bytes if request.large else None
        key = StatementKey(access, request.selection, guarded, large, most, variant)
        cached = self._statements.get(key)
        if cached is not None:
            return cached
        try:
            async with asyncio.timeout(self._seconds):
                return await self._statements.build(key, flow)
        except TimeoutError:
            raise TimedOut from None

    async def read(self, caller: Caller, access: Access | None, request: Request) -> bytes | None:
        """The JSON of the request's data, in one statement.

        Returns None if the caller's session has ended, the API client is no longer allowed, or the actor's traits have
        changed: then load the actor again and retry.
        Raises `MutationRejected`: UNAUTHENTICATED if nobody is signed in and the request selects more than `viewer`,
        FORBIDDEN if the caller may not query a field, RATE_LIMITED if they query it too often.
        Raises an error of which `is_response_too_large` is true if the response exceeds the limit, TimedOut, and
        QueueFull.
        """
        if caller.actor is None or caller.credential is None or access is None:
            return _anonymous(request.selection)
        row = await self._row(caller, access, request)
        return None if row is None or row[0] is None else encoded(row[0], self._max_response_bytes)

    async def read_variant(
        self, caller: Caller, access: Access, request: Request, variant: Variant, parameters: Mapping[str, Any]
    ) -> Any:
        """The row of a variant of the request's statement, in one statement, with the values of the variant's
        parameters. Returns None, and raises, as `read`; nobody who is not signed in may call it."""
        return await self._row(caller, access, request, variant, parameters)

    async def read_row(self, caller: Caller, statement: PreparedStatement, parameters: Mapping[str, Any]) -> Any:
        """The first row of a short statement whose parameters are those of the session guard and `parameters`, or None.
        Raises TimedOut, and QueueFull; nobody who is not signed in may call it."""
        assert caller.viewed is None, "only reads are for who views as another user"
        arguments = statement.arguments({**caller_parameters(caller, self._idle_timeout), **parameters})
        deadline = time.monotonic() + self._seconds
        return await self._pool.fetchrow(statement.sql, *arguments, flow=flow_of(caller), deadline=deadline)

    async def _row(
        self,
        caller: Caller,
        access: Access,
        request: Request,
        variant: Variant | None = None,
        variant_parameters: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        assert caller.actor is not None
        assert caller.credential is not None
        if not access.alive:
            return None
        flow = flow_of(caller)
        key = access, request.selection, caller.actor.organization_id, variant
        choice = self._plans.choose(key, sees_much=caller.actor.sees_much)
        parameters = {**caller_parameters(caller, self._idle_timeout), **variant_parameters}
        run = _Run(key, request.values, parameters, flow, time.monotonic() + self._seconds)
        statement = await self.statement(access, request, flow, large=choice.large, variant=variant)
        await check_rate_limits(self.registry, self._limits, caller.actor.id, request.selection)
        try:
            row = await self._run(run, statement, choice)
        except (TimedOut, QueueFull):
            if choice.most_seconds is None or time.monotonic() >= run.deadline:
                raise
            statement = await self.statement(access, request, flow, large=True, variant=variant)
            row = await self._run(run, statement, Choice(large=True))
        if row is not None:
            self._decision_listener.on_decision(caller.actor, access.policy, statement.decision_requests)
        return row

    async def _run(self, run: "_Run", statement: Statement, choice: Choice) -> Any:
        """Executes the statement, and records what it took. Raises TimedOut, and QueueFull."""
        deadline = run.deadline
        if choice.most_seconds is not None:
            deadline = min(deadline, time.monotonic() + choice.most_seconds)
        arguments = statement.arguments(run.parameters, run.values)
        before = database_time.recorded()
        try:
            row = await self._pool.fetchrow(
                statement.sql, *arguments, flow=run.flow, deadline=deadline, plan_anew=choice.large
            )
        except BaseException as error:
            # A statement that ran into a timeout, or that nobody waits for any more, was slow at least.
            limit = choice.most_seconds if isinstance(error, TimedOut) else None
            taken = limit or database_time.recorded() - before
            if taken >= VERY_SLOW_SECONDS:
                self._plans.record(run.key, choice, taken)
            raise
        self._plans.record(run.key, choice, database_time.recorded() - before)
        return row

    async def read_without_session(self, actor: Actor, access: Access, request: Request) -> bytes:
        """The same for a user who has no session, such as one who has just activated. The session guard is left out:
        the calling code must have established that the request comes from this user."""
        deadline, flow = time.monotonic() + self._seconds, flow_of(Caller(actor))
        statement = await self.statement(access, request, flow, guarded=False)
        arguments = statement.arguments(sessionless_parameters(actor, self._idle_timeout), request.values)
        row = await self._pool.fetchrow(statement.sql, *arguments, flow=flow, deadline=deadline)
        assert row is not None
        return encoded(row[0], self._max_response_bytes)


async def check_rate_limits(registry: Registry, limits: RateLimiter, user_id: UUID, selection: Selection) -> None:
    """Count each use of a rate-limited field in a query, aliases included, for the user. Raises `MutationRejected`
    (RATE_LIMITED) with the response key of the first use that is too many."""
    fields = registry.objects[selection.type].fields
    uses: dict[RateLimit, list[tuple[str, ...]]] = {}
    for part in selection.parts:
        if isinstance(part, ObjectField):
            field = fields.get(part.field)  # the parts of a variant are no fields of the query
            if isinstance(field, Group) and field.rate_limit is not None:
                uses.setdefault(field.rate_limit, []).append((part.key,))
    for rate_limit, paths in uses.items():
        await rate_limit(limits, user_id, paths)


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
