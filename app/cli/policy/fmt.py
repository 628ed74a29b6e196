"""`portico policy fmt`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.settings import load
from authz.language.diagnostics import Diagnostic, PolicyError
from authz.language.formatter import FormatError, format_policy

Files = Annotated[
    list[Path] | None,
    typer.Argument(help="The policy files; - is standard input. Default: that of PORTICO_POLICY.", allow_dash=True),
]
Check = Annotated[bool, typer.Option("--check", help="Only list the files that aren't formatted, and exit with 1.")]

STANDARD_INPUT = Path("-")


def fmt(files: Files = None, check: Check = False) -> None:
    """Format policy files: only spaces and line breaks change.

    A file that can't be parsed stays as it is. Exits with 1 then, and with --check if a file would change.
    """
    results = [_format(path, check=check) for path in files or [load().policy]]
    raise typer.Exit(0 if all(results) else 1)


def _format(path: Path, *, check: bool) -> bool:
    """Format one file. Returns whether it was formatted, or is now."""
    try:
        text = _read(path)
        formatted = format_policy(text, path.name)
    except (PolicyError, FormatError) as error:
        typer.echo(str(error), err=True)
        return False
    if path == STANDARD_INPUT and not check:
        sys.stdout.buffer.write(formatted.encode())
        return True
    if formatted == text:
        return True
    typer.echo(f"{path} {'is not formatted' if check else 'has been formatted'}.")
    if not check:
        _replace(path, formatted)
    return not check


def _read(path: Path) -> str:
    raw = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    try:
        return raw.decode()
    except UnicodeDecodeError:
        diagnostic = Diagnostic(path.name, 1, 1, "", "The file is not UTF-8.", "Save it as UTF-8.")
        raise PolicyError([diagnostic]) from None


def _replace(path: Path, text: str) -> None:
    """Write a temporary file beside it and rename that, so that a server never loads half of it."""
    path = path.resolve()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(text.encode())
    beside.chmod(path.stat().st_mode)
    beside.replace(path)
