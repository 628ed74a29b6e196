"""Builds the SELECTs of the accounts that active users of an organization can access, and why, one for each route.

A route that gives access to all accounts of the user's organization yields one row for each user
(`ALL_CONTRACT_ACCOUNTS`). Any other route yields one row for each user and account, except for users who already have
access to all accounts.
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from authz.actor import Identity
from authz.model.actions import VIEW
from authz.model.resources import organization_key
from authz.policy import Policy
from authz.predicates.nodes import Compare, Operator
from authz.predicates.simplify import implies
from authz.routes import Route, traits_by_route
from models import GRANTS, NO_EXPIRY, AccessKind, AccessReasonKind, Base, ContractAccount, DeliveryAccount
from resolvers.mutations.access_reviews.reasons import reason, row_conditions, trait_conditions
from resolvers.policy_analysis.actor_table import ActorTable, TraitProfile, group_by_route
from resolvers.policy_analysis.route_joins import join_route
from resolvers.policy_analysis.row_labels import RowLabel, row_label

ACCESS_KINDS: Final[Mapping[type[Base], tuple[AccessKind, AccessKind]]] = {
    ContractAccount: (AccessKind.CONTRACT_ACCOUNT, AccessKind.ALL_CONTRACT_ACCOUNTS),
    DeliveryAccount: (AccessKind.DELIVERY_ACCOUNT, AccessKind.ALL_DELIVERY_ACCOUNTS),
}
"""The kind of access to one account of a type, and to all accounts of the type."""


@dataclass(frozen=True, slots=True)
class OrganizationActors:
    """The active users of an organization: their trait profiles by number, and the table of their actors."""

    organization_id: UUID
    policy: Policy
    profiles: Mapping[int, TraitProfile]
    actors: ActorTable


def effective_access(organization: OrganizationActors) -> Iterator[Select[Any]]:
    """Yields the SELECTs, with the columns `user_id`, `kind`, `thing_id`, `name`, `ends_at`, `why`, `rules`,
    `reason`."""
    for model, (single_kind, all_kind) in ACCESS_KINDS.items():
        routes = group_by_route(organization.policy, organization.profiles.values(), VIEW, model)
        unlimited = {
            number for route, numbers in routes.items() if _allows_all_accounts(route, model) for number in numbers
        }
        for route, numbers in routes.items():
            if _allows_all_accounts(route, model):
                yield _select_all_accounts(organization, model, route, numbers, all_kind)
            elif limited := [number for number in numbers if number not in unlimited]:
                yield _select_single_accounts(organization, model, route, limited, single_kind)


def _allows_all_accounts(route: Route, model: type[Base]) -> bool:
    return implies(Compare((organization_key(model),), Operator.EQUAL, Identity.ORGANIZATION_ID), route.where)


def _select_all_accounts(
    organization: OrganizationActors, model: type[Base], route: Route, numbers: Sequence[int], kind: AccessKind
) -> Select[Any]:
    actor, traits = organization.actors.table.alias(), _required_traits(organization, model, route, numbers)
    return select(
        actor.c.id.label("user_id"),
        literal(kind.value, Text).label("kind"),
        cast(null(), Uuid).label("thing_id"),
        cast(null(), Text).label("name"),
        NO_EXPIRY.label("ends_at"),
        traits.c.names.label("why"),
        _rules(route),
        reason(AccessReasonKind.POLICY, cast(traits.c.conditions, JSONB)).label("reason"),
    ).select_from(actor.join(traits, traits.c.number == actor.c.profile))


def _select_single_accounts(
    organization: OrganizationActors, model: type[Base], route: Route, numbers: Sequence[int], kind: AccessKind
) -> Select[Any]:
    own = literal(organization.organization_id, Uuid())
    pair = join_route(organization.actors, organization.policy, route, numbers, model, join_all=True)
    labels = [row_label(of, table, pair.actor, own) for of, table in pair.ties]
    rows: Any = array([part for label in labels for part in _parts(label)], type_=Text)
    accounts = (
        select(pair.actor.c.id, pair.actor.c.profile, pair.row.c.id.label("thing_id"))
        .add_columns(func.min(pair.row.c.name).label("name"), func.min(rows).label("rows"))
        .add_columns(func.max(_end(pair.ties)).label("ends_at"))
        .select_from(pair.source)
        .where(pair.where, pair.row.c.organization_id == own)
        .group_by(pair.actor.c.id, pair.actor.c.profile, pair.row.c.id)
        .subquery()
    )
    traits = _required_traits(organization, model, route, numbers)
    through = _labels_of(labels, accounts.c.rows)
    return select(
        accounts.c.id.label("user_id"),
        literal(kind.value, Text).label("kind"),
        accounts.c.thing_id,
        accounts.c.name,
        accounts.c.ends_at,
        func.concat_ws(", ", *(label.text for label in through), func.nullif(traits.c.names, ""), type_=Text).label(
            "why"
        ),
        _rules(route),
        reason(
            AccessReasonKind.POLICY,
            row_conditions((of, label) for (of, _), label in zip(pair.ties, through, strict=True)),
            cast(traits.c.conditions, JSONB),
        ).label("reason"),
    ).select_from(accounts.join(traits, traits.c.number == accounts.c.profile))


def _parts(label: RowLabel) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Returns the parts of a label that differ from row to row."""
    return label.name, literal("", Text) if label.holder is None else label.holder


def _labels_of(labels: Sequence[RowLabel], parts: ColumnElement[Any]) -> list[RowLabel]:
    """Returns the labels of the rows that the array `parts` is of."""
    return [
        RowLabel(label.noun, parts[2 * place + 1], None if label.holder is None else parts[2 * place + 2])
        for place, label in enumerate(labels)
    ]


def _end(ties: Sequence[tuple[type[Base], FromClause]]) -> ColumnElement[Any]:
    """When the access ends: with the first grant of the route to end."""
    ends = [table.c.ends_at for model, table in ties if model in GRANTS]
    return func.coalesce(func.least(*ends), NO_EXPIRY, type_=DateTime(timezone=True)) if ends else NO_EXPIRY


def _required_traits(organization: OrganizationActors, model: type[Base], route: Route, numbers: Sequence[int]) -> Any:
    """For each profile, the names of its traits that the route requires, and the JSON text of the conditions."""
    policy = organization.policy
    required = [traits_by_route(policy, organization.profiles[number].traits, VIEW, model)[route] for number in numbers]
    names, conditions = [", ".join(map(str, traits)) for traits in required], [*map(trait_conditions, required)]
    lists = literal(list(numbers), ARRAY(Integer)), literal(names, ARRAY(Text)), literal(conditions, ARRAY(Text))
    columns = column("number", Integer), column("names", Text), column("conditions", Text)
    return func.unnest(*lists).table_valued(*columns).render_derived()


def _rules(route: Route) -> ColumnElement[str]:
    return literal(", ".join(map(str, route.sources)), Text).label("rules")
