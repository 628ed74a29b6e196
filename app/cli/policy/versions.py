"""Versions of the policy on the command line: those of the history by the beginning of their hash, and the one that is
in force during a rollback."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.cli.output import CHECK_TIME, show_spinner
from app.data_folder import policy_check_cache
from app.database.pools import create_inspection_engine, create_write_engine
from app.policy.history import policy_of
from app.settings import Settings
from authz.checks.cache import entry_path
from authz.checks.prohibition_sentences import FILE as PROHIBITIONS_FILE
from authz.policy import Policy, prohibitions_beside
from resolvers.policy_analysis.history import Rollback, StoredVersion, find_versions, rollback_in_effect
from resolvers.prepared_statement import single_statements

T = TypeVar("T")

_PREFIX = re.compile("[0-9a-f]{4,64}", re.IGNORECASE)


def read_history(settings: Settings, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Run a query of the history, and return its result. A replica will do."""
    return asyncio.run(_run(create_inspection_engine(settings.database()), AsyncEngine.connect, query))


def write_history(settings: Settings, statements: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Run statements that are transactions of their own, and return the result."""
    engine = create_write_engine(settings.database(), max_connections=1)
    return asyncio.run(_run(engine, single_statements, statements))


async def _run(
    engine: AsyncEngine,
    connect: Callable[[AsyncEngine], AbstractAsyncContextManager[AsyncConnection]],
    statements: Callable[[AsyncConnection], Awaitable[T]],
) -> T:
    try:
        async with connect(engine) as connection:
            return await statements(connection)
    finally:
        await engine.dispose()


def is_version(name: str) -> bool:
    """Whether `name` may be the beginning of a version: four hexadecimal digits or more."""
    return _PREFIX.fullmatch(name) is not None


def find_version(settings: Settings, name: str, hint: str) -> StoredVersion:
    """The only version of the history that begins with `name`. Raises BadParameter."""
    found: list[StoredVersion] = []
    if is_version(name):
        found = read_history(settings, lambda connection: find_versions(connection, name.lower()))
    if len(found) > 1:
        versions = ", ".join(each.version for each in found)
        raise typer.BadParameter(f"Several versions begin with {name}: {versions}.", param_hint=hint)
    if not found:
        message = f"No version {name!r} was in force. `portico policy history` lists those that were."
        raise typer.BadParameter(message, param_hint=hint)
    return found[0]


def load_version(settings: Settings, stored: StoredVersion) -> Policy:
    """The stored version, after all checks. Raises PolicyError, also if the stored text isn't that of the version."""
    cache = policy_check_cache(settings.data_dir)
    if entry_path(stored.text, stored.file, prohibitions_beside(settings.policy), cache).exists():
        return policy_of(stored, settings.policy, cache)
    with show_spinner(f"Checking version {stored.version} ({CHECK_TIME})"):
        return policy_of(stored, settings.policy, cache)


def find_rollback(settings: Settings) -> Rollback | None:
    """The rollback in effect, if any."""
    return read_history(settings, rollback_in_effect)


@contextmanager
def policy_in_force(settings: Settings) -> Iterator[Settings]:
    """Yield the settings with the policy that servers run: that of the rollback in effect, else the file's."""
    held = find_rollback(settings)
    if held is None:
        yield settings
        return
    typer.echo(f"A rollback to {held.stored.version} is in effect: that is the active policy, not the file.", err=True)
    load_version(settings, held.stored)
    with TemporaryDirectory(prefix="portico-policy-") as folder:
        file = Path(folder) / Path(held.stored.file).name
        file.write_text(held.stored.text, encoding="utf-8")
        (file.parent / PROHIBITIONS_FILE).write_text(prohibitions_beside(settings.policy), encoding="utf-8")
        yield settings.model_copy(update={"policy": file})
