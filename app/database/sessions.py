"""Opens database sessions: sets what Portico relies on, such as read-only, and checks it before the session is used.

The settings are not sent as startup parameters, which PgBouncer rejects or drops: they are set by a statement. That
lasts as long as the session, so a pooler between Portico and PostgreSQL must give each connection a session of its own
(`pool_mode = session`). One that doesn't would lose the settings between two transactions, and pass them on to others;
such a connection is closed instead of used.

If the operator says that the pooler may share sessions (`pool_mode = transaction`), nothing is set on a session. Each
transaction begins with the settings instead, and the pooler must manage the prepared statements of its connections.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from asyncpg import Connection

from app.database.errors import UnsuitableConnection
from app.database.hosts import CONNECT_SECONDS, close_late, connect
from app.database.keep_alive import keep_alive
from resolvers.driver_connection import DriverConnection

NOTIFICATION_SECONDS = 3.0
"""How long a pooler may take to open a session for the probe, and to pass on a notification."""

PROBE_SECONDS = 60.0
"""How long a pooler that was seen to keep sessions isn't probed again."""

MARK = "portico.session"
"""A setting of our own, with another value in each session."""

COMMON = {"log_parameter_max_length_on_error": "0"}
"""The settings of all sessions: PostgreSQL must not write parameters of failed statements to its log."""

UNSHARED = {*COMMON, "application_name", "default_transaction_read_only"}
"""The settings that aren't set in each transaction: they are checked, or set by the pooler, or set otherwise."""

_SET = """
SELECT pg_backend_pid() AS pid, given.name, set_config(given.name, coalesce(given.value, default_.reset_val), false)
FROM unnest($1::text[], $2::text[]) AS given (name, value) LEFT JOIN pg_settings AS default_ USING (name)
"""
_READ = """
SELECT pg_backend_pid() AS pid, given.name, current_setting(given.name, true) AS set_config
FROM unnest($1::text[]) AS given (name)
"""

_SHARED = (
    "the pooler between Portico and PostgreSQL doesn't keep sessions, so settings such as read-only would be lost: "
    "set its pool_mode to session, or set PORTICO_DIRECT_DATABASE_URL to the address of PostgreSQL itself"
)
_UNMANAGED = (
    "the pooler between Portico and PostgreSQL doesn't manage prepared statements: use PgBouncer 1.21 or later with "
    "max_prepared_statements, or set its pool_mode to session and unset PORTICO_DIRECT_DATABASE_URL"
)
_LOGGED = (
    "PostgreSQL would log the parameters of failed statements, and a connection of a pooler in transaction mode can't "
    "prevent it: ALTER ROLE … SET log_parameter_max_length_on_error = 0 for the user in DATABASE_URL"
)
_NO_PREPARED = (
    "the pooler between Portico and PostgreSQL lost a prepared statement or hands out used sessions: set its pool_mode "
    "to session and its server_reset_query to DISCARD ALL"
)
_AWAY = "the primary can't be reached"
_FULL = "the pooler between Portico and PostgreSQL has no session left for checking that it keeps them: allow more"

_SHARED_SESSION = """
SELECT pg_backend_pid() AS pid, current_setting('log_parameter_max_length_on_error') AS logged,
  EXISTS (SELECT FROM pg_prepared_statements WHERE name = $1) AS named_as_given
"""

_Settings = dict[str, tuple[int, str]]
"""By name, the process of PostgreSQL that returned a setting, and its value."""


class Sessions:
    """Opens sessions at `url` with `settings`; None stands for the default of the database and the user. `options`
    are those of `asyncpg.connect`.

    With `shares_sessions`, there may be a pooler in transaction mode: if there is a pooler, each transaction begins
    with the settings, and a statement outside of one has none of them. While it is known that the database `is_away`,
    no session is opened.
    """

    def __init__(
        self,
        url: str,
        settings: Mapping[str, str | None],
        *,
        shares_sessions: bool = False,
        is_away: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> None:
        self._url, self._options, self.is_away = url, options, is_away
        self._settings = {**COMMON, **settings}
        self._shares_sessions = shares_sessions
        if shares_sessions and settings.get("application_name"):
            # A parameter that poolers know, and set for each of their clients.
            self._options["server_settings"] = {"application_name": settings["application_name"]}
        self._probed_until = float("-inf")
        self._opening: set[asyncio.Task[DriverConnection]] = set()
        self._opened: WeakKeyDictionary[DriverConnection, float] = WeakKeyDictionary()

    async def open(self) -> DriverConnection:
        """Open a session. Raises UnsuitableConnection, and the errors of connecting."""
        if self.is_away():
            raise ConnectionError(_AWAY)
        opening = asyncio.create_task(self._open())
        self._opening.add(opening)
        try:
            connection = await opening
        except asyncio.CancelledError:
            opening.add_done_callback(close_late)
            task = asyncio.current_task()
            if task is not None and not task.cancelling():  # `drop` has cancelled the opening, not the caller
                raise ConnectionError(_AWAY) from None
            raise
        finally:
            self._opening.discard(opening)
        self._opened[connection] = time.monotonic()
        return connection

    def drop(self, opened_before: float = float("inf")) -> None:
        """End the sessions that were opened before this time (monotonic seconds) at once, or all, and then those that
        are being opened, too: so that nobody waits for a database that is away."""
        if opened_before == float("inf"):
            for opening in self._opening:
                opening.cancel()
        for connection, opened_at in list(self._opened.items()):
            if opened_at < opened_before:
                connection.terminate()
                del self._opened[connection]

    async def _open(self) -> DriverConnection:
        connection = await connect(self._url, **self._options)
        try:
            keep_alive(connection.socket)
            async with asyncio.timeout(CONNECT_SECONDS):
                if not self._shares_sessions or not await self._share(connection):
                    await self._prepare(connection)
        except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError) as error:
            connection.terminate()
            raise UnsuitableConnection(_NO_PREPARED) from error
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _share(self, connection: DriverConnection) -> bool:
        """Let transactions begin with the settings, if there is a pooler; returns whether there is. Raises
        UnsuitableConnection if it is unsuitable even for that."""
        # In a transaction, so that the session that prepares the statement also runs it, whatever the pooler does.
        async with connection.transaction():
            prepared = await connection.prepare(_SHARED_SESSION)
            session = await prepared.fetchrow(prepared.get_name())
        if session["pid"] == connection.get_server_pid():
            return False
        if session["named_as_given"]:
            raise UnsuitableConnection(_UNMANAGED)
        if session["logged"] != COMMON["log_parameter_max_length_on_error"]:
            raise UnsuitableConnection(_LOGGED)
        local = {name: value for name, value in self._settings.items() if name not in UNSHARED and value is not None}
        local["transaction_read_only"] = self._settings.get("default_transaction_read_only") or "off"
        connection.share_sessions(local)
        return True

    async def _prepare(self, connection: Connection) -> None:
        wanted = {**self._settings, MARK: secrets.token_hex(8)}
        made = _by_name(await connection.fetch(_SET, list(wanted), list(wanted.values())))
        await _expect(connection, made)
        (pid,) = {pid for pid, _ in made.values()}
        # A pooler makes up the process id that it sends with its own key for cancelling.
        if pid != connection.get_server_pid() and time.monotonic() >= self._probed_until:
            await self._probe(connection)
            self._probed_until = time.monotonic() + PROBE_SECONDS

    async def _probe(self, connection: Connection) -> None:
        """Raise UnsuitableConnection unless the session of `connection` remains its own between two transactions: only
        then does an idle connection receive a notification."""
        channel, notified = f"portico_{secrets.token_hex(8)}", asyncio.Event()

        def on_notification(*_: object) -> None:
            notified.set()

        await connection.add_listener(channel, on_notification)
        await self._notify(channel)
        try:
            async with asyncio.timeout(NOTIFICATION_SECONDS):
                await notified.wait()
        except TimeoutError:
            raise UnsuitableConnection(_SHARED) from None
        await connection.remove_listener(channel, on_notification)

    async def _notify(self, channel: str) -> None:
        try:
            async with asyncio.timeout(NOTIFICATION_SECONDS):
                other = await connect(self._url)
        except TimeoutError:
            raise UnsuitableConnection(_FULL) from None
        try:
            await other.execute("SELECT pg_notify($1, '')", channel)
        finally:
            other.terminate()


async def _expect(connection: Connection, made: _Settings) -> None:
    """Raise UnsuitableConnection unless a later statement finds the settings as they were made."""
    found = _by_name(await connection.fetch(_READ, list(made)))
    if found == made:
        return
    if {pid for pid, _ in found.values()} != {pid for pid, _ in made.values()} or found[MARK] != made[MARK]:
        raise UnsuitableConnection(_SHARED)
    lost = ", ".join(sorted(name for name in made if found[name] != made[name]))
    raise UnsuitableConnection(f"the database session doesn't keep these settings: {lost}")


def _by_name(rows: list[asyncpg.Record]) -> _Settings:
    return {row["name"]: (row["pid"], row["set_config"]) for row in rows}
