"""Builds the two statements of `who_can`, for the routes of all actors who may perform an action.

They depend on the routes, not on the users: which profiles have which route, the resource and the page are parameters.
So a statement is built once, and fits until somebody gets traits that lead to another route.

The flag `within_reach_of_actor` is by far the longest condition, and the same for all routes of an actor. So each
statement contains it once for each scope of what actors may assign, instead of once for each route.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
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
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from authz.access import Access
from authz.model.actions import VIEW
from authz.policy import Policy
from authz.routes import Route, split_flag
from models import Base, User, is_of
from resolvers.distinct_union import distinct_union
from resolvers.policy_analysis.actor_table import ActorTable, TraitProfile, actor_table, group_by_route
from resolvers.policy_analysis.resource_lookup import organization_name
from resolvers.policy_analysis.route_joins import RouteJoin, join_route
from resolvers.policy_analysis.row_labels import row_label
from resolvers.query import cursor

ORDER: Final = "email"
"""The order of the users on a page."""

BYTES_PER_PROFILE: Final = 1_000


@dataclass(frozen=True, slots=True)
class RoutePart:
    """What several routes have in common: `route` without sources and without the flag, which they require besides if
    `flagged`. `number` is its place in `SubjectRoutes.parts`."""

    number: int
    route: Route
    flagged: bool


class SubjectRoutes:
    """The routes by which actors may perform an action on rows of `model`, with the numbers of their profiles.

    `parts` are their conditions, each once, and `flags` are the scopes of the flag, each as a route with nothing else.
    """

    def __init__(self, model: type[Base], routes: Mapping[Route, Sequence[int]]) -> None:
        self.model = model
        self.routes = routes
        numbers: defaultdict[tuple[Route, bool], set[int]] = defaultdict(set)
        scopes: defaultdict[Route, set[int]] = defaultdict(set)
        keys = {}
        for route, profiles in routes.items():
            rest, flag = split_flag(replace(route, sources=()))
            keys[route] = rest, flag is not None
            numbers[keys[route]].update(profiles)
            if flag is not None:
                scopes[flag].update(profiles)
        self.parts = tuple(RoutePart(number, *key) for number, key in enumerate(numbers))
        self.flags = tuple(scopes)
        places = {key: number for number, key in enumerate(numbers)}
        self.part_of = {route: places[key] for route, key in keys.items()}
        self.parameters: dict[str, list[int]] = {
            **{_part(number): sorted(profiles) for number, profiles in enumerate(numbers.values())},
            **{_scope(number): sorted(profiles) for number, profiles in enumerate(scopes.values())},
        }

    @cached_property
    def shape(self) -> "Shape":
        """What a statement about these routes depends on."""
        return Shape((self.model, self.parts, self.flags))


class Shape:
    """A key of which the hash is computed once: that of a predicate takes long."""

    def __init__(self, value: tuple[Any, ...]) -> None:
        self._value, self._hash = value, hash(value)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and (self is other or self._value == other._value)


def subject_routes(
    policy: Policy, profiles: Iterable[TraitProfile], action: str, model: type[Base]
) -> tuple[SubjectRoutes, int]:
    """Returns the routes of the profiles, and their size in bytes."""
    profiles = list(profiles)
    result = SubjectRoutes(model, group_by_route(policy, profiles, action, model))
    hash(result.shape)  # computes it in this thread
    return result, BYTES_PER_PROFILE * len(profiles)


@dataclass(frozen=True, slots=True)
class SubjectStatements:
    """Builds the statements for `routes` of `policy`. `organization` limits the actors as in `actor_table`; its value
    is a parameter too."""

    policy: Policy
    routes: SubjectRoutes
    organization: UUID | None

    def page(self, access: Access | None, *, continued: bool) -> Select[Any]:
        """Selects the users of a page and one more, each with the total; an empty page is one row without a user.

        With `access`, only users visible to it; if `continued`, only those after `:after_email`.
        """
        actors = self._actors()
        ids = _visible(self._subject_ids(actors), access).cte("subjects")
        user, actor = User.__table__.alias(), actors.table
        page = (
            select(user.c.id, user.c.email, organization_name(user.c.tenant_id).label("organization"))
            .add_columns(actor.c.profile, cursor.encode(ORDER, user.c.email, user.c.id).label("cursor"))
            .select_from(user.join(ids, ids.c.id == user.c.id).join(actor, actor.c.id == user.c.id))
            .where(user.c.email > bindparam("after_email", type_=Text()) if continued else true())
            .order_by(user.c.email)
            .limit(bindparam("rows", type_=BigInteger()))
            .subquery()
        )
        counted = select(func.count().label("total")).select_from(ids).subquery()
        return select(counted.c.total, page).select_from(counted.outerjoin(page, true())).order_by(page.c.email)

    def paths(self) -> Any:
        """Selects, for each part of a route that leads a user of `:page_ids` to the resource, its number, the user, and
        labels of the rows that link the two. If there are several such rows, the first in alphabetical order."""
        actors = self._actors()
        reaching = self._reaching(actors, _is_on_page)
        return union_all(*(self._labels(actors, part, reaching) for part in self.routes.parts))

    def _actors(self) -> ActorTable:
        return actor_table([], [self.policy], self.organization)

    def _subject_ids(self, actors: ActorTable) -> FromClause:
        parts = [(part, self._pairs(actors, part.route, _part(part.number))) for part in self.routes.parts]
        selects = [(part, select(pair.actor.c.id).select_from(pair.source).where(pair.where)) for part, pair in parts]
        ids = [statement for part, statement in selects if not part.flagged]
        flagged = [statement for part, statement in selects if part.flagged]
        if flagged:
            candidates = distinct_union(flagged).cte("candidates")
            reaching = self._reaching(actors, lambda actor: actor.c.id.in_(select(candidates.c.id)))
            assert reaching is not None
            ids.append(select(reaching.c.id))
        return distinct_union(ids).subquery()

    def _reaching(self, actors: ActorTable, among: Any) -> FromClause | None:
        """The actors for whom the flag holds, of those of `among`. None if no route has the flag."""
        selects = []
        for number, flag in enumerate(self.routes.flags):
            pair = self._pairs(actors, flag, _scope(number))
            selects.append(select(pair.actor.c.id).select_from(pair.source).where(among(pair.actor), pair.where))
        return union_all(*selects).cte("reaching") if selects else None

    def _labels(self, actors: ActorTable, part: RoutePart, reaching: FromClause | None) -> Select[Any]:
        pair = self._pairs(actors, part.route, _part(part.number), join_all=True)
        labels = [row_label(model, table, pair.actor, self._own()) for model, table in pair.ties]
        rows: Any = array([label.text for label in labels], type_=Text)
        reaches = pair.actor.c.id.in_(select(reaching.c.id)) if part.flagged and reaching is not None else true()
        return (
            select(literal(part.number, Integer).label("part"), pair.actor.c.id, func.min(rows).label("rows"))
            .select_from(pair.source)
            .where(_is_on_page(pair.actor), reaches, pair.where)
            .group_by(pair.actor.c.id)
        )

    def _pairs(self, actors: ActorTable, route: Route, profiles: str, *, join_all: bool = False) -> RouteJoin:
        numbers = bindparam(profiles, type_=ARRAY(Integer()))
        pairs = join_route(actors, self.policy, route, numbers, self.routes.model, join_all=join_all)
        is_resource = pairs.row.c.id == bindparam("resource_id", type_=Uuid())
        return replace(pairs, where=and_(pairs.where, is_resource, self._within(pairs.row)))

    def _within(self, row: FromClause) -> ColumnElement[bool]:
        """That the row is of the organization, if there is one: then all of them are."""
        own = self._own()
        return true() if own is None else is_of(row, own)

    def _own(self) -> ColumnElement[UUID] | None:
        if self.organization is None:
            return None
        return bindparam("of_organization", type_=Uuid(), unique=False)


def _part(number: int) -> str:
    return f"part_{number}"


def _scope(number: int) -> str:
    return f"scope_{number}"


def _is_on_page(actor: FromClause) -> ColumnElement[bool]:
    is_on_page: ColumnElement[bool] = actor.c.id == any_(bindparam("page_ids", type_=ARRAY(Uuid())))
    return is_on_page


def _visible(subjects: FromClause, access: Access | None) -> Select[tuple[UUID]]:
    """Selects the users that are visible to `access`; None shows all."""
    if access is None:
        return select(subjects.c.id)
    user = User.__table__.alias()
    visible = select(subjects.c.id).select_from(subjects.join(user, user.c.id == subjects.c.id))
    return visible.where(access.may(VIEW, User, user))
