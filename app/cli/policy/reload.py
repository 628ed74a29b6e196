"""`portico policy reload`."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from app.cli.database import database_of
from app.cli.policy.output import AsJson, cell, console, print_json, table
from app.database.pools import writing_engine
from app.policy.policy_file import ReloadOutcome
from app.policy.reload import ReloadAnswer, request_reload
from app.settings import Settings, load
from authz.checks.pipeline import TIME_LIMIT

Wait = Annotated[float, typer.Option(help="Seconds to wait for the answers of all servers.", min=0.1)]

COLOURS = {ReloadOutcome.TAKEN: "green", ReloadOutcome.UNCHANGED: "dim", ReloadOutcome.REFUSED: "red"}


def reload(wait: Wait = TIME_LIMIT + 10, as_json: AsJson = False) -> None:
    """Ask all running servers to take the policy file.

    Ends with 1 where a server has refused it or does not answer, or where none runs.
    """
    with database_of(load()) as settings:
        count, answers = asyncio.run(_gathered(settings, wait))
    if as_json:
        print_json({"servers": count, "answers": [asdict(answer) for answer in answers]})
    else:
        _show(count, answers)
    refused = any(answer.outcome is ReloadOutcome.REFUSED for answer in answers)
    if refused or not answers or len(answers) < count:
        raise typer.Exit(1)


async def _gathered(settings: Settings, wait: float) -> tuple[int, list[ReloadAnswer]]:
    engine = writing_engine(settings.database(), size=2)
    found: list[ReloadAnswer] = []
    try:
        async with request_reload(engine) as (count, answers):
            try:
                async with asyncio.timeout(wait):
                    while len(found) < count:
                        found.append(await anext(answers))
            except TimeoutError:
                pass
            return count, found
    finally:
        await engine.dispose()


def _show(count: int, answers: list[ReloadAnswer]) -> None:
    printer = console()
    if not count:
        printer.print("No server is running on this database.")
        return
    shown = table("Server", "Outcome", "In force")
    for answer in answers:
        shown.add_row(cell(answer.server), cell(answer.outcome, COLOURS[answer.outcome]), answer.version)
    printer.print(shown)
    for findings in dict.fromkeys(answer.findings for answer in answers if answer.findings):
        printer.print(findings, markup=False, highlight=False)
    if len(answers) < count:
        printer.print(f"{count - len(answers)} of {count} servers have not answered.", style="red")
