"""What nobody could manage any longer if a user left: accounts that nobody else may assign, users whom nobody else may
update.

Each of the many rows that the user who leaves may manage looks for another manager, and stops at the first. A row that
has none is compared with all, so that the number of comparisons is that of the rows times that of the managers. Four
steps make them few:

    own_…         (row_id, name, key)    what the user who leaves may manage
    candidates_…  (row_id, …, profiles)  for users: the profiles of managers who may assign their permissions, audience
                                         and flags, found out once for all users in whom these are the same
    rest_…        (row_id, …)            those that nobody may manage whom their traits alone let: of all managers with
                                         the same profile, a representative is asked
    SELECT … FROM (SELECT … FROM rest_… ORDER BY key LIMIT …) WHERE NOT EXISTS (<a manager>)

The last one is bounded by `MAX_COMPARED`: with more rows and managers, those that come first in the list are searched
for, and `is_complete` is false.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from authz.policy import Policy
from authz.predicates.border import same_organization
from authz.routes import Route, traits_condition
from authz.within_reach.sql import traits_signature
from models import Base, User
from resolvers.policy_analysis.actor_table import ActorTable, has_profile
from resolvers.policy_analysis.resource_lookup import NAME_COLUMNS, name_of
from resolvers.policy_analysis.route_joins import RouteJoin
from resolvers.query.json_sql import int_literal
from resolvers.simulations.changes import CHANGED_ID, UserLeaving, after
from resolvers.simulations.pair_routes import (
    ACTS,
    MANAGING,
    MANAGING_PROFILES,
    ActRoute,
    PairRoutes,
    Pairs,
    profiles_of,
)

MAX_COMPARED: Final = 500_000
"""So many pairs of a row and a manager are compared for each act, at most: of 2,000 rows with 250 managers each."""


@dataclass(frozen=True)
class Unmanaged:
    """Selects the rows for a user who leaves. `actors` are all users, `is_visible` the condition on rows that may be
    shown."""

    policy: Policy
    change: UserLeaving
    routes: PairRoutes
    actors: ActorTable
    is_visible: Callable[[type[Base], FromClause], ColumnElement[bool]]

    def select(self) -> Iterator[Select[Any]]:
        """The rows that nobody else may manage, as far as they are searched for: `act`, `row_id`, `name` and `key`."""
        for act in MANAGING:
            rest = self._rest[act]
            row = select(rest).order_by(rest.c.key.collate("C"), rest.c.row_id).limit(self._searched).subquery()
            parts = [part for part in self._parts(act) if part.personal]
            somebody = self._managers.some(parts, row.c.row_id, partial(self._is_candidate, row))
            columns = int_literal(act).label("act"), row.c.row_id, row.c.name, row.c.key
            yield after(self.change, select(*columns).where(not_(or_(false(), *somebody))))

    def is_complete(self) -> ColumnElement[bool]:
        """Whether all rows are searched for."""
        counts = (select(func.count()).select_from(rest).scalar_subquery() for rest in self._rest.values())
        return and_(*(count <= self._searched for count in counts))

    @cached_property
    def _searched(self) -> ColumnElement[int]:
        """How many rows are searched for of each act: fewer if each has to be compared with more managers."""
        manager = self._managers.actors.table
        number = func.greatest(func.count(), int_literal(1))
        return (
            select(int_literal(MAX_COMPARED).op("/", return_type=BigInteger())(number))
            .select_from(manager)
            .scalar_subquery()
        )

    @cached_property
    def _rest(self) -> dict[int, CTE]:
        """Per act of `MANAGING`, the rows that no representative may manage."""
        rest = {}
        for act in MANAGING:
            row = self._candidates(act)
            parts = [part for part in self._parts(act) if not part.personal]
            anybody = self._representatives.some(parts, row.c.row_id, partial(self._is_candidate, row))
            rest[act] = _kept(after(self.change, select(row).where(not_(or_(false(), *anybody)))), f"rest_{act}")
        return rest

    def _own(self, act: int) -> CTE:
        """The rows on which the user who leaves may perform the act: `row_id`, `name` and `key`."""
        model, pairs = ACTS[act][0], self._managers.select(self._parts(act), self._is_own).subquery()
        row = model.__table__.alias()
        name, key = name_columns(model, row)
        found = select(row.c.id.label("row_id"), name, key).where(row.c.id.in_(select(pairs.c.row_id)))
        return _kept(found, f"own_{act}")

    def _is_own(self, join: RouteJoin) -> ColumnElement[bool]:
        is_leaving = join.actor.c.id == self.change.leaving
        return and_(is_leaving, join.row.c.id != CHANGED_ID, self.is_visible(join.model, join.row))

    def _parts(self, act: int) -> list[ActRoute]:
        return [part for part in self.routes.parts if part.act == act]

    # Who could manage them

    @cached_property
    def _managers(self) -> Pairs:
        """The pairs of the few users who may perform any act of `MANAGING`."""
        actor = self.actors.table
        profiles = bindparam(MANAGING_PROFILES, type_=ARRAY(Integer()))
        return self._pairs(select(actor).where(has_profile(actor, profiles)).cte("managers"))

    @cached_property
    def _representatives(self) -> Pairs:
        """The same, of one user for each profile."""
        manager = self._managers.actors.table
        staying = select(manager).where(manager.c.id != self.change.leaving).ext(distinct_on(manager.c.profile))
        return self._pairs(staying.order_by(manager.c.profile, manager.c.id).cte("representatives"))

    def _pairs(self, actors: CTE) -> Pairs:
        return Pairs(self.policy, ActorTable(actors.prefix_with("MATERIALIZED"), self.actors.policies))

    def _is_candidate(self, row: FromClause, actor: FromClause) -> ColumnElement[bool]:
        stays = actor.c.id != self.change.leaving
        return and_(actor.c.profile == any_(row.c.profiles), stays) if "profiles" in row.c else stays

    def _candidates(self, act: int) -> CTE:
        """The rows of `_own`, users with the profiles that may manage any of their traits."""
        own = self._own(act)
        return self._with_profiles(act, own) if ACTS[act][0] is User else own

    def _with_profiles(self, act: int, own: CTE) -> CTE:
        user, row, manager = (*(User.__table__.alias() for _ in range(2)), self._representatives.actors.table.alias())
        signature = traits_signature(user, partial(same_organization, of=user, organization=None)).label("signature")
        signed = _kept(select(own, signature).join_from(own, user, user.c.id == own.c.row_id), f"signed_{act}")
        example = select(signed.c.signature, signed.c.row_id).ext(distinct_on(signed.c.signature)).subquery()
        profiles = func.array_agg(manager.c.profile, type_=ARRAY(Integer)).label("profiles")
        found = (
            select(example.c.signature, profiles)
            .select_from(example.join(row, row.c.id == example.c.row_id).join(manager, true()))
            .where(self._suffices(act, manager, row))
            .group_by(example.c.signature)
            .subquery()
        )
        joined = signed.outerjoin(found, found.c.signature == signed.c.signature)
        return _kept(
            select(*(signed.c[column.name] for column in own.c), found.c.profiles).select_from(joined),
            f"candidates_{act}",
        )

    def _suffices(self, act: int, manager: FromClause, row: FromClause) -> ColumnElement[bool]:
        """Whether the manager has a route that could lead to users with the signature of this one."""
        columns = self._managers.actors.columns(manager, self.policy)
        by_flag: defaultdict[Route | None, list[ColumnElement[bool]]] = defaultdict(list)
        for part in self._parts(act):
            by_flag[part.flag].append(has_profile(manager, profiles_of(part.number)))
        suffice = (
            and_(or_(*have_route), true() if flag is None else traits_condition(flag, row, columns))
            for flag, have_route in by_flag.items()
        )
        return or_(false(), *suffice)


def _kept(rows: Select[Any], name: str) -> CTE:
    """The rows as a CTE that PostgreSQL computes once."""
    cte: CTE = rows.cte(name).prefix_with("MATERIALIZED")
    return cte


def name_columns(model: type[Base], row: FromClause) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """The name of a row, and the key by which it is ordered: `name` and `key`."""
    name = cast(name_of(model, row), Text).label("name")
    return name, cast(row.c[NAME_COLUMNS.get(model, "name_key")], Text).label("key")
