"""The history of the policy: which versions were in force, since when and by whom, and the rollback in effect.

A server writes a row when it puts another version in force than the newest row says. So of several servers that follow
the same file, the first writes, and restarts write nothing. Each function here runs statements that are transactions of
their own (`single_statements`): no function needs a policy, because a rollback has to work without one that loads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, bindparam, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from models import ActivationCause, PolicyActivation, PolicyRollback, PolicyVersion, new_id
from resolvers.prepared_statement import PreparedStatement

MAX_NAME = 200
"""The maximum length of the name of a person, and of a server."""

MATCHES = 20
"""The maximum number of versions returned for one prefix."""

_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version that was in force at some time."""

    version: str
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """The order to run `stored`. `ended_by` is None while it is in effect."""

    stored: StoredVersion
    by: str
    at: datetime
    ended_by: str | None

    @property
    def in_effect(self) -> bool:
        """Whether it has not been ended."""
        return self.ended_by is None


@dataclass(frozen=True, slots=True)
class Activation:
    """`version` took the place of another one at `at`, on `server`."""

    version: str
    at: datetime
    cause: ActivationCause
    by: str
    server: str


async def record(connection: AsyncConnection, stored: StoredVersion, activation: Activation) -> bool:
    """Records that the version was put in force. Returns False if it is the newest in the history already."""
    parameters = {
        "version": stored.version,
        "file": stored.file,
        "text": stored.text,
        "at": activation.at,
        "cause": activation.cause.value,
        "put_by": activation.by[:MAX_NAME],
        "server": activation.server[:MAX_NAME],
    }
    for _ in range(_ATTEMPTS):
        row = (await _record().execute_on(connection, parameters)).one()
        if row.number is not None:
            return True
        if row.newest == stored.version:
            return False
        # Another server has written a row in between.
    return False


async def newest_rollback(connection: AsyncConnection) -> Rollback | None:
    """Returns the newest rollback, whether it holds or has ended; None if there never was one."""
    row = (await _newest_rollback().execute_on(connection, {})).one_or_none()
    if row is None:
        return None
    return Rollback(StoredVersion(row.version, row.file, row.text), row.put_by, row.created_at, row.ended_by)


async def rollback_in_effect(connection: AsyncConnection) -> Rollback | None:
    """Returns the rollback in effect, if any."""
    newest = await newest_rollback(connection)
    return newest if newest is not None and newest.in_effect else None


async def roll_back(connection: AsyncConnection, version: str, by: str) -> None:
    """Orders all servers to run this version, which the history contains. Ends any rollback in effect."""
    await _roll_back().execute_on(connection, {"id": new_id(), "version": version, "put_by": by[:MAX_NAME]})


async def end_rollback(connection: AsyncConnection, by: str) -> bool:
    """Ends the rollback in effect. Returns False if there is none."""
    ended = await _end_rollback().execute_on(connection, {"by": by[:MAX_NAME]})
    return ended.first() is not None


async def find_versions(connection: AsyncConnection, prefix: str) -> list[StoredVersion]:
    """Returns the versions that begin with `prefix`, at most `MATCHES`."""
    rows = (await _with_prefix().execute_on(connection, {"prefix": prefix})).all()
    return [StoredVersion(row.version, row.file, row.text) for row in rows]


async def activations(connection: AsyncConnection, limit: int) -> Sequence[Activation]:
    """Returns the newest `limit` activations, newest first."""
    rows = (await _activations().execute_on(connection, {"limit": limit})).all()
    return [Activation(row.version, row.at, ActivationCause(row.cause), row.put_by, row.server) for row in rows]


@cache
def _record() -> PreparedStatement:
    version = bindparam("version", type_=String)
    kept = insert(PolicyVersion).values(version=version, file=bindparam("file"), text=bindparam("text"))
    last = _last_activation().cte("last")
    newest_number, newest_version = (select(column).scalar_subquery() for column in last.c)
    columns = [getattr(PolicyActivation, name) for name in ("number", "version", "at", "cause", "put_by", "server")]
    values = select(
        func.coalesce(newest_number, 0) + 1,
        version,
        *(bindparam(column.key, type_=column.type) for column in columns[2:]),
    ).where(newest_version.is_distinct_from(version))
    written = (
        insert(PolicyActivation)
        .from_select(columns, values)
        .on_conflict_do_nothing()
        .returning(PolicyActivation.number)
        .cte("written")
    )
    number = select(written.c.number).scalar_subquery()
    return PreparedStatement(
        select(number.label("number"), newest_version.label("newest")).add_cte(
            kept.on_conflict_do_nothing().cte("kept"), last, written
        )
    )


def _last_activation() -> Select[*tuple[Any, ...]]:
    columns = select(PolicyActivation.number, PolicyActivation.version)
    return columns.order_by(PolicyActivation.number.desc()).limit(1)


@cache
def _newest_rollback() -> PreparedStatement:
    columns = PolicyRollback.put_by, PolicyRollback.created_at, PolicyRollback.ended_by
    rows = select(PolicyVersion.version, PolicyVersion.file, PolicyVersion.text, *columns)
    joined = rows.join(PolicyRollback, PolicyRollback.version == PolicyVersion.version)
    return PreparedStatement(joined.order_by(PolicyRollback.created_at.desc(), PolicyRollback.id.desc()).limit(1))


@cache
def _roll_back() -> PreparedStatement:
    ended = _end("put_by").cte("ended")
    # The count makes PostgreSQL end the former rollback first: at most one may hold.
    former = select(func.count().label("rows")).select_from(ended).subquery()
    columns = [PolicyRollback.id, PolicyRollback.version, PolicyRollback.put_by]
    values = select(*(bindparam(column.key, type_=column.type) for column in columns)).select_from(former)
    written = insert(PolicyRollback).from_select(columns, values, include_defaults=False)
    return PreparedStatement(written.add_cte(ended))


@cache
def _end_rollback() -> PreparedStatement:
    return PreparedStatement(_end("by"))


def _end(by: str) -> ReturningUpdate[tuple[UUID]]:
    holding = update(PolicyRollback).where(PolicyRollback.ended_at.is_(None))
    return holding.values(ended_at=func.now(), ended_by=bindparam(by)).returning(PolicyRollback.id)


@cache
def _with_prefix() -> PreparedStatement:
    prefix = bindparam("prefix", type_=String)
    rows = select(PolicyVersion.version, PolicyVersion.file, PolicyVersion.text)
    matching = rows.where(func.starts_with(PolicyVersion.version, prefix))
    return PreparedStatement(matching.order_by(PolicyVersion.version).limit(literal(MATCHES)))


@cache
def _activations() -> PreparedStatement:
    rows = select(PolicyActivation.__table__).order_by(PolicyActivation.number.desc())
    return PreparedStatement(rows.limit(bindparam("limit")))
