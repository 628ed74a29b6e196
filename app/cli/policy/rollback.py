"""`portico policy rollback`."""

import asyncio
from dataclasses import asdict, replace
from typing import Annotated

import typer

from app.cli.database import open_database
from app.cli.output import AsJson, console, print_json
from app.cli.policy.reload import MOST_WAIT, By, Wait, request_and_wait, show_answers
from app.cli.policy.versions import find_version, load_version, write_history
from app.policy.people import current_user
from app.policy.policy_file import ReloadOutcome
from app.policy.reload import ReloadAnswer
from app.settings import Settings, load
from resolvers.policy_analysis.history import end_rollback, roll_back

Version = Annotated[str | None, typer.Argument(help="The version to go back to, or its beginning.")]
End = Annotated[bool, typer.Option("--end", help="End the rollback: the servers go back to their files.")]


def rollback(
    version: Version = None, end: End = False, by: By = None, wait: Wait = MOST_WAIT, as_json: AsJson = False
) -> None:
    """Make all servers run a version that was in force before, until you end the rollback with `--end`.

    The version is checked again first. During the rollback, servers run it whatever their files contain, also after a
    restart. Exits with 1 if the version is rejected, or a server didn't take it.
    """
    if (version is None) is not end:
        raise typer.BadParameter("Name a version or give --end, not both.", param_hint="VERSION")
    who = by or current_user()
    with open_database(load()) as settings:
        target = version and _roll_back(settings, version, who)
        if target is None:
            _end(settings, who)
        count, answers = asyncio.run(request_and_wait(settings, who, wait))
    if as_json:
        print_json({"version": target, "servers": count, "answers": [asdict(answer) for answer in answers]})
    else:
        _show(target, count, answers)
    if len(answers) < count or not all(_follows(answer, target) for answer in answers):
        raise typer.Exit(1)


def _roll_back(settings: Settings, version: str, who: str) -> str:
    stored = find_version(settings, version, "VERSION")
    load_version(settings, stored)
    write_history(settings, lambda connection: roll_back(connection, stored.version, who))
    return stored.version


def _end(settings: Settings, who: str) -> None:
    if not write_history(settings, lambda connection: end_rollback(connection, who)):
        raise typer.BadParameter("No rollback is in effect.", param_hint="--end")


def _follows(answer: ReloadAnswer, target: str | None) -> bool:
    if target is not None:
        return (answer.outcome, answer.version) == (ReloadOutcome.HELD, target)
    return answer.outcome in (ReloadOutcome.TAKEN, ReloadOutcome.UNCHANGED)


def _show(target: str | None, count: int, answers: list[ReloadAnswer]) -> None:
    printer = console()
    now = "The rollback has ended: servers load their files." if target is None else f"Rolled back to {target}."
    printer.print(now if count else f"{now} No server is running: this applies to those that start later.")
    if count:
        # Each server reports that its file is not in force, as intended.
        held = ReloadOutcome.HELD
        show_answers(count, [replace(answer, findings="") if answer.outcome is held else answer for answer in answers])
