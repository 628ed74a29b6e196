"""`portico serve`."""

from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option(help="Overrides PORTICO_HOST.")]
Port = Annotated[int | None, typer.Option(help="Overrides PORTICO_PORT; 0 picks a free port.")]
Demo = Annotated[bool, typer.Option("--demo", help="Load the example data and show its sign-ins.")]
Workers = Annotated[int | None, typer.Option(help="Overrides PORTICO_WORKERS: how many server processes to run.")]


def serve(host: Host = None, port: Port = None, demo: Demo = False, workers: Workers = None) -> None:
    """Migrate the database, then serve the API. Without DATABASE_URL, the embedded PostgreSQL is started."""
    # `--help` shall not import a whole server, and a supervisor of workers needs none.
    from app.settings import load  # noqa: PLC0415

    settings = load(host=host, port=port, demo=demo or None, workers=workers)
    if settings.workers > 1:
        from app.cli.serving_workers import serve_with_workers  # noqa: PLC0415

        serve_with_workers(settings)
    from app.cli.serving import serve_until_stopped  # noqa: PLC0415

    serve_until_stopped(settings)
