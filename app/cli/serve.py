"""`portico serve`."""

import asyncio
import socket
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from app import logging
from app.application import create_application
from app.cli.banner import welcome
from app.cli.database import database_of
from app.cli.demo import example_loaded
from app.cli.migrate import upgraded
from app.data_folder import policy_check_cache
from app.policy.policy_file import policy_of
from app.settings import Settings, load
from authz.policy import Policy

Host = Annotated[str | None, typer.Option(help="Overrides PORTICO_HOST.")]
Port = Annotated[int | None, typer.Option(help="Overrides PORTICO_PORT; 0 takes a free one.")]
Demo = Annotated[bool, typer.Option("--demo", help="Load the example world, and show its sign-ins.")]

GRACE_SECONDS = 10


def serve(host: Host = None, port: Port = None, demo: Demo = False) -> None:
    """Serve the API. Without DATABASE_URL the embedded PostgreSQL is started. The database is migrated first."""
    settings = load(host=host, port=port, demo=demo or None)
    logging.configure(settings.log_level)
    with listening(settings) as door, suppress(KeyboardInterrupt):
        policy = policy_of(settings)
        settings = settings.model_copy(update={"port": door.getsockname()[1]})
        with database_of(settings) as settings:
            asyncio.run(prepare(settings))
            run(settings, policy, door)


def listening(settings: Settings) -> socket.socket:
    """The open door; taken first, so that a port in use is known before anything is started."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise OSError(f"can't listen on {settings.host}, port {settings.port}: {error.strerror}") from error


async def prepare(settings: Settings) -> None:
    """Migrate, and load the example world where it is wanted."""
    await upgraded(settings)
    if settings.demo:
        await example_loaded(settings)


def run(settings: Settings, policy: Policy, door: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; requests on their way get a few seconds."""
    config = uvicorn.Config(
        create_application(settings, policy, policy_check_cache(settings.data_dir)),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    WelcomingServer(config, welcome(settings)).run(sockets=[door])


class WelcomingServer(uvicorn.Server):
    """A server that says a text when it has started, and not when it could not."""

    def __init__(self, config: uvicorn.Config, text: str) -> None:
        super().__init__(config)
        self.text = text

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept requests, and say so."""
        await super().startup(sockets)
        if self.started:
            typer.echo(self.text)
