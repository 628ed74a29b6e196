"""`portico policy language-server`."""

from importlib.metadata import version
from importlib.util import find_spec

import typer


def language_server() -> None:
    r"""Serve an editor over standard input and output: findings, predicates, definitions, completion, formatting.

    Editors start it themselves. Needs the extra `editor`: pip install 'portico\[editor]'.
    """
    if find_spec("pygls") is None:
        typer.echo("The language server needs pygls: pip install 'portico[editor]'.", err=True)
        raise typer.Exit(1)
    from app.policy.editor.server import serve  # noqa: PLC0415 -- pygls is optional

    serve(version("portico"))
