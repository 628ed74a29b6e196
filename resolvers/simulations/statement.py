"""Builds the statement of a simulation: what everybody may do now, and what afterwards, on the rows that are affected.

    WITH actors AS (…), affected AS (…),
         now AS (SELECT act, actor_id, row_id …), later AS (WITH services AS (…) SELECT act, actor_id, row_id …)
    SELECT … FROM (now EXCEPT later UNION ALL later EXCEPT now UNION ALL <what nobody may do any longer>) …

Only users and rows that the caller sees go into it, so nothing else comes out, not even by a number or an order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    null,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from authz.model.actions import VIEW
from authz.model.resources import Relation, attributes
from authz.predicates.nodes import Path
from models import Base, User, is_of
from resolvers.distinct_union import distinct_union
from resolvers.mutations.users.last_admin import is_last_admin
from resolvers.policy_analysis.actor_table import actor_table
from resolvers.policy_analysis.route_joins import RouteJoin
from resolvers.query import cursor
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.simulations.changes import CHANGED_ID, Change, UserLeaving, after
from resolvers.simulations.pair_routes import MANAGING, PairRoutes, Pairs
from resolvers.simulations.unmanaged import Unmanaged, name_columns

ORDER: Final = "simulation"
MAX_COUNT: Final = 10_000
"""No total is larger: it is enough to know that there are many."""

OF_ORGANIZATION: Final = bindparam("of_organization", type_=Uuid(), unique=False)
"""The organization of all users and rows of a simulation."""

_SEPARATOR: Final = literal_column(r"E'\x01'", Text())
"""Sorts before all that a name or an email address may contain."""


class Effect(IntEnum):
    """What a change does, in the order of the list."""

    NOBODY = 0
    LOST = 1
    GAINED = 2


@dataclass(frozen=True)
class SimulationStatement:
    """The statement for a change, by the routes of the users who act. `organization` is that of all of them and of all
    rows; its value is a parameter too."""

    access: Access
    change: Change
    routes: PairRoutes
    organization: UUID

    def select(self, *, continued: bool) -> Select[Any]:
        """Selects a page of effects and one more, each with the totals, whether the user who leaves is the last admin,
        and whether all that nobody could manage is found; an empty page is one row without an effect. With
        `continued`, only effects after `:after_key`."""
        effects = self._named().cte("effects")
        page = (
            select(effects, cursor.encode(ORDER, effects.c.key, effects.c.row_id).label("cursor"))
            .where(effects.c.effect == any_(bindparam("effects", type_=ARRAY(Integer()))))
            .where(effects.c.key > bindparam("after_key", type_=Text()) if continued else true())
            .order_by(effects.c.key)
            .limit(bindparam("rows", type_=BigInteger()))
            .subquery()
        )
        complete = true() if self._unmanaged is None else self._unmanaged.is_complete()
        about_user = self._is_last_admin().label("is_last_admin"), complete.label("is_complete")
        one = select(_totals(effects).label("totals"), *about_user).subquery()
        return select(one, page).select_from(one.outerjoin(page, true())).order_by(page.c.key)

    def _is_last_admin(self) -> ColumnElement[bool]:
        if self.change.leaving is None:
            return false()
        user, own = User.__table__.alias(), OF_ORGANIZATION
        leaving = is_of(user, own), user.c.id == self.change.leaving
        return select(is_last_admin(user, own)).where(*leaving).scalar_subquery()

    # The effects

    def _named(self) -> Select[Any]:
        """The effects, with the email of the user, the name of the row, and a key in the order of the list."""
        effect, user = union_all(*self._effects()).subquery(), User.__table__.alias()
        key = func.concat_ws(
            _SEPARATOR,
            cast(effect.c.effect, Text),
            func.coalesce(user.c.email, sql_literal("")),
            func.to_char(effect.c.act, sql_literal("FM00")),
            effect.c.key,
            cast(effect.c.row_id, Text),
        )
        columns = [column for column in effect.c if column.name != "key"]
        joined = effect.outerjoin(user, user.c.id == effect.c.actor_id)
        return select(*columns, key.collate("C").label("key")).select_from(joined)

    def _effects(self) -> Iterator[Select[Any]]:
        row = self._affected
        for effect, here, there in ((Effect.LOST, self._now, self._later), (Effect.GAINED, self._later, self._now)):
            pair = select(here).except_(select(there)).subquery()
            columns: list[Any] = [int_literal(effect).label("effect"), *pair.c, row.c.name, row.c.key]
            yield select(*columns).join_from(pair, row, row.c.id == pair.c.row_id)
        left = distinct_union(self._left()).subquery()
        nobody, no_actor = int_literal(Effect.NOBODY).label("effect"), cast(null(), Uuid).label("actor_id")
        yield select(nobody, left.c.act, no_actor, left.c.row_id, left.c.name, left.c.key)

    def _left(self) -> Iterator[Select[Any]]:
        """What somebody may do now and nobody may do afterwards, of `MANAGING`: `act`, `row_id`, `name` and `key`."""
        now, later, row = self._now, self._later.alias(), self._affected
        by_somebody = exists().where(later.c.act == now.c.act, later.c.row_id == now.c.row_id)
        managing = now.c.act.in_([int_literal(act) for act in MANAGING])
        of_act = now.c.act, now.c.row_id, row.c.name, row.c.key
        gone = select(*of_act).join_from(now, row, row.c.id == now.c.row_id)
        yield gone.where(managing, now.c.row_id != CHANGED_ID, ~by_somebody)
        if self._unmanaged is not None:
            yield from self._unmanaged.select()

    @cached_property
    def _unmanaged(self) -> Unmanaged | None:
        if not isinstance(self.change, UserLeaving):
            return None
        return Unmanaged(self.access.policy, self.change, self.routes, self._pairs.actors, self._is_visible)

    # The pairs

    @cached_property
    def _pairs(self) -> Pairs:
        policy = self.access.policy
        return Pairs(policy, actor_table([], [policy], self.organization, staff=False, only=self._may_act))

    def _may_act(self, user: FromClause) -> ColumnElement[bool]:
        visible = User.__table__.alias()
        return user.c.id.in_(select(visible.c.id).where(self._is_visible(User, visible)))

    @cached_property
    def _now(self) -> CTE:
        return self._on_affected().cte("now")

    @cached_property
    def _later(self) -> CTE:
        return after(self.change, self._on_affected()).cte("later")

    def _on_affected(self) -> Select[Any]:
        def among(join: RouteJoin) -> ColumnElement[bool]:
            return and_(join.row.c.id.in_(select(self._affected.c.id)), self._stays(join))

        parts = [part for part in self.routes.parts if part.act in self.routes.affected]
        return self._pairs.select(parts, among)

    def _stays(self, join: RouteJoin) -> ColumnElement[bool]:
        return true() if self.change.leaving is None else join.actor.c.id != self.change.leaving

    # The rows

    @cached_property
    def _affected(self) -> CTE:
        """The rows on which decisions may change, with their names."""
        rows = []
        for model, paths in self.routes.affecting.items():
            now, later = (distinct_union(self._leading_to_change(model, path) for path in paths) for _ in range(2))
            ids = union(select(now.subquery()), after(self.change, select(later.subquery()))).subquery()
            row = model.__table__.alias()
            rows.append(_named_row(model, row).where(row.c.id.in_(select(ids.c.id)), self._is_visible(model, row)))
        nothing = select(cast(null(), Uuid).label("id"), *(cast(null(), Text).label(name) for name in ("name", "key")))
        return union_all(*rows, nothing.where(false())).cte("affected").prefix_with("MATERIALIZED")

    def _leading_to_change(self, model: type[Base], path: Path) -> Select[Any]:
        """The rows of `model` from which the path leads to one that changes."""
        first = row = model.__table__.alias()
        source: FromClause = first
        for step in path:
            relation = attributes(model)[step]
            assert isinstance(relation, Relation)
            model, other = relation.target, relation.target.__table__.alias()
            source, row = source.join(other, other.c[relation.remote] == row.c[relation.local]), other
        return select(first.c.id).select_from(source).where(self.change.is_changed(model, row))

    def _is_visible(self, model: type[Base], row: FromClause) -> ColumnElement[bool]:
        return and_(is_of(row, OF_ORGANIZATION), self.access.may(VIEW, model, row))


def _named_row(model: type[Base], row: FromClause) -> Select[Any]:
    return select(row.c.id, *name_columns(model, row))


def _totals(effects: FromClause) -> ColumnElement[str]:
    """The totals by effect and act, as JSON text: lists of both, the number of pairs, and that of the users."""
    numbers = (func.count(), func.count(effects.c.actor_id.distinct()))
    counted = (
        select(effects.c.effect, effects.c.act, *(func.least(number, int_literal(MAX_COUNT)) for number in numbers))
        .group_by(effects.c.effect, effects.c.act)
        .subquery()
    )
    lists = func.json_agg(func.json_build_array(*counted.c))
    return select(func.coalesce(cast(lists, Text), sql_literal("[]"))).scalar_subquery()
