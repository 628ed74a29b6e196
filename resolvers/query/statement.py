"""Builds the statement of a read: SQL text, and the source of each of its parameters.

The answer's JSON is selected from the session guard (`resolvers/query/session_guard.py`). Without its row there is no
answer: authentication and data are one statement on one snapshot, so an answer is never based on stale traits.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

from authz.access import Access
from authz.predicates.own_sets import with_own_sets
from authz.recording import DecisionRequest, RecordingAccess
from resolvers.query.cost import list_depth
from resolvers.query.json_sql import MAX_BYTES
from resolvers.query.planner import Planner
from resolvers.query.registry import Registry
from resolvers.query.selection import Selection
from resolvers.query.session_guard import GUARD_PARAMETERS, session_guard
from resolvers.query.slot_values import SLOT

_DIALECT = asyncpg.dialect()


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
    recording = RecordingAccess.of(access)
    query: Select[*tuple[Any, ...]]
    if variant is None:
        query = select(with_own_sets(Planner(registry, recording, large=large).plan(selection)))
    else:
        query = variant.select(registry, recording, selection, large=large)
    guarded_query = query.select_from(session_guard(access)) if guarded else query
    compiled = guarded_query.compile(dialect=_DIALECT, compile_kwargs=_limit(selection, max_response_bytes))
    assert isinstance(compiled, SQLCompiler)
    named = GUARD_PARAMETERS if variant is None else GUARD_PARAMETERS | variant.parameters
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
