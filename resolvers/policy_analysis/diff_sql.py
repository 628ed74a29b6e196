"""What an edit of the policy changes on live data: every (user, action, thing) that is gained or lost, counted in SQL.

A pair of user and thing moves where some route of the one version leads to it and none of the other. Routes fall into
two kinds. A *common* route is the same for all users of an organization with the same traits: its pairs are counted as
users times things, and never made. A *personal* route asks who the user is: its pairs are made by joins that begin at
what ties them, mostly grants. So, for each group of users with the same routes,

    moved by common routes    =  users × things that a common route here leads to and none there
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

from authz.policy import Policy
from authz.routes import Route, condition, merged, organization_key, split_flag
from resolvers.policy_analysis.actor_table import ActorTable, has_profile
from resolvers.policy_analysis.diff_plan import ActionChange, Direction, ProfileChange, RouteDelta
from resolvers.policy_analysis.route_joins import join_route

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class PolicyPair:
    """The two policies, and the actors in whose table both are known."""

    old: Policy
    new: Policy
    actors: ActorTable

    def of(self, direction: Direction) -> tuple[Policy, Policy]:
        """The version by which somebody may who moves in this direction, and the one by which they may not."""
        return (self.new, self.old) if direction is Direction.GAINED else (self.old, self.new)


def change_counts(versions: PolicyPair, changed: ActionChange) -> Select[Any]:
    """A statement for how many pairs moved: rows of direction, number of the rules (`ActionChange.rules`), the thing's
    organization, the user's group, and the count."""
    parts = [part for move in _moves(versions, changed) for part in move.counted()]
    counted = union_all(*parts).subquery()
    keys = counted.c.direction, counted.c.rules, counted.c.organization_id, counted.c.user_group
    total = func.sum(counted.c.pairs)
    return select(*keys, total.label("pairs")).group_by(*keys).having(total != literal(0, Integer))


def changed_pairs(versions: PolicyPair, changed: ActionChange, limit: int | None) -> Select[Any]:
    """A statement for the pairs that moved, `limit` of them for each direction, in no order: rows of direction, number
    of the rules, the actor's own id (`ActorTable`), and the id of the thing."""
    parts = []
    for direction in Direction:
        listed = [part for move in _moves(versions, changed) if move.direction is direction for part in move.listed()]
        if listed:
            found = union_all(*listed).subquery()
            parts.append(select(found).limit(limit).subquery())
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

    # What is counted

    def counted(self) -> Iterator[Select[Any]]:
        """Statements for how many there are; some give negative numbers."""
        if _common(self.side.moving):
            yield self._by_common_routes()
            if (not_moved := self._of_these_by_personal_routes_there()) is not None:
                yield self._summed(not_moved, -1)
        if (personal := self._by_personal_routes()) is not None:
            yield self._summed(personal, 1)

    def _by_common_routes(self) -> Select[Any]:
        """Users times things."""
        actor, row = self._crowds(), self.changed.model.__table__.alias()
        rules = self._first(row, actor).label("rules")
        keys = rules, row.c[organization_key(self.changed.model)].label("organization_id"), actor.c.user_group
        return (
            select(self._direction(), *keys, func.sum(actor.c.users).label("pairs"))
            .select_from(actor.join(row, self._moving(row, actor)))
            .where(self._none_there(row, actor))
            .group_by(*keys)
        )

    def _crowds(self) -> FromClause:
        """How many users there are of each organization and group, and, where it matters, of those who may give equal
        permissions."""
        actor = self.versions.actors.table.alias()
        flagged = any(route.assignable_scope for route in (*self.side.here, *self.side.there))
        keys = [actor.c.organization_id, actor.c.user_group]
        gives = [column for column in actor.c if column.key.startswith("gives")]
        keys += gives if flagged else []
        others = [] if flagged else [literal(None, Text).label(column.key) for column in gives]
        nobody = [literal(None, Uuid()).label(name) for name in ("id", "client_id")]
        who = select(*nobody, *keys, *others, func.count().label("users"))
        return who.where(has_profile(actor, self.change.profiles)).group_by(*keys).subquery()

    def _of_these_by_personal_routes_there(self) -> Select[Any] | None:
        """The pairs that a common route here and a personal one there lead to: counted above, and not moved."""
        there = [(self._there, route, None) for route in _personal(self.side.there)]
        return self._each_once(there, lambda row, actor: and_(self._moving(row, actor), self._none_there(row, actor)))

    def _by_personal_routes(self) -> Select[Any] | None:
        here = [(self._here, route, self._rules(route)) for route in _personal(self.side.moving)]
        return self._each_once(here, self._not_counted_yet)

    def _not_counted_yet(self, row: FromClause, actor: FromClause) -> Condition:
        counted = self._moving(row, actor) if _common(self.side.moving) else false()
        return and_(not_(func.coalesce(counted, false())), self._not_there(self.side.there, row, actor))

    def _each_once(
        self,
        ways: Sequence[tuple[Policy, Route, int | None]],
        where: Callable[[FromClause, FromClause], Condition],
    ) -> Select[Any] | None:
        """The pairs of the personal routes `ways` on which `where` holds, each for the first of its rules; where these
        have no number, for those of the common route that moves it."""
        if not ways:
            return None
        by_flag: defaultdict[tuple[Policy, Route | None], list[Select[Any]]] = defaultdict(list)
        for policy, way, number in ways:
            bare, flag = split_flag(way)
            by_flag[policy, flag].append(self._pairs(policy, bare, number))
        parts = [self._filtered(union_all(*found), policy, flag) for (policy, flag), found in by_flag.items()]
        pair = union_all(*parts).subquery()
        pair = (
            select(pair.c.actor_key, pair.c.thing_id, func.min(pair.c.rules).label("rules"))
            .group_by(pair.c.actor_key, pair.c.thing_id)
            .subquery()
        )
        actor, row, source = self._again(pair)
        first = pair.c.rules if ways[0][2] is not None else self._first(row, actor).label("rules")
        organization = row.c[organization_key(self.changed.model)].label("organization_id")
        ids = pair.c.actor_key, pair.c.thing_id
        return select(*ids, first, organization, actor.c.user_group).select_from(source).where(where(row, actor))

    def _pairs(self, policy: Policy, route: Route, number: int | None) -> Select[Any]:
        pair = join_route(self.versions.actors, policy, route, self.change.profiles, self.changed.model)
        ids = pair.actor.c.key.label("actor_key"), pair.row.c.id.label("thing_id")
        return select(*ids, literal(number, Integer).label("rules")).select_from(pair.source).where(pair.where)

    def _filtered(self, found: CompoundSelect[Any], policy: Policy, flag: Route | None) -> Select[Any]:
        """The pairs of `found` on which the flag holds."""
        pair = found.subquery()
        keys = pair.c.actor_key, pair.c.thing_id
        pair = select(*keys, func.min(pair.c.rules).label("rules")).group_by(*keys).subquery()
        if flag is None:
            return select(pair)
        actor, row, source = self._again(pair)
        return select(pair).select_from(source).where(self._holds(policy, flag, row, actor))

    def _again(self, pair: Any) -> tuple[FromClause, FromClause, FromClause]:
        """The rows of the ids of `pair`: the actor, the thing, and what to select them from."""
        actor, row = self.versions.actors.table.alias(), self.changed.model.__table__.alias()
        return actor, row, pair.join(actor, actor.c.key == pair.c.actor_key).join(row, row.c.id == pair.c.thing_id)

    def _summed(self, pairs_: Select[Any], sign: int) -> Select[Any]:
        pair = pairs_.subquery()
        keys = pair.c.rules, pair.c.organization_id, pair.c.user_group
        number = literal(sign, Integer) * func.count()
        return select(self._direction(), *keys, number.label("pairs")).group_by(*keys)

    # What is listed

    def listed(self) -> Iterator[Select[Any]]:
        """Statements for the pairs themselves."""
        if _common(self.side.moving):
            actor, row = self.versions.actors.table.alias(), self.changed.model.__table__.alias()
            yield (
                select(self._direction(), self._first(row, actor).label("rules"))
                .add_columns(actor.c.key.label("actor_key"), row.c.id.label("thing_id"))
                .select_from(actor.join(row, self._moving(row, actor)))
                .where(has_profile(actor, self.change.profiles), self._not_there(self.side.there, row, actor))
            )
        if (personal := self._by_personal_routes()) is not None:
            pair = personal.subquery()
            yield select(self._direction(), pair.c.rules, pair.c.actor_key, pair.c.thing_id)

    # What both are made of

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
        """Whether some common route that moves pairs leads from the actor to the row."""
        model, ways = self.changed.model, _common(self.side.moving)
        # Said once for all of them, it is what PostgreSQL can join by.
        own = row.c[organization_key(model)] == actor.c.organization_id
        confined = own if all(route.confined(model) for route in ways) else true()
        return and_(confined, or_(*(self._holds(self._here, route, row, actor) for route in merged(ways, model))))

    def _none_there(self, row: FromClause, actor: FromClause) -> Condition:
        return self._not_there(_common(self.side.there), row, actor)

    def _not_there(self, ways: Iterable[Route], row: FromClause, actor: FromClause) -> Condition:
        """Whether none of `ways`, routes of the version by which they may not, leads from the actor to the row."""
        some = (self._holds(self._there, route, row, actor) for route in merged(ways, self.changed.model))
        return and_(true(), *(not_(func.coalesce(holds, false())) for holds in some))

    def _first(self, row: FromClause, actor: FromClause) -> ColumnElement[int]:
        """The number of the rules of the first common route that moves the pair."""
        ways = sorted(_common(self.side.moving), key=self._rules)
        numbers = [literal(self._rules(route), Integer) for route in ways]
        if len(ways) == 1:
            return numbers[0]
        cases = [
            (self._holds(self._here, route, row, actor), number) for route, number in zip(ways, numbers, strict=True)
        ]
        return case(*cases)


def _common(ways: Iterable[Route]) -> list[Route]:
    return [route for route in ways if not route.personal]


def _personal(ways: Iterable[Route]) -> list[Route]:
    return [route for route in ways if route.personal]
