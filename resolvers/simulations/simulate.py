"""Finds out what a change would do to everybody's access: one statement for the traits that occur among the users, and
one for the effects.

What takes long to build is kept, per policy and routes (`resolvers/policy_analysis/question_cache.py`).
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor
from authz.recording import DecisionRequest, RecordingAccess
from models import Base
from resolvers.fair_queue import SERVER, Flow
from resolvers.placed_rows import is_distributed, rows_of
from resolvers.policy_analysis.actor_table import UserGroup, actor_parameters, load_profiles
from resolvers.policy_analysis.question_cache import QUESTIONS
from resolvers.prepared_statement import PreparedStatement
from resolvers.query import cursor
from resolvers.simulations.changes import Change
from resolvers.simulations.pair_routes import ACTS, PairRoutes, pair_routes
from resolvers.simulations.statement import OF_ORGANIZATION, ORDER, Effect, SimulationStatement


@dataclass(frozen=True, slots=True)
class SimulatedChange:
    """A user who gains or loses an action on a row; for `Effect.NOBODY`, nobody may perform it any longer, and
    `user_id` is None."""

    effect: Effect
    model: type[Base]
    action: str
    user_id: UUID | None
    row_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class SimulatedTotal:
    """How often an effect occurs for one action on one type, and for how many users."""

    effect: Effect
    model: type[Base]
    action: str
    changes: int
    users: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """The totals, a page of the changes, and the cursor of the next page if there is one. If it isn't complete, it has
    not all of `Effect.NOBODY`."""

    is_last_admin: bool
    is_complete: bool
    totals: tuple[SimulatedTotal, ...]
    changes: tuple[SimulatedChange, ...]
    next: str | None


async def simulate(
    connection: AsyncConnection,
    viewer: tuple[Actor, Access],
    change: Change,
    organization: UUID,
    *,
    first: int,
    after: str | None = None,
    effects: Collection[Effect] = tuple(Effect),
    flow: Flow = SERVER,
) -> Simulation:
    """Returns what the change of rows of the organization would do, for users and rows visible to the viewer: the
    `first` changes with one of `effects`, after the cursor `after`.

    `flow` is on whose behalf statements are built. Raises ValueError for a malformed cursor, and QueueFull.
    """
    actor, access = viewer
    position = None if after is None else cursor.decode(after, ORDER, Text())
    statement, parameters = await _prepare(connection, access, change, organization, flow, continued=after is not None)
    page = {"effects": sorted(effects), "rows": first + 1, "after_key": position[0] if position else None}
    rows = (await statement.execute_on(connection, {**actor.identity, **parameters, **page})).all()
    found = [row for row in rows if row.row_id is not None]
    totals: list[list[int]] = sorted(json.loads(rows[0].totals))
    return Simulation(
        bool(rows[0].is_last_admin),
        bool(rows[0].is_complete),
        tuple(SimulatedTotal(Effect(effect), *ACTS[act], *numbers) for effect, act, *numbers in totals),
        tuple(map(_change, found[:first])),
        found[first - 1].cursor if len(found) > first else None,
    )


def _change(row: Any) -> SimulatedChange:
    model, action = ACTS[row.act]
    return SimulatedChange(Effect(row.effect), model, action, row.actor_id, row.row_id, row.name)


async def _prepare(
    connection: AsyncConnection, access: Access, change: Change, organization: UUID, flow: Flow, *, continued: bool
) -> tuple[PreparedStatement, dict[str, Any]]:
    """The statement of the change, and all of its parameters that don't depend on the page and the caller."""
    policy = access.policy
    every = await load_profiles(connection, organization)
    profiles = [profile for profile in every if profile.group is not UserGroup.STAFF]
    known = tuple((profile.number, profile.key) for profile in profiles)
    find = partial(pair_routes, policy, profiles, change.tables, leaving=change.leaving is not None)
    routes: PairRoutes = await QUESTIONS.get(("pair routes", policy.version, change.shape, known), find, flow)
    form = continued, await is_distributed(connection)
    key = "simulation", policy.version, change.shape, routes.shape, access.traits, form
    build = partial(_build, access, change, routes, organization, form)
    statement, recorded = await QUESTIONS.get(key, build, flow)
    if isinstance(access, RecordingAccess):
        access.recorded.update(recorded)
    return statement, {**actor_parameters(profiles, [policy], organization), **routes.parameters, **change.parameters}


def _build(
    access: Access, change: Change, routes: PairRoutes, organization: UUID, form: tuple[bool, bool]
) -> tuple[tuple[PreparedStatement, frozenset[DecisionRequest]], int]:
    recording = RecordingAccess(access.policy, access.traits)
    continued, distributed = form
    select = SimulationStatement(recording, change, routes, organization).select(continued=continued)
    statement = PreparedStatement(select.add_cte(*rows_of(select, OF_ORGANIZATION)) if distributed else select)
    return (statement, frozenset(recording.recorded)), len(statement.sql)
