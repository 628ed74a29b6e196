"""Opens the parts of a server that its routes use, once per process, and closes them in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Scope

import migrations
from app.auth.bearer import Authentication
from app.auth.jwt_access_tokens import AccessTokens
from app.auth.key_ring import KeyRing, key_rotation
from app.auth.session_cookie import CookieSite
from app.background import end_within
from app.console.built_files import read_documents
from app.database.pools import (
    BACKGROUND_CONNECTIONS,
    create_write_engine,
    read_pool_of,
    read_sessions,
    write_engine_of,
    write_places,
    write_sessions,
)
from app.database.read_pool import ReadPool
from app.database.replication.first_reads import FirstReads
from app.database.replication.handover import Takeover
from app.database.replication.handover_file import HandoverFile
from app.database.replication.opening import create_replicas
from app.database.replication.replicas import ReplicaLimits, Replicas
from app.database.replication.routed_pool import RoutedPool
from app.documents.page_documents import PAGE_DOCUMENTS
from app.documents.trusted_documents import TrustedDocuments
from app.egress.client import EgressClient
from app.openid.relying_party import relying_party_of
from app.operation_metrics import OperationMetrics
from app.policy_playground.processes import PolicyPlayground
from app.settings import Settings
from authz.access import Access
from authz.actor import Actor
from authz.policy import Policy
from resolvers.callers.credentials import Credential
from resolvers.callers.load_actor import load_actor
from resolvers.cost_limits.buckets import Rate
from resolvers.cost_limits.leases import Leases
from resolvers.query.reader import Pool, Reader
from resolvers.query.statement_cache import StatementCache
from resolvers.rate_limits.database_counts import DatabaseCounts
from resolvers.rate_limits.hashing_queue import HashingQueue
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from resolvers.transaction.read import access_of
from resolvers.trusted_documents import load_text
from resolvers.worker_thread import WorkerThread
from schema.execution.query_limits import Limits
from schema.operations import Operations

CLOSE_SECONDS = 5.0
RESERVED_STATEMENT_SECONDS = 10.0
"""How long a statement on a reserved connection may take: all of them are short."""

SETTLE_SECONDS = 20.0
"""How long a process that takes over while the primary is away waits for the replicas to respond, and for the primary
not to."""

WAITING_OPERATIONS = 100
"""How many operations may wait to be prepared, and for their statements to be built."""

DIRECT = "portico direct"
"""The name of the direct connections in `pg_stat_activity`."""

_PINNED = "portico.backend"


@dataclass(frozen=True)
class Backend:
    """The open parts of a running server, under one policy. `reserved_engine` has the connections for what reads need
    first: sessions, cost leases, keys, trusted documents; `first_reads` are those of them that read from a replica
    while the primary is away. `direct_engine` has those that keep their sessions, for listening and for the mail
    worker. `pool` reads from the primary, and `replicas` are the others, if there are any. `newest_migration` is the
    one that this code was written for. A request uses the backend that is current when it begins, until it ends."""

    policy: Policy
    engine: AsyncEngine
    reserved_engine: AsyncEngine
    direct_engine: AsyncEngine
    first_reads: FirstReads
    pool: ReadPool
    replicas: Replicas | None
    mutation_context: MutationContext
    attempts: DatabaseCounts
    reader: Reader
    operations: Operations
    authentication: Authentication
    trusted_documents: TrustedDocuments
    leases: Leases
    preparing: WorkerThread
    access_tokens: AccessTokens
    playground: PolicyPlayground
    newest_migration: str
    operation_metrics: OperationMetrics

    def access(self, actor: Actor) -> Access:
        """Returns what the policy allows `actor` to do."""
        return access_of(self.mutation_context, actor)

    @property
    def reads_alone(self) -> bool:
        """Whether only reads are possible, from replicas, because the primary is away."""
        return self.replicas is not None and self.replicas.reads_alone()

    def with_policy(self, policy: Policy) -> "Backend":
        """The same parts under another policy. Cached statements contain the former policy, so they are left behind."""
        context = replace(self.mutation_context, policy=policy)
        return replace(self, policy=policy, mutation_context=context, reader=self.reader.with_empty_cache())


def backend_of(scope: Scope) -> Backend:
    """Returns the backend of this request."""
    pinned: Backend | None = scope.get(_PINNED)
    return pinned or scope["app"].state.backend


def pin_backend(scope: Scope) -> None:
    """Fixes the current backend for the rest of the request of `scope`."""
    scope[_PINNED] = scope["app"].state.backend


@asynccontextmanager
async def open_backend(settings: Settings, policy: Policy, takeover: Takeover | None = None) -> AsyncIterator[Backend]:
    """The backend, open until the end of the block. It opens even if the database is unavailable; with a `takeover`, it
    reads from replicas until the primary is back."""
    url, shared = settings.request_database(), settings.shares_sessions()
    read_timeout, write_timeout = settings.read_timeout.total_seconds(), settings.write_timeout.total_seconds()
    replicas = replicas_of(settings)
    if replicas is not None and takeover is not None:
        standings = handover_file(settings).standings(takeover.handover)
        replicas.take_over(takeover.handover.reached_at, standings)
    # Nothing waits for a primary that is known to be away.
    is_away = (lambda: False) if replicas is None else replicas.reads_alone
    writing = write_sessions(url, statement_timeout=write_timeout, shares_sessions=shared, is_away=is_away)
    engine = write_engine_of(writing, settings.write_connections)
    # Never through a pooler: a transaction that has one of its few sessions counts attempts here. If that needed
    # another of them, transactions could wait for each other's.
    reserved = write_sessions(
        settings.database(),
        statement_timeout=min(RESERVED_STATEMENT_SECONDS, write_timeout),
        name="portico reserved",
        is_away=is_away,
    )
    reserved_engine = write_engine_of(reserved, settings.reserved_connections)
    direct_engine = engine
    if shared:
        direct_engine = create_write_engine(
            settings.database(), max_connections=BACKGROUND_CONNECTIONS, statement_timeout=write_timeout, name=DIRECT
        )
    reading = read_sessions(url, read_timeout, shares_sessions=shared, is_away=is_away)
    pool = read_pool_of(reading, settings.read_connections, read_timeout, generic_plans=settings.generic_plans)
    if replicas is not None:
        replicas.reading_sessions = (reserved, reading)
        replicas.primary_sessions = (writing, reserved, reading)
    backend = assemble(settings, policy, engine, reserved_engine, pool, direct_engine=direct_engine, replicas=replicas)
    try:
        async with nullcontext() if replicas is None else replicas.followed():
            if replicas is not None and replicas.taken_over:
                # Until then, requests would ask the primary.
                with suppress(TimeoutError):
                    await replicas.wait_until_settled(SETTLE_SECONDS)
            yield backend
    finally:
        await end_within(CLOSE_SECONDS, backend.playground.close(), "the linter of policies")
        await end_within(CLOSE_SECONDS, reserved_engine.dispose(), "the reserved connections")
        await end_within(CLOSE_SECONDS, engine.dispose(), "the write connections")
        if direct_engine is not engine:
            await end_within(CLOSE_SECONDS, direct_engine.dispose(), "the direct connections")
        # When the time runs out, the pool terminates the connections that are still in use.
        await end_within(CLOSE_SECONDS, pool.close(), "the read connections")


def handover_file(settings: Settings) -> HandoverFile:
    """Where servers with these settings write what they know while the primary is away."""
    # Requests and what they need first may lead to the database in two ways: both must be the same.
    primary = f"{settings.request_database()} {settings.database()}"
    return HandoverFile(settings.data_dir, settings.key(), primary, settings.replicas())


def replicas_of(settings: Settings) -> Replicas | None:
    """The read replicas of a server with these settings, not yet followed; None without any."""
    urls = settings.replicas()
    if not urls:
        return None
    return create_replicas(
        urls,
        settings.database(),
        ReplicaLimits(settings.read_lag.total_seconds(), settings.read_without_primary.total_seconds()),
        max_connections=settings.read_connections,
        statement_timeout=settings.read_timeout.total_seconds(),
    )


def assemble(
    settings: Settings,
    policy: Policy,
    engine: AsyncEngine,
    reserved_engine: AsyncEngine,
    pool: ReadPool,
    *,
    direct_engine: AsyncEngine,
    replicas: Replicas | None = None,
) -> Backend:
    """Builds the backend from the settings and the open connections."""
    operations = Operations(limits_of(settings), suggestions=settings.is_enabled(settings.suggestions))
    attempts = DatabaseCounts(reserved_engine, settings.key())
    context = replace(
        _mutation_context(settings, policy, engine, attempts),
        replication=replicas,
        relying_party=relying_party_of(settings, EgressClient(settings.egress())),
    )
    first_reads = FirstReads(reserved_engine, replicas)
    goes_on = (lambda error: False) if replicas is None else replicas.goes_on
    preparing = WorkerThread("preparing", WAITING_OPERATIONS, threads=settings.builders)

    # A read needs these before its own statement, and must not wait until slow mutations free their connections.
    reserved = replace(context, engine=reserved_engine, places=None)

    access_tokens = AccessTokens(
        settings.address(),
        KeyRing(reserved, key_rotation(settings), goes_on=goes_on, first_reads=first_reads),
        settings.access_token_lifetime,
        is_installation_wide=settings.base_url is not None,
    )
    return Backend(
        policy=policy,
        engine=engine,
        reserved_engine=reserved_engine,
        direct_engine=direct_engine,
        first_reads=first_reads,
        pool=pool,
        replicas=replicas,
        mutation_context=context,
        attempts=attempts,
        reader=_reader(
            settings,
            pool if replicas is None else RoutedPool(pool, replicas),
            StatementCache(operations.registry, preparing),
            context,
        ),
        operations=operations,
        trusted_documents=_trusted_documents(settings, first_reads),
        preparing=preparing,
        leases=Leases(reserved, Rate(settings.cost_capacity, settings.cost_refill), goes_on=goes_on),
        authentication=_authentication(settings, first_reads, access_tokens),
        access_tokens=access_tokens,
        playground=PolicyPlayground(settings.database(), settings.policy),
        newest_migration=migrations.head(),
        operation_metrics=OperationMetrics(),
    )


def _trusted_documents(settings: Settings, first_reads: FirstReads) -> TrustedDocuments:
    async def text_of(digest: bytes) -> str | None:
        return await first_reads.run(lambda connection: load_text(connection, digest))

    required = settings.trusted_documents == "required"
    return TrustedDocuments(text_of, required=required, built_in=read_documents() | PAGE_DOCUMENTS)


def _reader(settings: Settings, pool: Pool, statements: StatementCache, context: MutationContext) -> Reader:
    return Reader(
        pool,
        statements,
        settings.session_idle,
        context.limits,
        context.decision_listener,
        max_response_bytes=settings.max_response_bytes,
        seconds=settings.read_timeout.total_seconds(),
    )


def _mutation_context(
    settings: Settings, policy: Policy, engine: AsyncEngine, attempts: DatabaseCounts
) -> MutationContext:
    return MutationContext(
        engine,
        policy,
        settings.key(),
        mail_domain=settings.mail_domain(),
        origin=_passkey_origin(settings),
        lifetimes=settings.lifetimes(),
        limits=RateLimiter(counts=attempts),
        hashing=HashingQueue(settings.hashing_queue),
        places=write_places(settings.write_connections),
        allows_loopback=settings.egress_loopback,
        staff_second_factor=settings.staff_second_factor,
    )


def _passkey_origin(settings: Settings) -> str:
    """The origin of the base URL; without one, that of this machine by name, because passkeys are for names only."""
    if settings.base_url is None:
        return f"http://localhost:{settings.port}"
    parts = urlsplit(settings.base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _authentication(settings: Settings, first_reads: FirstReads, access_tokens: AccessTokens) -> Authentication:
    async def actor_of(credential: Credential) -> tuple[Actor, UUID | None] | None:
        return await first_reads.run(lambda connection: load_actor(connection, credential, settings.session_idle))

    site = CookieSite.of(settings.base_url, settings.host)
    return Authentication(actor_of, access_tokens.read, cookie_site=site, clock=access_tokens.clock)


def limits_of(settings: Settings) -> Limits:
    """Returns the limits on the size of an operation."""
    limits = Limits(
        tokens=settings.max_tokens,
        depth=settings.max_depth,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        values=settings.max_values,
        cost=settings.max_cost,
    )
    return limits if settings.is_enabled(settings.introspection) else replace(limits, introspections=0)
