"""The finished statement of a read: SQL text, and where each of its parameters comes from.

The answer's JSON stands behind a gate: a row of the caller's session, still open, or of the API client, neither revoked
nor its token; and of a user whose row is still the one that the traits were read from, and none of whose permissions
has ended since. No row, no answer: so authentication and data are one statement and one snapshot, and a stale trait
can't answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    Interval,
    LargeBinary,
    Select,
    Uuid,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

from authz.access import Access
from authz.actor import ACTOR_CLIENT_ID, ACTOR_ID, Actor, ActorKind
from authz.recording import DecisionRequest, RecordingAccess
from models import ApiClient, RevokedAccessToken, Session, User, is_active
from resolvers.callers.credentials import AccessToken, Credential
from resolvers.query.planner import SLOT, Planner
from resolvers.query.registry import Registry
from resolvers.query.selection import Selection

_DIALECT = asyncpg.dialect()
_CALLER = frozenset(
    {
        "actor_id",
        "actor_organization_id",
        "actor_client_id",
        "actor_version",
        "actor_until",
        "token_hash",
        "session_idle",
        "token_id",
        "token_expires_at",
    }
)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1`-style parameters. Each parameter is the index of a value of the request, the name of something
    about the caller, or a `FixedParameter` value that belongs to the statement itself. `asked` is what it asks of
    the policy."""

    sql: str
    parameters: tuple["int | str | FixedParameter", ...]
    decision_requests: frozenset[DecisionRequest] = frozenset()

    def arguments(self, caller: Mapping[str, Any], values: tuple[Any, ...]) -> list[Any]:
        """The values of `$1`, `$2`, … in order."""
        return [
            values[parameter]
            if isinstance(parameter, int)
            else caller[parameter]
            if isinstance(parameter, str)
            else parameter.value
            for parameter in self.parameters
        ]


@dataclass(frozen=True, slots=True)
class FixedParameter:
    """A value that is the same in every run of the statement."""

    value: Any


def build(graph: Registry, access: Access, selection: Selection, *, guarded: bool = True) -> Statement:
    """The statement of a selection for actors with these traits. Without the gate it answers to whoever asks."""
    noting = RecordingAccess(access.policy, access.traits)
    answer = select(Planner(graph, noting).plan(selection))
    compiled = (answer.select_from(_gate(access.traits.kind)) if guarded else answer).compile(dialect=_DIALECT)
    assert isinstance(compiled, SQLCompiler)
    parameters = tuple(_parameter(name, compiled.params) for name in compiled.positiontup or ())
    return Statement(compiled.string, parameters, frozenset(noting.recorded))


def _parameter(name: str, fixed: Mapping[str, Any]) -> int | str | FixedParameter:
    if name.startswith(SLOT):
        return int(name.removeprefix(SLOT))
    return name if name in _CALLER else FixedParameter(fixed[name])


def guard_parameters(actor: Actor, credential: Credential, idle: timedelta) -> dict[str, Any]:
    """The values of the parameters that stand for the caller."""
    named = {**actor.identity, "actor_version": actor.version, "actor_until": actor.until}
    if isinstance(credential, AccessToken):
        return {**named, "token_id": credential.id, "token_expires_at": credential.expires_at}
    return {**named, "token_hash": credential.hash, "session_idle": idle}


def _gate(kind: ActorKind) -> CTE:
    user = User.__table__.alias("actor")
    shown = _by_access_token(user) if kind is ActorKind.CLIENT else _by_session(user)
    return (
        shown.where(
            user.c.id == ACTOR_ID,
            user.c.version == bindparam("actor_version", type_=BigInteger()),
            func.coalesce(func.now() < _moment("actor_until"), true()),
            is_active(user),
        )
        .cte("gate")
        .prefix_with("MATERIALIZED")
    )


def _by_session(user: Any) -> Select[Any]:
    session = Session.__table__.alias("session")
    return (
        select(literal_column("1").label("open"))
        .select_from(session.join(user, user.c.id == session.c.user_id))
        .where(
            session.c.token_hash == bindparam("token_hash", type_=LargeBinary()),
            session.c.expires_at > func.now(),
            session.c.last_seen_at > func.now() - bindparam("session_idle", type_=Interval(native=True)),
        )
    )


def _by_access_token(user: Any) -> Select[Any]:
    client, revoked = ApiClient.__table__.alias("client"), RevokedAccessToken.__table__.alias("revoked")
    return (
        select(literal_column("1").label("open"))
        .select_from(client.join(user, user.c.id == client.c.owner_id))
        .where(
            client.c.id == ACTOR_CLIENT_ID,
            client.c.revoked_at.is_(None),
            _moment("token_expires_at") > func.now(),
            ~exists().where(revoked.c.id == bindparam("token_id", type_=Uuid())),
        )
    )


def _moment(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=DateTime(timezone=True))
