"""The passphrase of a backup: from a file or typed, never from an argument, which all users of a machine can see."""

import sys
from pathlib import Path
from typing import Annotated

import typer

PassphraseFile = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="A file whose first line is the passphrase of the secret key."),
]

SHORTEST, LONGEST = 12, 1024
"""The length of a passphrase, in characters."""


def new_passphrase(file: Path | None) -> str | None:
    """The passphrase for a new backup, from `file` or typed twice. Returns None if there is no terminal to ask on."""
    if file is None:
        if not sys.stdin.isatty():
            return None
        typer.echo("The backup has the secret key in it, encrypted with a passphrase.", err=True)
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    else:
        passphrase = _first_line(file)
    if not SHORTEST <= len(passphrase) <= LONGEST:
        raise typer.BadParameter(f"A passphrase has {SHORTEST} to {LONGEST:,} characters.")
    return str(passphrase)


def existing_passphrase(file: Path | None) -> str | None:
    """The passphrase of a backup, from `file` or typed. Returns None if there is no terminal to ask on."""
    if file is not None:
        return _first_line(file)
    if not sys.stdin.isatty():
        return None
    return str(typer.prompt("Passphrase of the backup's secret key", hide_input=True, err=True))[:LONGEST]


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8", errors="strict") as text:
        try:
            return text.readline(LONGEST + 2).rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise typer.BadParameter(f"{file} isn't text in UTF-8.") from error
