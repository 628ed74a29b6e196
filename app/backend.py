"""All that the routes need behind them, opened once for each server process and closed in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

from asyncpg import Pool
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Scope

import migrations
from app.auth.bearer import Authentication, flush_seen
from app.auth.jwt_access_tokens import AccessTokens
from app.auth.key_ring import KeyRing, rotation
from app.background import end_tasks, end_within, wait_for_event
from app.database.pools import reading_pool, writing_engine
from app.documents.trusted_documents import TrustedDocuments
from app.mail import worker
from app.mail.settings import MailSettings
from app.settings import Settings
from authz.access import Access
from authz.actor import Actor
from authz.policy import Policy
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import Credential
from resolvers.cost_limits.buckets import Rate
from resolvers.cost_limits.leases import Leases, run_maintenance
from resolvers.identity.sessions import load_actor, touch
from resolvers.query.reader import Reader
from resolvers.transaction.unit_of_work import Lifetimes, MutationContext, run_in_transaction
from resolvers.trusted_documents import text_of
from schema.execution.query_limits import Limits
from schema.operations import Operations

log = logging.getLogger("portico")

FLUSH_SECONDS = 60.0
RESTART_SECONDS = 5.0
GRACE_SECONDS = 10.0
CLOSE_SECONDS = 5.0

_PINNED = "portico.backend"


@dataclass(frozen=True)
class Backend:
    """The open parts of a running server, under one policy. `newest_migration` is the one that this code was written
    for. A request takes the backend that is there when it begins, and keeps it to its end."""

    policy: Policy
    engine: AsyncEngine
    pool: Pool
    writing: MutationContext
    reader: Reader
    operations: Operations
    authentication: Authentication
    documents: TrustedDocuments
    leases: Leases
    access_tokens: AccessTokens
    newest_migration: str

    def access(self, actor: Actor) -> Access:
        """What the policy allows to `actor`."""
        return Access(self.policy, actor.traits)

    def with_policy(self, policy: Policy) -> "Backend":
        """The same parts under another policy. Statements that the former one is built into are left behind."""
        writing = replace(self.writing, policy=policy)
        return replace(self, policy=policy, writing=writing, reader=self.reader.renewed())


def backend_of(scope: Scope) -> Backend:
    """What was behind the server when this request began."""
    pinned: Backend | None = scope.get(_PINNED)
    return pinned or scope["app"].state.backend


def pinned(scope: Scope) -> Scope:
    """The request's scope, with the backend of this moment held to for the rest of the request."""
    return {**scope, _PINNED: scope["app"].state.backend}


@asynccontextmanager
async def open_backend(settings: Settings, policy: Policy) -> AsyncIterator[Backend]:
    """The backend, with its tasks running, until the end of the block. It opens without a database, too."""
    url = settings.database()
    reads, writes = settings.read_timeout.total_seconds(), settings.write_timeout.total_seconds()
    engine = writing_engine(url, size=settings.write_connections, statement_seconds=writes)
    pool = await reading_pool(url, size=settings.read_connections, statement_seconds=reads)
    try:
        backend = assemble(settings, policy, engine, pool)
        async with tasks(settings, backend):
            yield backend
    finally:
        await end_within(CLOSE_SECONDS, engine.dispose(), "the connections for writing")
        # When the time runs out, the pool terminates the connections that are still in use.
        await end_within(CLOSE_SECONDS, pool.close(), "the connections for reading")


def assemble(settings: Settings, policy: Policy, engine: AsyncEngine, pool: Pool) -> Backend:
    """The parts, put together."""
    idle = settings.session_idle
    operations = Operations(limits_of(settings), suggestions=settings.is_enabled(settings.suggestions))
    writing = MutationContext(
        engine,
        policy,
        settings.key(),
        mail_domain=urlsplit(settings.address()).hostname or "localhost",
        lifetimes=Lifetimes(
            settings.session_lifetime,
            idle,
            settings.activation_lifetime,
            settings.reset_lifetime,
            settings.idempotency_lifetime,
        ),
    )

    async def look_up(credential: Credential) -> tuple[Actor, UUID | None] | None:
        async with engine.connect() as connection:
            return await load_actor(connection, credential, idle)

    async def find_document(digest: bytes) -> str | None:
        async with engine.connect() as connection:
            return await text_of(connection, digest)

    access_tokens = AccessTokens(
        settings.address(), KeyRing(writing, rotation(settings)), settings.access_token_lifetime
    )
    return Backend(
        policy=policy,
        engine=engine,
        pool=pool,
        writing=writing,
        reader=Reader(pool, operations.registry, idle, writing.limits, writing.decision_listener),
        operations=operations,
        documents=TrustedDocuments(find_document, required=settings.trusted_documents == "required"),
        leases=Leases(writing, Rate(settings.cost_capacity, settings.cost_refill)),
        authentication=Authentication(look_up, access_tokens.read),
        access_tokens=access_tokens,
        newest_migration=migrations.head(),
    )


def limits_of(settings: Settings) -> Limits:
    """How large an operation may be."""
    limits = Limits(
        tokens=settings.max_tokens,
        depth=settings.max_depth,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        cost=settings.max_cost,
    )
    return limits if settings.is_enabled(settings.introspection) else replace(limits, introspections=0)


@asynccontextmanager
async def tasks(settings: Settings, backend: Backend) -> AsyncIterator[None]:
    """What runs beside the requests, until the end of the block: the flusher of session use, what gives back leases of
    cost, and the mail worker where the settings want it inside of the server."""

    async def note(session_ids: Collection[UUID]) -> None:
        await run_in_transaction(backend.writing, Caller(), lambda work: touch(work, session_ids))

    stop = asyncio.Event()
    every = min(FLUSH_SECONDS, settings.session_idle.total_seconds() / 4)
    flusher = asyncio.create_task(flush_seen(backend.authentication, note, every))
    tidy = asyncio.create_task(run_maintenance(backend.leases))
    mail = asyncio.create_task(send_mail(settings, backend.engine, stop)) if settings.mail_worker else None
    try:
        yield
    finally:
        stop.set()
        await end_tasks([flusher, tidy])
        if mail is not None:
            await asyncio.wait([mail], timeout=GRACE_SECONDS)
            await end_tasks([mail])


def mail_settings(settings: Settings) -> MailSettings:
    """What the mail worker is told, here and in a process of its own."""
    return MailSettings(
        secret_key=settings.key(),
        base_url=settings.address(),
        sender=settings.mail_from,
        folder=settings.data_dir / "mail",
        smtp_url=settings.smtp_url.get_secret_value() if settings.smtp_url else None,
    )


async def send_mail(settings: Settings, engine: AsyncEngine, stop: asyncio.Event) -> None:
    """Runs the mail worker until `stop` is set, and starts it again when it breaks."""
    while not stop.is_set():
        try:
            await worker.run(engine, mail_settings(settings), stop)
        except Exception:
            log.exception("The mail worker broke; it starts again in %g seconds.", RESTART_SECONDS)
            await wait_for_event(stop, RESTART_SECONDS)
