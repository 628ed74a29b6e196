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
    literal_column,
    null,
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
from resolvers.policy_analysis.actor_table import ActorTable, TraitProfile, group_by_route
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
        # Those that are the same for everybody with the same traits are found fastest.
        ordered = sorted(numbers, key=lambda key: key[1].personal)
        self.parts = tuple(ActRoute(number, *key) for number, key in enumerate(ordered))
        self.parameters = {_profiles(number): sorted(numbers[key]) for number, key in enumerate(ordered)}
        managing = (numbers[key] for key in ordered if key[0] in MANAGING)
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
        tables, holds = self._with_flag(once, model, flag, once.c.row_id)
        columns = func.unnest(once.c.acts).label("act"), once.c.actor_id, once.c.row_id
        return select(*columns).select_from(tables).where(holds)

    def _with_flag(
        self, pair: FromClause, model: type[Base], flag: Route, row_id: ColumnElement[Any]
    ) -> tuple[FromClause, ColumnElement[bool]]:
        """The pairs joined with the user and the row `row_id`, and whether the flag holds."""
        actor, row = self.actors.table.alias(), model.__table__.alias()
        joined = pair.join(actor, actor.c.id == pair.c.actor_id).join(row, row.c.id == row_id)
        return joined, condition(flag, model, row, self.actors.columns(actor, self.policy))

    def some(
        self, parts: Iterable[ActRoute], row_id: ColumnElement[Any], among: Restriction
    ) -> Iterator[ColumnElement[bool]]:
        """Conditions of which one holds if there is a pair of these parts with the row `row_id` for which `among`
        holds."""
        by_flag: defaultdict[tuple[type[Base], Route | None], list[Select[Any]]] = defaultdict(list)
        for part in parts:
            join = self._join(part)
            joined = join.actor, join.row, *(table for _, table in join.ties)
            is_found = and_(join.row.c.id == row_id, among(join), join.where)
            ids = select(join.actor.c.id.label("actor_id")).select_from(join.source)
            by_flag[part.model, part.flag].append(ids.where(is_found).correlate_except(*joined))
        for (model, flag), pairs in by_flag.items():
            pair = union_all(*pairs).subquery()
            found = select(int_literal(1)).select_from(pair)
            if flag is not None:
                # Not `pair.c.row_id`: PostgreSQL would look for the row among all, for each pair.
                tables, holds = self._with_flag(pair, model, flag, row_id)
                found = select(int_literal(1)).select_from(tables).where(holds)
            # With OFFSET, PostgreSQL stops at the first pair.
            yield exists(found.offset(literal_column("0")))

    def _join(self, part: ActRoute) -> RouteJoin:
        profiles = bindparam(_profiles(part.number), type_=ARRAY(Integer()))
        return join_route(self.actors, self.policy, part.route, profiles, part.model)


def either(selects: list[Select[Any]]) -> Any:
    """The rows of all of these, which have the columns of `Pairs`."""
    nothing = select(
        cast(null(), Integer).label("act"), cast(null(), Uuid).label("actor_id"), cast(null(), Uuid).label("row_id")
    )
    return union_all(*selects) if selects else nothing.where(false())


def _profiles(number: int) -> str:
    return f"profiles_{number}"
