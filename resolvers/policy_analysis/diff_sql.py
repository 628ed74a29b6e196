"""Builds the SQL of a policy diff: counts and lists every (user, action, resource) that is gained or lost on live data.

A pair of user and resource *moves* if a route of one version leads to it and no route of the other does. There are two
kinds of routes. A *common* route is the same for all users of an organization with the same traits: its pairs are
counted as users times resources, without being built. A *personal* route depends on the user's id: its pairs are built
by joins that begin at the linking rows, mostly grants. So, for each group of users with the same routes ("here" is the
version that allows the pair, "there" the other one),

    moved by common routes    =  users × resources that a common route here leads to and none there
                                 - pairs of these that a personal route there leads to
    moved by personal routes  =  pairs that a personal route here leads to, and no common route here, and none there

Each pair is counted for one route: the first common one, else the first personal one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)

from authz.model.resources import organization_key
from authz.policy import Policy
from authz.routes import Route, condition, merge_routes, split_flag
from resolvers.policy_analysis.actor_table import ActorTable, has_profile
from resolvers.policy_analysis.diff_plan import ActionChange, Direction, ProfileChange, RouteDelta
from resolvers.policy_analysis.route_joins import join_route

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class PolicyPair:
    """The two policies, and the table of actors for both."""

    old: Policy
    new: Policy
    actors: ActorTable

    def of(self, direction: Direction) -> tuple[Policy, Policy]:
        """Returns the version that allows the pairs that move in `direction`, and the one that denies them."""
        return (self.new, self.old) if direction is Direction.GAINED else (self.old, self.new)


def change_counts(versions: PolicyPair, changed: ActionChange) -> Select[Any]:
    """Returns a statement that counts the moved pairs: rows of direction, number of the rules
    (`ActionChange.rules`), the resource's organization, the user's group, whether the pair crosses the border of an
    organization, and the count."""
    parts = [part for move in _moves(versions, changed) for part in move.counted()]
    counted = union_all(*parts).subquery()
    keys = (*(counted.c[name] for name in ("direction", "rules", "organization_id", "user_group", "crosses")),)
    total = func.sum(counted.c.pairs)
    return select(*keys, total.label("pairs")).group_by(*keys).having(total != literal(0, Integer))


def changed_pairs(versions: PolicyPair, changed: ActionChange, limit: int | None) -> Select[Any]:
    """Returns a statement for the moved pairs, up to `limit` for each direction, in no order: rows of direction,
    number of the rules, the actor's own id (`ActorTable`), and the id of the resource."""
    parts = []
    for direction in Direction:
        listed = [part for move in _moves(versions, changed) if move.direction is direction for part in move.listed()]
        if listed:
            pairs = union_all(*listed).subquery()
            parts.append(select(pairs).limit(limit).subquery())
    return select(union_all(*(select(part) for part in parts)).subquery())


def _moves(versions: PolicyPair, changed: ActionChange) -> Iterator["_Move"]:
    for change in changed.changes:
        for direction, side in change.sides:
            yield _Move(versions, changed, change, direction, side)


@dataclass(frozen=True)
class _Move:
    """The pairs that move in one direction for one group of users."""

    versions: PolicyPair
    changed: ActionChange
    change: ProfileChange
    direction: Direction
    side: RouteDelta

    # Counting

    def counted(self) -> Iterator[Select[Any]]:
        """Yields statements that count the pairs; some return negative numbers."""
        if _common(self.side.moving):
            yield self._by_common_routes()
            if (unmoved := self._of_these_by_personal_routes_there()) is not None:
                yield self._summed(unmoved, -1)
        if (personal := self._by_personal_routes()) is not None:
            yield self._summed(personal, 1)

    def _by_common_routes(self) -> Select[Any]:
        """Counts users times resources."""
        actor, row = self._user_counts(), self.changed.model.__table__.alias()
        rules = self._first(row, actor).label("rules")
        organization = row.c[organization_key(self.changed.model)].label("organization_id")
        keys = rules, organization, actor.c.user_group, _crosses(organization, actor)
        return (
            select(self._direction(), *keys, func.sum(actor.c.users).label("pairs"))
            .select_from(actor.join(row, self._moving(row, actor)))
            .where(self._none_there(row, actor))
            .group_by(*keys)
        )

    def _user_counts(self) -> FromClause:
        """Counts the users of each organization and group; if a route has the flag, also by the permissions that they
        may assign."""
        actor = self.versions.actors.table.alias()
        flagged = any(route.assignable_scope for route in (*self.side.routes, *self.side.other_routes))
        keys = [actor.c.organization_id, actor.c.user_group]
        assignable = [column for column in actor.c if column.key.startswith("gives")]
        keys += assignable if flagged else []
        nulls = [] if flagged else [literal(None, Text).label(column.key) for column in assignable]
        no_ids = [literal(None, Uuid()).label(name) for name in ("id", "client_id")]
        users = select(*no_ids, *keys, *nulls, func.count().label("users"))
        return users.where(has_profile(actor, self.change.profiles)).group_by(*keys).subquery()

    def _of_these_by_personal_routes_there(self) -> Select[Any] | None:
        """Selects pairs that are counted above but have not moved: a personal route there leads to them."""
        there = [(self._there, route, None) for route in _personal(self.side.other_routes)]
        return self._each_once(there, lambda row, actor: and_(self._moving(row, actor), self._none_there(row, actor)))

    def _by_personal_routes(self) -> Select[Any] | None:
        here = [(self._here, route, self._rules(route)) for route in _personal(self.side.moving)]
        return self._each_once(here, self._not_counted_yet)

    def _not_counted_yet(self, row: FromClause, actor: FromClause) -> Condition:
        counted = self._moving(row, actor) if _common(self.side.moving) else false()
        return and_(not_(func.coalesce(counted, false())), self._not_there(self.side.other_routes, row, actor))

    def _each_once(
        self,
        paths: Sequence[tuple[Policy, Route, int | None]],
        where: Callable[[FromClause, FromClause], Condition],
    ) -> Select[Any] | None:
        """Selects the pairs of the personal routes `paths` on which `where` holds, once each, with the first rules.

        If the rules have no number, the pair gets those of the common route that moves it.
        """
        if not paths:
            return None
        by_flag: defaultdict[tuple[Policy, Route | None], list[Select[Any]]] = defaultdict(list)
        for policy, route, number in paths:
            without_flag, flag = split_flag(route)
            by_flag[policy, flag].append(self._pairs(policy, without_flag, number))
        parts = [self._filtered(union_all(*selects), policy, flag) for (policy, flag), selects in by_flag.items()]
        pair = union_all(*parts).subquery()
        pair = (
            select(pair.c.actor_key, pair.c.resource_id, func.min(pair.c.rules).label("rules"))
            .group_by(pair.c.actor_key, pair.c.resource_id)
            .subquery()
        )
        actor, row, source = self._rejoined(pair)
        first = pair.c.rules if paths[0][2] is not None else self._first(row, actor).label("rules")
        organization = row.c[organization_key(self.changed.model)].label("organization_id")
        ids = pair.c.actor_key, pair.c.resource_id
        columns = (*ids, first, organization, actor.c.user_group, _crosses(organization, actor))
        return select(*columns).select_from(source).where(where(row, actor))

    def _pairs(self, policy: Policy, route: Route, number: int | None) -> Select[Any]:
        pair = join_route(self.versions.actors, policy, route, self.change.profiles, self.changed.model)
        ids = pair.actor.c.key.label("actor_key"), pair.row.c.id.label("resource_id")
        return select(*ids, literal(number, Integer).label("rules")).select_from(pair.source).where(pair.where)

    def _filtered(self, union: CompoundSelect[Any], policy: Policy, flag: Route | None) -> Select[Any]:
        """Returns the pairs of `union` on which the flag holds."""
        pair = union.subquery()
        keys = pair.c.actor_key, pair.c.resource_id
        pair = select(*keys, func.min(pair.c.rules).label("rules")).group_by(*keys).subquery()
        if flag is None:
            return select(pair)
        actor, row, source = self._rejoined(pair)
        return select(pair).select_from(source).where(self._holds(policy, flag, row, actor))

    def _rejoined(self, pair: Any) -> tuple[FromClause, FromClause, FromClause]:
        """Returns the rows with the ids of `pair`: the actor, the resource, and the join to select them from."""
        actor, row = self.versions.actors.table.alias(), self.changed.model.__table__.alias()
        return actor, row, pair.join(actor, actor.c.key == pair.c.actor_key).join(row, row.c.id == pair.c.resource_id)

    def _summed(self, pairs: Select[Any], sign: int) -> Select[Any]:
        pair = pairs.subquery()
        keys = pair.c.rules, pair.c.organization_id, pair.c.user_group, pair.c.crosses
        number = literal(sign, Integer) * func.count()
        return select(self._direction(), *keys, number.label("pairs")).group_by(*keys)

    # Listing

    def listed(self) -> Iterator[Select[Any]]:
        """Yields statements for the pairs themselves."""
        if _common(self.side.moving):
            actor, row = self.versions.actors.table.alias(), self.changed.model.__table__.alias()
            yield (
                select(self._direction(), self._first(row, actor).label("rules"))
                .add_columns(actor.c.key.label("actor_key"), row.c.id.label("resource_id"))
                .select_from(actor.join(row, self._moving(row, actor)))
                .where(has_profile(actor, self.change.profiles), self._not_there(self.side.other_routes, row, actor))
            )
        if (personal := self._by_personal_routes()) is not None:
            pair = personal.subquery()
            yield select(self._direction(), pair.c.rules, pair.c.actor_key, pair.c.resource_id)

    # Shared parts

    @property
    def _here(self) -> Policy:
        return self.versions.of(self.direction)[0]

    @property
    def _there(self) -> Policy:
        return self.versions.of(self.direction)[1]

    def _direction(self) -> ColumnElement[str]:
        return literal(self.direction.value, Text).label("direction")

    def _rules(self, route: Route) -> int:
        return self.changed.rules(self.direction).index(route.sources)

    def _holds(self, policy: Policy, route: Route, row: FromClause, actor: FromClause) -> Condition:
        return condition(route, self.changed.model, row, self.versions.actors.columns(actor, policy))

    def _moving(self, row: FromClause, actor: FromClause) -> Condition:
        """Whether a common route that moves pairs leads from the actor to the row."""
        model, paths = self.changed.model, _common(self.side.moving)
        # Stated once outside the OR, it is a condition that PostgreSQL can join by.
        same_organization = row.c[organization_key(model)] == actor.c.organization_id
        confined = same_organization if all(route.confined(model) for route in paths) else true()
        return and_(
            confined, or_(*(self._holds(self._here, route, row, actor) for route in merge_routes(paths, model)))
        )

    def _none_there(self, row: FromClause, actor: FromClause) -> Condition:
        return self._not_there(_common(self.side.other_routes), row, actor)

    def _not_there(self, paths: Iterable[Route], row: FromClause, actor: FromClause) -> Condition:
        """Whether none of `paths`, routes of the version that denies, leads from the actor to the row."""
        conditions = (self._holds(self._there, route, row, actor) for route in merge_routes(paths, self.changed.model))
        return and_(true(), *(not_(func.coalesce(holds, false())) for holds in conditions))

    def _first(self, row: FromClause, actor: FromClause) -> ColumnElement[int]:
        """Returns the number of the rules of the first common route that moves the pair."""
        paths = sorted(_common(self.side.moving), key=self._rules)
        numbers = [literal(self._rules(route), Integer) for route in paths]
        if len(paths) == 1:
            return numbers[0]
        cases = [
            (self._holds(self._here, route, row, actor), number) for route, number in zip(paths, numbers, strict=True)
        ]
        return case(*cases)


def _crosses(organization: ColumnElement[Any], actor: FromClause) -> ColumnElement[bool]:
    """Whether a resource of `organization` is of another organization than the actor, or of none. Staff have none."""
    own = actor.c.organization_id
    return and_(own.is_not(None), organization.is_distinct_from(own)).label("crosses")


def _common(paths: Iterable[Route]) -> list[Route]:
    return [route for route in paths if not route.personal]


def _personal(paths: Iterable[Route]) -> list[Route]:
    return [route for route in paths if route.personal]
