"""Configures uvicorn, and runs it with the limits of connections and a limited shutdown."""

import asyncio
import logging
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final, Literal

import uvicorn
from starlette.types import ASGIApp

from app.server.connection import Connection
from app.server.last_resort import end_process_within
from app.server.limits import Refusals, connection_limits
from app.settings import Settings
from app.threads import abandon_threads_at_the_end

log = logging.getLogger("portico.server")

GRACE_SECONDS: Final = 2
"""How long requests in progress may go on after SIGTERM, before they are cancelled."""

WAIT_SECONDS: Final = 1.0
"""How long after SIGTERM clients may still send the rest of a request, or read a response."""

END_SECONDS: Final = 4.5
"""How long after SIGTERM the process ends in any case. PostgreSQL then rolls back what has not been committed."""

DRAIN_SECONDS: Final = 90.0
"""How long a server that accepts no more connections waits for the end of those that are open: longer than a mutation
of two statements takes, and longer than the comparison of an edit of the policy usually does."""

CHECK_TICKS: Final = 10
"""How many ticks of uvicorn's main loop, 0.1 s each, lie between two checks of the connections."""


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, and what each `Connection` needs."""

    def __init__(self, application: ASGIApp, settings: Settings, lifespan: Literal["on", "off"] = "on") -> None:
        super().__init__(
            application,
            loop="uvloop",
            http=Connection,
            ws="none",
            lifespan=lifespan,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self.limits = connection_limits(settings)
        self.refusals = Refusals()
        self.draining = False


class Server(uvicorn.Server):
    """uvicorn's server. It checks its connections every second, calls `on_ready` once it accepts requests, and ends
    within a limited time after a signal. `exit_after_signal=False` leaves out the last resort, which ends the process;
    it is for servers inside another program."""

    config: ServerConfig

    def __init__(
        self, config: ServerConfig, on_ready: Callable[[], None] = lambda: None, *, exit_after_signal: bool = True
    ) -> None:
        super().__init__(config)
        self.on_ready = on_ready
        self.exit_after_signal = exit_after_signal

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting requests, then call `on_ready`."""
        if self.exit_after_signal:
            abandon_threads_at_the_end()
        await super().startup(sockets)
        if self.started:
            self.on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Check the connections now and then; return whether to exit."""
        if counter % CHECK_TICKS == 0:
            self.check_connections()
        if self.config.draining and not self.server_state.connections:
            self.should_exit = True
        return await super().on_tick(counter)

    def check_connections(self) -> None:
        """End connections that take too long, and log how much has been refused."""
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.check(now)
        self.config.refusals.log(now)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end after a signal. The last resort begins here, because a blocked event loop never
        reaches the shutdown."""
        if self.exit_after_signal:
            end_process_within(END_SECONDS)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting requests, and end those in progress."""
        loop = asyncio.get_running_loop()
        loop.call_later(WAIT_SECONDS, self.disconnect_waiting_clients)
        await super().shutdown(sockets)
        self.config.refusals.log(loop.time(), at_once=True)

    def drain(self) -> None:
        """Accept no more connections, and end when those that are open have ended: each after its next response, or
        when the keep-alive time is over. A client never finds a connection closed on which it has just sent a
        request."""
        self.config.draining = True
        for server in self.servers:
            server.close()
        asyncio.get_running_loop().call_later(DRAIN_SECONDS, self._exit)

    def _exit(self) -> None:
        self.should_exit = True

    def disconnect_waiting_clients(self) -> None:
        """Disconnect the clients that the server still waits for."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection) and connection.waits_for_client():
                connection.transport.abort()
