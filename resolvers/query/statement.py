"""Builds the statement of a read: SQL text, and the source of each of its parameters.

The answer's JSON is selected from a session guard: a CTE that has one row only if the caller's session is still open
(or the API client and its access token are not revoked), the user's row is still the version that the traits were read
from, and none of the user's permissions has expired since. Without that row there is no answer: authentication and data
are one statement on one snapshot, so an answer is never based on stale traits.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Uuid,
    bindparam,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

from authz.access import Access
from authz.actor import ACTOR_CLIENT_ID, ACTOR_ID, Actor, ActorKind
from authz.predicates.own_sets import with_own_sets
from authz.recording import DecisionRequest, RecordingAccess
from models import ApiClient, RevokedAccessToken, Session, User, is_active
from resolvers.callers.credentials import AccessToken, Credential
from resolvers.query.cost import list_depth
from resolvers.query.json_sql import MAX_BYTES, int_literal
from resolvers.query.open_session import is_of_request, is_open
from resolvers.query.planner import Planner
from resolvers.query.registry import Registry
from resolvers.query.selection import Selection
from resolvers.query.slot_values import SLOT

_DIALECT = asyncpg.dialect()
_GUARD_PARAMETERS = frozenset(
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


class Variant(Hashable, Protocol):
    """Another form of the statement of a selection, whose row has more than the JSON text, the last of its columns.
    `parameters` are the names of its bind parameters."""

    @property
    def parameters(self) -> frozenset[str]:
        """Parameters whose values come with each execution."""

    def select(
        self, registry: Registry, access: RecordingAccess, selection: Selection, *, large: bool
    ) -> Select[*tuple[Any, ...]]:
        """Returns the SELECT."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1`-style parameters. Each parameter is the index of a value of the request, the name of a parameter of
    the guard or of the variant, or a `FixedParameter` of the statement itself. `decision_requests` are the policy
    decisions that the statement depends on."""

    sql: str
    parameters: tuple["int | str | FixedParameter", ...]
    decision_requests: frozenset[DecisionRequest] = frozenset()

    def arguments(self, caller: Mapping[str, Any], values: tuple[Any, ...]) -> list[Any]:
        """The values of `$1`, `$2`, … in order. `caller` has the values of the parameters that have names."""
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
    """A value that is the same in every execution of the statement."""

    value: Any


def build(
    registry: Registry,
    access: Access,
    selection: Selection,
    *,
    guarded: bool = True,
    large: bool = False,
    max_response_bytes: int | None = None,
    variant: Variant | None = None,
) -> Statement:
    """Builds the statement of a selection for actors with these traits, or its `variant`.

    If it is not `guarded`, no session is checked. With `large`, its conditions have the forms for large organizations.
    PostgreSQL ends it when it has built a response of more than `max_response_bytes`, if given.
    """
    recording = RecordingAccess(access.policy, access.traits)
    query: Select[*tuple[Any, ...]]
    if variant is None:
        query = select(with_own_sets(Planner(registry, recording, large=large).plan(selection)))
    else:
        query = variant.select(registry, recording, selection, large=large)
    guarded_query = query.select_from(session_guard(access.traits.kind)) if guarded else query
    compiled = guarded_query.compile(dialect=_DIALECT, compile_kwargs=_limit(selection, max_response_bytes))
    assert isinstance(compiled, SQLCompiler)
    named = _GUARD_PARAMETERS if variant is None else _GUARD_PARAMETERS | variant.parameters
    parameters = tuple(_parameter(name, named, compiled.params) for name in compiled.positiontup or ())
    return Statement(compiled.string, parameters, frozenset(recording.recorded))


def _limit(selection: Selection, max_response_bytes: int | None) -> dict[str, int]:
    """The option of the compiler. A list within a list is measured again as a part of it."""
    if max_response_bytes is None:
        return {}
    return {MAX_BYTES: max_response_bytes * max(list_depth(selection.parts), 1)}


def _parameter(name: str, named: frozenset[str], fixed: Mapping[str, Any]) -> int | str | FixedParameter:
    if name.startswith(SLOT):
        return int(name.removeprefix(SLOT))
    return name if name in named else FixedParameter(fixed[name])


def guard_parameters(actor: Actor, credential: Credential, idle_timeout: timedelta) -> dict[str, Any]:
    """The values of the parameters that identify the caller."""
    parameters = sessionless_parameters(actor, idle_timeout)
    parameters |= {"actor_version": actor.version, "actor_until": actor.until}
    if isinstance(credential, AccessToken):
        return {**parameters, "token_id": credential.id, "token_expires_at": credential.expires_at}
    return {**parameters, "token_hash": credential.hash}


def sessionless_parameters(actor: Actor, idle_timeout: timedelta) -> dict[str, Any]:
    """The values of the parameters of a statement that is not guarded. None of the actor's sessions is the current
    one."""
    return {**actor.identity, "token_hash": None, "session_idle": idle_timeout}


def session_guard(kind: ActorKind) -> CTE:
    """The CTE with one row if the caller may still act as the actor with the `guard_parameters`."""
    user = User.__table__.alias("actor")
    open_ = _by_access_token(user) if kind is ActorKind.CLIENT else _by_session(user)
    return (
        open_.where(
            user.c.id == ACTOR_ID,
            user.c.version == bindparam("actor_version", type_=BigInteger()),
            func.coalesce(func.now() < _timestamp("actor_until"), true()),
            is_active(user),
        )
        .cte("guard")
        .prefix_with("MATERIALIZED")
    )


def _by_session(user: Any) -> Select[Any]:
    session = Session.__table__.alias("session")
    return (
        select(int_literal(1).label("open"))
        .select_from(session.join(user, user.c.id == session.c.user_id))
        .where(is_of_request(session), is_open(session))
    )


def _by_access_token(user: Any) -> Select[Any]:
    client, revoked = ApiClient.__table__.alias("client"), RevokedAccessToken.__table__.alias("revoked")
    return (
        select(int_literal(1).label("open"))
        .select_from(client.join(user, user.c.id == client.c.owner_id))
        .where(
            client.c.id == ACTOR_CLIENT_ID,
            client.c.revoked_at.is_(None),
            _timestamp("token_expires_at") > func.now(),
            ~exists().where(revoked.c.id == bindparam("token_id", type_=Uuid())),
        )
    )


def _timestamp(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=DateTime(timezone=True))
