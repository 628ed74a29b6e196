"""`portico doctor`: checks everything that a server needs, and says what to do about what is wrong."""

import asyncio
from typing import Annotated

import typer

from app.cli.database import is_missing, open_database
from app.cli.doctor.database import check_database
from app.cli.doctor.machine import check_data_folder, check_key, check_name, check_settings
from app.cli.doctor.mail import check_mail_server
from app.cli.doctor.policy import check_policy
from app.cli.doctor.replicas import check_replicas
from app.cli.doctor.result import CheckResult, CheckState, fail, warn
from app.cli.output import AsJson, print_json
from app.embedded import EmbeddedError
from app.settings import Settings, SettingsError, load

COLORS = {CheckState.OK: typer.colors.GREEN, CheckState.WARN: typer.colors.YELLOW, CheckState.FAIL: typer.colors.RED}

Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings, too.")]


def doctor(strict: Strict = False, as_json: AsJson = False) -> None:
    """Check settings, database, mail server, policy and machine, and say what to do. Changes nothing.

    Exits with 1 if a check fails.
    """
    results = examine()
    if as_json:
        print_json({"state": worst(results), "checks": [_as_document(result) for result in results]})
    else:
        _print(results)
    if worst(results) in ((CheckState.FAIL, CheckState.WARN) if strict else (CheckState.FAIL,)):
        raise typer.Exit(1)


def examine() -> list[CheckResult]:
    """The results of all checks. If the settings are invalid, of that one only."""
    try:
        settings = load()
    except SettingsError as error:
        remedy = "Correct it: `docs/settings.md` describes all settings."
        return [fail("settings", line, remedy) for line in str(error).splitlines()]
    results = check_settings(settings) + check_data_folder(settings) + check_key(settings)
    results += asyncio.run(_check_network(settings))
    return results + _check_database_and_policy(settings)


def worst(results: list[CheckResult]) -> CheckState:
    """The state of the whole."""
    states = {result.state for result in results}
    return next(state for state in (CheckState.FAIL, CheckState.WARN, CheckState.OK) if state in states)


async def _check_network(settings: Settings) -> list[CheckResult]:
    name, mail = await asyncio.gather(check_name(settings), check_mail_server(settings))
    return name + mail


def _check_database_and_policy(settings: Settings) -> list[CheckResult]:
    if is_missing(settings):
        message = f"There is none in {settings.data_dir} yet, and DATABASE_URL isn't set."
        missing = warn(
            "database", message, "`portico serve` or `portico migrate` creates one. Is PORTICO_DATA_DIR right?"
        )
        return [missing, *asyncio.run(check_policy(settings, with_database=False))]
    try:
        with open_database(settings) as opened:
            return asyncio.run(_check_open(opened))
    except EmbeddedError as error:
        failed = fail("database", str(error), "See the message; `server.log` in the data folder has PostgreSQL's own.")
        return [failed, *asyncio.run(check_policy(settings, with_database=False))]


async def _check_open(settings: Settings) -> list[CheckResult]:
    migrated, results = await check_database(settings)
    results += await check_replicas(settings)
    return results + await check_policy(settings, with_database=migrated)


def _as_document(result: CheckResult) -> dict[str, object]:
    return {
        "check": result.check,
        "state": result.state.value,
        "message": result.message,
        "remedy": result.remedy,
    }


def _print(results: list[CheckResult]) -> None:
    width = max(len(result.check) for result in results)
    for result in results:
        state = typer.style(f"{result.state.value:4}", fg=COLORS[result.state])
        typer.echo(f"{state}  {result.check:{width}}  {result.message}")
        if result.remedy:
            typer.echo(f"{'':6}{'':{width}}  → {result.remedy}")
