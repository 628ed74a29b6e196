"""`portico serve`."""

import asyncio
import socket
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from app import logging
from app.application import create_application
from app.cli.banner import banner_text
from app.cli.database import open_database
from app.cli.demo import load_example
from app.cli.migrate import upgrade_database
from app.cli.output import load_policy_with_progress
from app.data_folder import policy_check_cache
from app.settings import Settings, load
from authz.policy import Policy

Host = Annotated[str | None, typer.Option(help="Overrides PORTICO_HOST.")]
Port = Annotated[int | None, typer.Option(help="Overrides PORTICO_PORT; 0 picks a free port.")]
Demo = Annotated[bool, typer.Option("--demo", help="Load the example data and show its sign-ins.")]

GRACE_SECONDS = 10


def serve(host: Host = None, port: Port = None, demo: Demo = False) -> None:
    """Migrate the database, then serve the API. Without DATABASE_URL, the embedded PostgreSQL is started."""
    settings = load(host=host, port=port, demo=demo or None)
    logging.configure(settings.log_level)
    with listening(settings) as listener, suppress(KeyboardInterrupt):
        policy = load_policy_with_progress(settings)
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        with open_database(settings) as settings:
            asyncio.run(prepare(settings))
            run(settings, policy, listener)


def listening(settings: Settings) -> socket.socket:
    """The listening socket. Opened first, so that a port in use is reported before anything is started."""
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise OSError(f"can't listen on {settings.host}, port {settings.port}: {error.strerror}") from error


async def prepare(settings: Settings) -> None:
    """Migrate the database, and load the example data if the settings say so."""
    await upgrade_database(settings)
    if settings.demo:
        await load_example(settings)


def run(settings: Settings, policy: Policy, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; requests in progress then get a few seconds."""
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
    ServerWithBanner(config, banner_text(settings)).run(sockets=[listener])


class ServerWithBanner(uvicorn.Server):
    """A server that prints `text` once it has started."""

    def __init__(self, config: uvicorn.Config, text: str) -> None:
        super().__init__(config)
        self.text = text

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting requests, then print the text."""
        await super().startup(sockets)
        if self.started:
            typer.echo(self.text)
