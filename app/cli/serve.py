"""`portico serve`."""

from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option(help="Overrides PORTICO_HOST.")]
Port = Annotated[int | None, typer.Option(help="Overrides PORTICO_PORT; 0 picks a free port.")]
Demo = Annotated[bool, typer.Option("--demo", help="Load the example data and show its sign-ins.")]


def serve(host: Host = None, port: Port = None, demo: Demo = False) -> None:
    """Migrate the database, then serve the API. Without DATABASE_URL, the embedded PostgreSQL is started."""
    from app.cli.serving import serve_until_stopped  # noqa: PLC0415 - `--help` shall not import a whole server

    serve_until_stopped(host, port, demo)
