"""`portico policy reload`."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from app.cli.database import open_database
from app.cli.output import AsJson, cell, console, count_of, print_json, table
from app.database.pools import create_write_engine
from app.policy.people import current_user
from app.policy.policy_file import ReloadOutcome
from app.policy.reload import ReloadAnswer, request_reload
from app.settings import Settings, load
from authz.checks.pipeline import TIME_LIMIT

Wait = Annotated[float, typer.Option(help="How long to wait for all servers, in seconds.", min=0.1)]
By = Annotated[
    str | None,
    typer.Option(help="Who does it, for the history. Default: the system's user, and the machine."),
]

MOST_WAIT = TIME_LIMIT + 10
COLOURS = {
    ReloadOutcome.TAKEN: "green",
    ReloadOutcome.UNCHANGED: "dim",
    ReloadOutcome.REFUSED: "red",
    ReloadOutcome.HELD: "yellow",
}


def reload(wait: Wait = MOST_WAIT, by: By = None, as_json: AsJson = False) -> None:
    """Make all running servers load the policy file, and show each server's result.

    Exits with 1 if a server rejected the file or didn't answer, if a rollback keeps it out, or if no server is running.
    """
    with open_database(load()) as settings:
        count, answers = asyncio.run(request_and_wait(settings, by or current_user(), wait))
    if as_json:
        print_json({"servers": count, "answers": [asdict(answer) for answer in answers]})
    else:
        show_answers(count, answers)
    loaded = [answer for answer in answers if answer.outcome in (ReloadOutcome.TAKEN, ReloadOutcome.UNCHANGED)]
    if not answers or len(loaded) < max(count, len(answers)):
        raise typer.Exit(1)


async def request_and_wait(settings: Settings, by: str, wait: float) -> tuple[int, list[ReloadAnswer]]:
    """Request a reload. Returns the number of servers, and the answers that arrive within `wait` seconds."""
    engine = create_write_engine(settings.database(), max_connections=2)
    received: list[ReloadAnswer] = []
    try:
        async with request_reload(engine, by) as (count, answers):
            try:
                async with asyncio.timeout(wait):
                    while len(received) < count:
                        received.append(await anext(answers))
            except TimeoutError:
                pass
            return count, received
    finally:
        await engine.dispose()


def show_answers(count: int, answers: list[ReloadAnswer]) -> None:
    """Print the servers' answers as a table."""
    printer = console()
    if not count:
        printer.print("No server is running on this database.")
        return
    outcomes = table("Server", "Outcome", "In force")
    for answer in answers:
        outcomes.add_row(cell(answer.server), cell(answer.outcome, COLOURS[answer.outcome]), answer.version)
    printer.print(outcomes)
    for findings in dict.fromkeys(answer.findings for answer in answers if answer.findings):
        printer.print(findings, markup=False, highlight=False)
    if len(answers) < count:
        printer.print(f"{count - len(answers)} of {count_of(count, 'server')} didn't answer.", style="red")
