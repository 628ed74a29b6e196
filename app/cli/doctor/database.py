"""Checks of the database: version, migrations, connections, clock, log, secret key, mails that wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg

import migrations
from app.backup.key_match import key_matches
from app.backup.schema_objects import revision_of
from app.cli.doctor.distribution import check_distribution
from app.cli.doctor.result import CheckResult, fail, ok, or_ok, warn
from app.cli.output import count_of
from app.database.direct_connection import check_pooler
from app.database.errors import DATABASE_ERRORS, UnsuitableConnection, is_unavailable
from app.database.log_text import describe
from app.database.sessions import Sessions
from app.settings import Settings
from app.workers.connection_budget import read_room

OLDEST_SERVER = 15

CHECK_SECONDS = 15

SESSION = {"application_name": "portico doctor", "default_transaction_read_only": "on", "statement_timeout": "10000"}

TOLERATED_OFFSET, LARGEST_OFFSET = timedelta(seconds=2), timedelta(minutes=1)
"""Differences of the clocks above which the check warns and fails."""

LONGEST_WAIT = timedelta(minutes=10)
"""How long a mail may be due before the check takes it that nobody sends it."""

LIMITS = """
SELECT least(
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0),
         nullif((SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = current_user), -1),
         nullif((SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = current_database()), -1)) AS allowed,
       (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend') AS used
"""

SERVER = """
SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
       pg_is_in_recovery() AS is_replica, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS is_encrypted,
       coalesce(host(inet_server_addr()), '') AS address
"""

LOG_SETTINGS = {
    "log_min_messages": ("log", "fatal", "panic"),
    "log_min_error_statement": ("log", "fatal", "panic"),
    "log_error_verbosity": ("terse",),
    "log_statement": ("none",),
}
"""Settings of PostgreSQL, and the values with which its log has no personal data ("The log of PostgreSQL")."""

WAITING = """
SELECT count(*) AS mails, now() - min(next_attempt_at) AS since
FROM outbox_mails WHERE status = 'QUEUED' AND next_attempt_at <= now()
"""

DatabaseCheck = Callable[[asyncpg.Connection, Settings], Awaitable[list[CheckResult]]]


async def check_database(settings: Settings) -> tuple[bool, list[CheckResult]]:
    """All checks of the database; and whether it is at the newest migration, so that its policy can be read."""
    remedy = "Check DATABASE_URL, that PostgreSQL runs, and that this machine may connect to it."
    try:
        connection = await Sessions(settings.database(), SESSION).open()
    except (*DATABASE_ERRORS, TimeoutError) as error:
        return False, [fail("database", f"It can't be used: {describe(error) or type(error).__name__}", remedy)]
    try:
        revision = await revision_of(connection)
        floor = migrations.floor_in(await connection.fetchval(migrations.READ_FLOOR))
        results = await _check_pooler(settings) + _check_revision(revision, floor)
        migrated = migrations.can_serve(revision, floor)
        checks = [_check_server, check_distribution, _check_connections, _check_clock, _check_log]
        for check in [*checks, *((_check_secret_key, _check_mails) if migrated else ())]:
            results += await _run(check, connection, settings)
    except DATABASE_ERRORS as error:
        return False, [fail("database", f"The connection was lost: {describe(error)}", remedy)]
    finally:
        connection.terminate()
    return migrated, results


async def _run(check: DatabaseCheck, connection: asyncpg.Connection, settings: Settings) -> list[CheckResult]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check(connection, settings)
    except DATABASE_ERRORS as error:
        if is_unavailable(error):
            raise
        name = check.__name__.removeprefix("_").removeprefix("check_").replace("_", " ")
        return [
            warn(name, f"It could not be checked: {describe(error)}", "See whether the database user may read this.")
        ]


async def _check_pooler(settings: Settings) -> list[CheckResult]:
    if not settings.shares_sessions():
        return []
    name = "pooler"
    try:
        await check_pooler(settings.request_database(), settings.database())
    except UnsuitableConnection as error:
        return [fail(name, f"It can't be used: {error}.", "Change the pooler or PORTICO_DIRECT_DATABASE_URL.")]
    except (*DATABASE_ERRORS, TimeoutError) as error:
        reason = describe(error) or type(error).__name__
        return [fail(name, f"It can't be used: {reason}", "Check DATABASE_URL, and that the pooler runs.")]
    return [ok(name, "suitable, and in front of the same database")]


def _check_revision(revision: str | None, floor: str | None) -> list[CheckResult]:
    name = "migrations"
    if revision is not None and not migrations.is_known(revision) and migrations.can_serve(revision, floor):
        return [ok(name, f"at {revision}, of a newer Portico, on which this one serves")]
    try:
        pending = migrations.pending(revision)
    except ValueError:
        message = f"The database has the migration {revision}, which this Portico doesn't know: it is older."
        return [fail(name, message, "Install the version that the other servers have.")]
    if pending:
        state = "empty" if revision is None else f"at {revision}, and {len(pending)} are pending"
        return [warn(name, f"The database is {state}.", "Run `portico migrate`; `portico serve` does so, too.")]
    return [ok(name, f"at {revision}, the newest")]


async def _check_server(connection: asyncpg.Connection, _settings: Settings) -> list[CheckResult]:
    name, row = "database", await connection.fetchrow(SERVER)
    assert row is not None
    remote = row["address"] not in ("", "127.0.0.1", "::1")
    problems = [
        fail(name, f"It is PostgreSQL {row['version']}.", f"Use PostgreSQL {OLDEST_SERVER} or later.")
        if connection.get_server_version().major < OLDEST_SERVER
        else None,
        fail(name, f"Its encoding is {row['encoding']}.", "Use a database with the encoding UTF8.")
        if row["encoding"] != "UTF8"
        else None,
        warn(name, "It is a replica, which can't be written to.", "Let DATABASE_URL name the primary.")
        if row["is_replica"]
        else None,
        warn(name, "The connection over the network isn't encrypted.", "Add ?sslmode=verify-full to DATABASE_URL.")
        if remote and not row["is_encrypted"]
        else None,
    ]
    return or_ok(name, problems, f"PostgreSQL {row['version']}{', with TLS' if row['is_encrypted'] else ''}")


async def _check_connections(connection: asyncpg.Connection, settings: Settings) -> list[CheckResult]:
    name, row = "connections", await connection.fetchrow(LIMITS)
    assert row is not None
    room = await read_room(connection, settings)
    needed, allowed = room.needed, row["allowed"]
    opened = "A server process opens" if settings.workers == 1 else f"{settings.workers} server processes, and one more"
    opened += "" if settings.workers == 1 else " while they are restarted, open"
    message = f"{opened} up to {needed}; PostgreSQL allows {allowed}, and {row['used']} are open."
    if needed > allowed:
        remedy = "Raise max_connections of PostgreSQL, or the limit of the role or the database, or lower "
        fewer = "PORTICO_READ_CONNECTIONS and PORTICO_WRITE_CONNECTIONS, or PORTICO_WORKERS."
        return [fail(name, message, f"{remedy}{fewer}")]
    if room.others and room.is_short:
        message = f"{opened} up to {needed}, and {room.processes} processes that are connected up to {room.others}"
        remedy = "If this server isn't one of them, that is too many: raise max_connections of PostgreSQL."
        return [warn(name, f"{message}; PostgreSQL allows {allowed}.", remedy)]
    if settings.workers == 1 and 2 * needed > allowed:
        remedy = "That is too few for two processes, as during a restart: raise max_connections of PostgreSQL."
        return [warn(name, message, remedy)]
    return [ok(name, message)]


async def _check_clock(connection: asyncpg.Connection, _settings: Settings) -> list[CheckResult]:
    name = "clock"
    before = time.time()
    database = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
    after = time.time()
    # Somewhere between the two, the database read its clock: only what is outside of that is a difference.
    offset = timedelta(seconds=max(before - database, database - after, 0))
    if offset <= TOLERATED_OFFSET:
        return [ok(name, "agrees with the database's")]
    message = f"It differs from the database's by {offset.total_seconds():,.0f} seconds."
    remedy = "Synchronize both machines (NTP): links, sessions and access tokens end by these clocks."
    return [(fail if offset > LARGEST_OFFSET else warn)(name, message, remedy)]


async def _check_log(connection: asyncpg.Connection, settings: Settings) -> list[CheckResult]:
    name = "log of PostgreSQL"
    rows = await connection.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", list(LOG_SETTINGS))
    wrong = [f"{row['name']} = {row['setting']}" for row in rows if row["setting"] not in LOG_SETTINGS[row["name"]]]
    if not wrong:
        return [ok(name, "no values of statements")]
    remedy = 'Set these for the database user as docs/database.md says under "The log of PostgreSQL".'
    return [warn(name, f"It can contain personal data: {', '.join(sorted(wrong))}.", remedy)]


async def _check_secret_key(connection: asyncpg.Connection, settings: Settings) -> list[CheckResult]:
    key = settings.existing_key()
    if key is None or await key_matches(connection, key) is not False:
        return []
    message = "It isn't the one with which this database's keys and links were made."
    remedy = "Set PORTICO_SECRET_KEY to that of the other servers, or PORTICO_DATA_DIR to the folder that has it."
    return [fail("secret key", message, remedy)]


async def _check_mails(connection: asyncpg.Connection, _settings: Settings) -> list[CheckResult]:
    name, row = "mail queue", await connection.fetchrow(WAITING)
    assert row is not None
    if row["mails"] and row["since"] > LONGEST_WAIT:
        message = (
            f"{count_of(row['mails'], 'mail')} due, the oldest for {row['since'].total_seconds() / 60:,.0f} minutes."
        )
        return [warn(name, message, "Start a server with PORTICO_MAIL_WORKER, or `portico worker`.")]
    return [ok(name, f"{row['mails']:,} due")]
