"""A real server on a free port, as `portico serve` configures it, and an application that repeats what it received."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from app.server.limits import ConnectionLimits, Refusals
from app.server.server import Server, ServerConfig
from app.settings import Settings


@dataclass
class Echo:
    """An application that answers with method, path and body, and remembers the requests it has got."""

    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers: list[list[tuple[bytes, bytes]]] = field(default_factory=list)
    before: Callable[[Scope], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            more = message["more_body"]
        self.requests.append((scope["method"], scope["path"], bytes(body)))
        self.headers.append(scope["headers"])
        if self.before is not None:
            await self.before(scope)
        answer = f"{scope['method']} {scope['path']} ".encode() + bytes(body)
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": answer})


@dataclass
class Running:
    """A running server."""

    server: Server
    port: int

    @property
    def refusals(self) -> Refusals:
        """What it has refused."""
        return self.server.config.refusals

    @property
    def connections(self) -> int:
        """How many connections it has."""
        return len(self.server.server_state.connections)


def limits(seconds: float = 30.0, connections: int = 800) -> ConnectionLimits:
    """The limits of a server, with the default for headers."""
    return ConnectionLimits(Settings().max_header_bytes, seconds, connections)


@asynccontextmanager
async def running(application: ASGIApp, bounds: ConnectionLimits | None = None) -> AsyncIterator[Running]:
    """Runs the application until the end of the block, with the default limits or others."""
    config = ServerConfig(application, Settings())
    config.port, config.lifespan = 0, "off"
    config.limits = bounds or config.limits
    server = Server(config, exit_after_signal=False)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(60):
            while not server.started:
                await asyncio.sleep(0.01)
        yield Running(server, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await task
