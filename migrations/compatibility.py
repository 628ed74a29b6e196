"""Which versions of Portico serve on a database that a newer one has migrated.

Migrations only add (expand) what former versions can do without, so a former version goes on serving on the new schema.
A migration that takes away (contract) what former versions use says so, with the oldest migration that a version must
have to serve on what it leaves:

    serves_from = "0035"

The oldest such revision that still serves, the *floor*, is in the database, as the comment of Alembic's table: a
former version doesn't know the new migrations, but does know whether it has the one that the comment names.
"""

import re

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.scripts import head, is_known, newest_first

BASELINE = "0039"
"""The newest migration from before the rule that migrations only add. Versions without it serve on no newer schema. It
stays as it is from the first release on."""

_COMMENT = "Portico serves on this schema if it has the migration {}."
READ_FLOOR = "SELECT obj_description(to_regclass('alembic_version'))"
"""The statement whose result `floor_in` reads."""


def oldest_serving() -> str:
    """The oldest migration that a version of Portico must have to serve on the newest schema of this code."""
    for script in newest_first():
        declared: str | None = getattr(script.module, "serves_from", None)
        if declared is not None or script.revision == BASELINE:
            return declared or BASELINE
    return BASELINE


def can_serve(revision: str | None, floor: str | None) -> bool:
    """Whether this code serves on a database at `revision` whose floor is `floor` (None: it has none)."""
    if revision == head():
        return True
    is_newer = revision is not None and not is_known(revision)
    return is_newer and floor is not None and is_known(floor)


async def read_floor(connection: AsyncConnection) -> str | None:
    """The floor of the database; None if it was never migrated by a version that writes one."""
    return floor_in((await connection.execute(text(READ_FLOOR))).scalar())


def floor_in(comment: str | None) -> str | None:
    """The floor that the comment of Alembic's table names, if any."""
    found = re.fullmatch(re.escape(_COMMENT).replace(r"\{\}", r"(\w+)"), comment or "")
    return found and found[1]


async def write_floor(connection: AsyncConnection, revision: str) -> None:
    """Say in the database that Portico serves on its schema from the migration `revision` on."""
    if await read_floor(connection) != revision:
        await connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{_COMMENT.format(revision)}'"))
