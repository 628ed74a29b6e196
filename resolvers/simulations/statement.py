"""Builds the statement of a simulation: what everybody may do now, and what afterwards, on the rows that are affected.

    WITH actors AS (…), affected AS (…),
         now AS (SELECT act, actor_id, row_id …), later AS (WITH services AS (…) SELECT act, actor_id, row_id …)
    SELECT … FROM (now EXCEPT later UNION ALL later EXCEPT now UNION ALL <what nobody may do any longer>) …

Only users and rows that the caller sees go into it, so nothing else comes out, not even by a number or an order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, partial
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
    not_,
    null,
    or_,
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
from models import Base, User
from resolvers.mutations.users.last_admin import is_last_admin
from resolvers.policy_analysis.actor_table import ActorTable, actor_table, has_profile
from resolvers.policy_analysis.resource_lookup import NAME_COLUMNS, name_of
from resolvers.policy_analysis.route_joins import RouteJoin
from resolvers.query import cursor
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.simulations.changes import CHANGED_ID, Change, after
from resolvers.simulations.pair_routes import ACTS, MANAGING, MANAGING_PROFILES, ActRoute, PairRoutes, Pairs

ORDER: Final = "simulation"
MAX_COUNT: Final = 10_000
"""No total is larger: it is enough to know that there are many."""

DEPUTIES: Final = 3
"""Of so many other users it is found out at once what they manage."""

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
        """Selects a page of effects and one more, each with the totals and whether the user who leaves is the last
        admin; an empty page is one row without an effect. With `continued`, only effects after `:after_key`."""
        effects = self._named().cte("effects")
        page = (
            select(effects, cursor.encode(ORDER, effects.c.key, effects.c.row_id).label("cursor"))
            .where(effects.c.effect == any_(bindparam("effects", type_=ARRAY(Integer()))))
            .where(effects.c.key > bindparam("after_key", type_=Text()) if continued else true())
            .order_by(effects.c.key)
            .limit(bindparam("rows", type_=BigInteger()))
            .subquery()
        )
        one = select(_totals(effects).label("totals"), self._is_last_admin().label("is_last_admin")).subquery()
        return select(one, page).select_from(one.outerjoin(page, true())).order_by(page.c.key)

    def _is_last_admin(self) -> ColumnElement[bool]:
        if self.change.leaving is None:
            return false()
        user = User.__table__.alias()
        return select(is_last_admin(user)).where(user.c.id == self.change.leaving).scalar_subquery()

    # The effects

    def _named(self) -> Select[Any]:
        """The effects, with the email of the user, the name of the row, and a key in the order of the list."""
        effect = union_all(*self._effects()).subquery()
        row = union_all(select(self._affected), *self._names_of_left()).subquery()
        row = select(row).distinct().subquery()
        user = User.__table__.alias()
        key = func.concat_ws(
            _SEPARATOR,
            cast(effect.c.effect, Text),
            func.coalesce(user.c.email, sql_literal("")),
            func.to_char(effect.c.act, sql_literal("FM00")),
            row.c.key,
            cast(effect.c.row_id, Text),
        )
        return select(effect, row.c.name, key.collate("C").label("key")).select_from(
            effect.join(row, row.c.id == effect.c.row_id).outerjoin(user, user.c.id == effect.c.actor_id)
        )

    def _effects(self) -> Iterator[Select[Any]]:
        for effect, here, there in ((Effect.LOST, self._now, self._later), (Effect.GAINED, self._later, self._now)):
            pair = select(here).except_(select(there)).subquery()
            yield select(int_literal(effect).label("effect"), *pair.c)
        left = union(*self._left()).subquery()
        no_actor = cast(null(), Uuid).label("actor_id")
        yield select(int_literal(Effect.NOBODY).label("effect"), left.c.act, no_actor, left.c.row_id)

    def _left(self) -> Iterator[Select[Any]]:
        """What somebody may do now and nobody may do afterwards, of `MANAGING`: `act` and `row_id`."""
        now, later = self._now, self._later.alias()
        by_somebody = exists().where(later.c.act == now.c.act, later.c.row_id == now.c.row_id)
        managing = now.c.act.in_([int_literal(act) for act in MANAGING])
        yield select(now.c.act, now.c.row_id).where(managing, now.c.row_id != CHANGED_ID, ~by_somebody)
        if self.change.leaving is None:
            return
        for act, own in self._own.items():
            parts = self._parts({act})
            by_deputies = self._deputies.select(parts, partial(self._is_among, own)).subquery()
            rest = select(own.c.row_id).except_(select(by_deputies.c.row_id)).subquery()
            others = self._managers.some(parts, rest.c.row_id, self._stays)
            left = select(int_literal(act).label("act"), rest.c.row_id).where(not_(or_(false(), *others)))
            yield after(self.change, left)

    def _is_among(self, own: FromClause, join: RouteJoin) -> ColumnElement[bool]:
        return join.row.c.id.in_(select(own.c.row_id))

    @cached_property
    def _own(self) -> dict[int, CTE]:
        """Per act of `MANAGING`, the rows on which the user who leaves may perform it."""
        return {
            act: select(self._managers.select(self._parts({act}), self._is_own).subquery()).cte(f"own_{act}")
            for act in MANAGING
        }

    def _is_own(self, join: RouteJoin) -> ColumnElement[bool]:
        is_leaving = join.actor.c.id == self.change.leaving
        return and_(is_leaving, join.row.c.id != CHANGED_ID, self._is_visible(join.model, join.row))

    def _names_of_left(self) -> Iterator[Select[Any]]:
        if self.change.leaving is None:
            return
        for act, own in self._own.items():
            model = ACTS[act][0]
            row = model.__table__.alias()
            yield _named_row(model, row).where(row.c.id.in_(select(own.c.row_id)))

    # The pairs

    @cached_property
    def _pairs(self) -> Pairs:
        policy = self.access.policy
        return Pairs(policy, actor_table([], [policy], self.organization, only=self._may_act))

    @cached_property
    def _managers(self) -> Pairs:
        """The same for the few users who may perform any act of `MANAGING`."""
        actor = self._pairs.actors.table
        profiles = bindparam(MANAGING_PROFILES, type_=ARRAY(Integer()))
        managers = select(actor).where(has_profile(actor, profiles)).cte("managers").prefix_with("MATERIALIZED")
        return Pairs(self.access.policy, ActorTable(managers, self._pairs.actors.policies))

    @cached_property
    def _deputies(self) -> Pairs:
        """The same for the few who are likely to manage most. Their rows are found at once; whether anybody else
        manages the others is asked row by row."""
        managers, user = self._managers.actors.table, User.__table__.alias()
        flags = cast(user.c.all_contract_accounts, Integer) + cast(user.c.all_delivery_accounts, Integer)
        deputies = (
            select(managers)
            .join(user, user.c.id == managers.c.id)
            .where(managers.c.id != self.change.leaving)
            .order_by(flags.desc(), user.c.id)
            .limit(int_literal(DEPUTIES))
            .cte("deputies")
            .prefix_with("MATERIALIZED")
        )
        return Pairs(self.access.policy, ActorTable(deputies, self._managers.actors.policies))

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

        return self._pairs.select(self._parts(self.routes.affected), among)

    def _stays(self, join: RouteJoin) -> ColumnElement[bool]:
        return true() if self.change.leaving is None else join.actor.c.id != self.change.leaving

    def _parts(self, acts: Iterable[int]) -> list[ActRoute]:
        return [part for part in self.routes.parts if part.act in acts]

    # The rows

    @cached_property
    def _affected(self) -> CTE:
        """The rows on which decisions may change, with their names."""
        rows = []
        for model, paths in self.routes.affecting.items():
            now, later = (union(*(self._leading_to_change(model, path) for path in paths)) for _ in range(2))
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
        is_of_organization = row.c.organization_id == bindparam("of_organization", type_=Uuid(), unique=False)
        return and_(is_of_organization, self.access.may(VIEW, model, row))


def _named_row(model: type[Base], row: FromClause) -> Select[Any]:
    name = cast(name_of(model, row), Text)
    key = cast(row.c[NAME_COLUMNS.get(model, "name_key")], Text)
    return select(row.c.id, name.label("name"), key.label("key"))


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
