"""Which accounts the active users of an organization reach by the policy, and through what: a SELECT for each route.

A route that leads users to all accounts of their organization, whoever they are, is one row for each of them
(`ALL_CONTRACT_ACCOUNTS`), and says nothing of single accounts; another gives a row for each account. Who has the one
has no rows of the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    cast,
    column,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from authz.model.resources import VIEW
from authz.policy import Policy
from authz.predicates.nodes import Compare, Identity, Operator
from authz.predicates.simplify import implies
from authz.routes import Route, organization_key, required_traits
from models import GRANTS, NO_EXPIRY, AccessKind, Base, ContractAccount, DeliveryAccount
from resolvers.policy_analysis.actor_table import ActorTable, TraitProfile, group_by_route
from resolvers.policy_analysis.route_joins import join_route
from resolvers.policy_analysis.row_labels import label_row

KINDS: Final[Mapping[type[Base], tuple[AccessKind, AccessKind]]] = {
    ContractAccount: (AccessKind.CONTRACT_ACCOUNT, AccessKind.ALL_CONTRACT_ACCOUNTS),
    DeliveryAccount: (AccessKind.DELIVERY_ACCOUNT, AccessKind.ALL_DELIVERY_ACCOUNTS),
}
"""What one account of a type is called, and what all of them are."""


@dataclass(frozen=True, slots=True)
class OrganizationActors:
    """All who may act in an organization: their profiles by number, and the table of them."""

    organization_id: UUID
    policy: Policy
    profiles: Mapping[int, TraitProfile]
    actors: ActorTable


def effective_access(everybody: OrganizationActors) -> Iterator[Select[Any]]:
    """The SELECTs, with the columns `user_id`, `kind`, `thing_id`, `name`, `ends_at`, `why`, `rules`."""
    for model, (one, all_) in KINDS.items():
        found = group_by_route(everybody.policy, everybody.profiles.values(), VIEW, model)
        complete = {number for route, numbers in found.items() if _leads_everywhere(route, model) for number in numbers}
        for route, numbers in found.items():
            if _leads_everywhere(route, model):
                yield _all(everybody, model, route, numbers, all_)
            elif some := [number for number in numbers if number not in complete]:
                yield _each(everybody, model, route, some, one)


def _leads_everywhere(route: Route, model: type[Base]) -> bool:
    return implies(Compare((organization_key(model),), Operator.EQUAL, Identity.ORGANIZATION_ID), route.where)


def _all(
    everybody: OrganizationActors, model: type[Base], route: Route, numbers: Sequence[int], kind: AccessKind
) -> Select[Any]:
    actor, said = everybody.actors.table.alias(), _words(everybody, model, route, numbers)
    return select(
        actor.c.id.label("user_id"),
        literal(kind.value, Text).label("kind"),
        cast(null(), Uuid).label("thing_id"),
        cast(null(), Text).label("name"),
        NO_EXPIRY.label("ends_at"),
        said.c.words.label("why"),
        _rules(route),
    ).select_from(actor.join(said, said.c.number == actor.c.profile))


def _each(
    everybody: OrganizationActors, model: type[Base], route: Route, numbers: Sequence[int], kind: AccessKind
) -> Select[Any]:
    pair = join_route(everybody.actors, everybody.policy, route, numbers, model, every=True)
    rows: Any = array([label_row(of, table, pair.actor) for of, table in pair.ties], type_=Text)
    found = (
        select(pair.actor.c.id, pair.actor.c.profile, pair.row.c.id.label("thing_id"))
        .add_columns(func.min(pair.row.c.name).label("name"), func.min(rows).label("rows"))
        .add_columns(func.max(_end(pair.ties)).label("ends_at"))
        .select_from(pair.source)
        .where(pair.where, pair.row.c.organization_id == literal(everybody.organization_id, Uuid()))
        .group_by(pair.actor.c.id, pair.actor.c.profile, pair.row.c.id)
        .subquery()
    )
    said = _words(everybody, model, route, numbers)
    through = func.nullif(func.array_to_string(found.c.rows, ", "), "")
    return select(
        found.c.id.label("user_id"),
        literal(kind.value, Text).label("kind"),
        found.c.thing_id,
        found.c.name,
        found.c.ends_at,
        func.concat_ws(", ", through, func.nullif(said.c.words, ""), type_=Text).label("why"),
        _rules(route),
    ).select_from(found.join(said, said.c.number == found.c.profile))


def _end(ties: Sequence[tuple[type[Base], FromClause]]) -> ColumnElement[Any]:
    """When the way ends: with the first of the grants that it goes over."""
    ends = [table.c.ends_at for model, table in ties if model in GRANTS]
    return func.coalesce(func.least(*ends), NO_EXPIRY, type_=DateTime(timezone=True)) if ends else NO_EXPIRY


def _words(everybody: OrganizationActors, model: type[Base], route: Route, numbers: Sequence[int]) -> Any:
    """For each of the profiles, what its users have that opens the route."""
    policy = everybody.policy
    words = [
        ", ".join(required_traits(policy, everybody.profiles[number].traits, route, VIEW, model)) for number in numbers
    ]
    lists = literal(list(numbers), ARRAY(Integer)), literal(words, ARRAY(Text))
    return func.unnest(*lists).table_valued(column("number", Integer), column("words", Text)).render_derived()


def _rules(route: Route) -> ColumnElement[str]:
    return literal(", ".join(map(str, route.sources)), Text).label("rules")
