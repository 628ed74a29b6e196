"""The routes by which the users of an organization may act on rows that a change affects, and the pairs of user and
row to which they lead.

Like the routes of `who_can`, they are the policy's (`authz/routes.py`), and which profiles have which route are
parameters. The flag `within_reach_of_actor` is evaluated once for each pair, however many actions require it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from authz.affected import affecting_paths
from authz.model.actions import ACTIONS, ASSIGN, UserAction
from authz.policy import Policy
from authz.predicates.nodes import Path
from authz.routes import Route, condition, split_flag
from models import Base, ContractAccount, DeliveryAccount, Service, User
from resolvers.policy_analysis.actor_table import ActorTable, TraitProfile, group_by_route, has_profile
from resolvers.policy_analysis.route_joins import RouteJoin, join_route
from resolvers.policy_analysis.subject_statements import BYTES_PER_PROFILE, Shape
from resolvers.query.json_sql import int_literal

ACTS: Final[tuple[tuple[type[Base], str], ...]] = tuple(
    (model, action.value) for model in (ContractAccount, DeliveryAccount, Service, User) for action in ACTIONS[model]
)
"""The types and actions that are compared: those of what a user sees. A statement knows them by their place here."""

MANAGING: Final = tuple(
    ACTS.index(act) for act in ((ContractAccount, ASSIGN), (DeliveryAccount, ASSIGN), (User, UserAction.UPDATE.value))
)
"""Those that somebody must be able to perform: on an account, so that it can be given, and on a user, so that their
access can be extended and taken away."""

MANAGING_PROFILES: Final = "managing_profiles"
"""The parameter with the profiles of all who may perform any of them on some row."""

Restriction = Callable[[RouteJoin], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class ActRoute:
    """A route for an act without the flag, which it requires besides if there is one. `number` names the parameter with
    the profiles that have it."""

    number: int
    act: int
    route: Route
    flag: Route | None

    @property
    def model(self) -> type[Base]:
        """The type of the rows."""
        return ACTS[self.act][0]

    @property
    def personal(self) -> bool:
        """Whether users of one organization with the same profile may perform the act on different rows."""
        return self.route.personal or (self.flag is not None and self.flag.personal)


class PairRoutes:
    """All routes of the profiles for the acts that the change of `tables` may affect, and, with `leaving`, for those of
    `MANAGING`. `affecting` are the paths from the rows of a type to those that change."""

    def __init__(
        self, policy: Policy, profiles: Iterable[TraitProfile], tables: frozenset[type[Base]], *, leaving: bool
    ) -> None:
        profiles = list(profiles)
        affecting: defaultdict[type[Base], set[Path]] = defaultdict(set)
        numbers: defaultdict[tuple[int, Route, Route | None], set[int]] = defaultdict(set)
        affected = set()
        for act, (model, action) in enumerate(ACTS):
            paths = frozenset[Path]().union(
                *(affecting_paths(policy, profile.traits, action, model, tables) for profile in profiles)
            )
            affecting[model] |= paths
            if paths:
                affected.add(act)
            if paths or (leaving and act in MANAGING):
                for route, with_route in group_by_route(policy, profiles, action, model).items():
                    numbers[act, *split_flag(replace(route, sources=()))].update(with_route)
        self.affecting = {model: tuple(sorted(paths)) for model, paths in affecting.items() if paths}
        self.affected = frozenset(affected)
        self.parts = tuple(ActRoute(number, *key) for number, key in enumerate(numbers))
        self.parameters = {_profiles(number): sorted(numbers[key]) for number, key in enumerate(numbers)}
        managing = (with_route for key, with_route in numbers.items() if key[0] in MANAGING)
        self.parameters[MANAGING_PROFILES] = sorted(set[int]().union(*managing))

    @cached_property
    def shape(self) -> Shape:
        """What a statement about these routes depends on."""
        return Shape((self.parts, tuple(self.affecting.items()), self.affected))


def pair_routes(
    policy: Policy, profiles: Iterable[TraitProfile], tables: frozenset[type[Base]], *, leaving: bool
) -> tuple[PairRoutes, int]:
    """Returns the routes, and their size in bytes."""
    profiles = list(profiles)
    routes = PairRoutes(policy, profiles, tables, leaving=leaving)
    hash(routes.shape)  # computes it in this thread
    return routes, BYTES_PER_PROFILE * len(profiles)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Selects pairs of a user, of `actors`, and a row: `act`, `actor_id` and `row_id`."""

    policy: Policy
    actors: ActorTable

    def select(self, parts: Iterable[ActRoute], among: Restriction) -> Select[Any]:
        """The pairs of these parts, each once, of those for which `among` holds."""
        by_flag: defaultdict[tuple[type[Base], Route | None], list[Select[Any]]] = defaultdict(list)
        for part in parts:
            join = self._join(part)
            columns = (
                int_literal(part.act).label("act"),
                join.actor.c.id.label("actor_id"),
                join.row.c.id.label("row_id"),
            )
            pairs = select(*columns).select_from(join.source).where(among(join), join.where)
            by_flag[part.model, part.flag].append(pairs)
        pair = either([self._flagged(pairs, *key) for key, pairs in by_flag.items()]).subquery()
        return select(pair).distinct()

    def _flagged(self, pairs: list[Select[Any]], model: type[Base], flag: Route | None) -> Select[Any]:
        pair = union_all(*pairs).subquery()
        if flag is None:
            return select(pair)
        ids = pair.c.actor_id, pair.c.row_id
        acts = func.array_agg(pair.c.act.distinct(), type_=ARRAY(Integer)).label("acts")
        once = select(*ids, acts).group_by(*ids).subquery()
        actor, row = self.actors.table.alias(), model.__table__.alias()
        tables = once.join(actor, actor.c.id == once.c.actor_id).join(row, row.c.id == once.c.row_id)
        holds = condition(flag, model, row, self.actors.columns(actor, self.policy))
        columns = func.unnest(once.c.acts).label("act"), once.c.actor_id, once.c.row_id
        return select(*columns).select_from(tables).where(holds)

    def some(
        self, parts: Iterable[ActRoute], row_id: ColumnElement[Any], among: Callable[[FromClause], ColumnElement[bool]]
    ) -> Iterator[ColumnElement[bool]]:
        """Conditions of which one holds if there is a pair of these parts with the row `row_id` and an actor for whom
        `among` holds."""
        by_flag: defaultdict[tuple[type[Base], Route | None], list[ActRoute]] = defaultdict(list)
        for part in parts:
            by_flag[part.model, part.flag].append(part)
        for (model, flag), with_flag in by_flag.items():
            found = (
                self._linked(with_flag, row_id, among)
                if flag is None
                else self._within(with_flag, model, flag, row_id, among)
            )
            # With OFFSET, PostgreSQL stops at the first pair.
            yield exists(found.offset(int_literal(0)))

    def _linked(self, parts: list[ActRoute], row_id: ColumnElement[Any], among: Any) -> Select[Any]:
        pairs = []
        for part in parts:
            join = self._join(part)
            joined = join.actor, join.row, *(table for _, table in join.ties)
            is_found = and_(join.row.c.id == row_id, among(join.actor), join.where)
            found = select(join.actor.c.id.label("actor_id")).select_from(join.source).where(is_found)
            pairs.append(found.correlate_except(*joined))
        return select(int_literal(1)).select_from(union_all(*pairs).subquery())

    def _within(
        self, parts: list[ActRoute], model: type[Base], flag: Route, row_id: ColumnElement[Any], among: Any
    ) -> Select[Any]:
        """Fewer actors have the flag than a route, so it is evaluated first."""
        actor, row = self.actors.table.alias(), model.__table__.alias()
        has_route = or_(*(has_profile(actor, profiles_of(part.number)) for part in parts))
        holds = condition(flag, model, row, self.actors.columns(actor, self.policy))
        flagged = select(actor).join_from(actor, row, row.c.id == row_id).where(has_route, among(actor), holds)
        found = flagged.correlate_except(actor, row).offset(int_literal(0)).subquery()
        other = model.__table__.alias()
        columns = self.actors.columns(found, self.policy)
        leads = or_(
            *(
                and_(has_profile(found, profiles_of(part.number)), condition(part.route, model, other, columns))
                for part in parts
            )
        )
        return select(int_literal(1)).join_from(found, other, other.c.id == row_id).where(leads)

    def _join(self, part: ActRoute) -> RouteJoin:
        return join_route(self.actors, self.policy, part.route, profiles_of(part.number), part.model)


def either(selects: list[Select[Any]]) -> Any:
    """The rows of all of these, which have the columns of `Pairs`."""
    nothing = select(
        cast(null(), Integer).label("act"), cast(null(), Uuid).label("actor_id"), cast(null(), Uuid).label("row_id")
    )
    return union_all(*selects) if selects else nothing.where(false())


def profiles_of(number: int) -> ColumnElement[Any]:
    """The parameter with the numbers of the profiles that have the route with this number."""
    return bindparam(_profiles(number), type_=ARRAY(Integer()))


def _profiles(number: int) -> str:
    return f"profiles_{number}"
