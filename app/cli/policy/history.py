"""`portico policy history`."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from app.cli.database import open_database
from app.cli.output import AsJson, console, print_json, table
from app.cli.policy.versions import find_rollback, find_version, read_history
from app.settings import load
from models import ActivationCause
from resolvers.policy_analysis.history import Activation, Rollback, activations

Version = Annotated[
    str | None,
    typer.Argument(help="A version, or its beginning: print its text instead."),
]
Limit = Annotated[int, typer.Option(help="How many to list at most.", min=1, max=10_000)]

CAUSES = {
    ActivationCause.STARTED: "a server started with it",
    ActivationCause.FILE_CHANGED: "the file changed",
    ActivationCause.RELOADED: "portico policy reload",
    ActivationCause.ROLLED_BACK: "portico policy rollback",
    ActivationCause.ROLLBACK_ENDED: "portico policy rollback --end",
}


@dataclass(frozen=True)
class _History:
    rollback: Rollback | None
    activations: list[Activation]


def history(version: Version = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List the versions of the policy that were in force: since when, why, and who put them there. Newest first.

    For a change of the file, the history has the file's owner, who is the author only if nobody else can write to it.
    """
    with open_database(load()) as settings:
        if version is not None:
            stored = find_version(settings, version, "VERSION")
            if as_json:
                print_json({"version": stored.version, "file": stored.file, "text": stored.text})
            else:
                typer.echo(stored.text, nl=False)
            return
        rows = read_history(settings, lambda connection: activations(connection, limit))
        found = _History(find_rollback(settings), list(rows))
    if as_json:
        print_json(_document(found))
    else:
        _show(found)


def _document(found: _History) -> dict[str, Any]:
    held = found.rollback
    return {
        "rollback": held and {"version": held.stored.version, "at": held.at, "by": held.by},
        "activations": [
            {"version": each.version, "at": each.at, "cause": each.cause.value, "by": each.by, "server": each.server}
            for each in found.activations
        ],
    }


def _show(found: _History) -> None:
    printer = console()
    if found.rollback is not None:
        held = found.rollback
        printer.print(
            f"Rolled back to {held.stored.version} by {held.by} on {held.at:%Y-%m-%d %H:%M} UTC: the files of the "
            "servers are not in force.",
            style="yellow",
            markup=False,
        )
    if not found.activations:
        printer.print("No server has put a version in force yet.")
        return
    rows = (
        (each.version, f"{each.at:%Y-%m-%d %H:%M:%S}", CAUSES[each.cause], each.by, each.server)
        for each in found.activations
    )
    printer.print(table("Version", "Since (UTC)", "Cause", "By", "First server", rows=rows))
