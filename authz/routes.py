"""Compiles decisions for many actors at once: the actor's identity is columns of a row instead of parameters.

Traits are folded into compiled predicates, so users are grouped by traits. `routes` returns the routes by which actors
with given traits may perform an action; equal routes of several traits are one condition on the actor's row and the
resource's:

    allow(actor: Member, "view", service: Service) if …
    ->  Route(organization_id = actor.organization_id and some contract_account.grants (user_id = actor.id), rules)
    ->  service.organization_id = actor.organization_id AND grant.user_id = actor.id
            AND grant.contract_account_id = service.contract_account_id                  with the table `grant` joined

A route without the actor's id is the same for all actors of one organization, so its pairs are counted, not listed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any as Anything

from sqlalchemy import ColumnElement, FromClause, true

from authz.actor import ActorKind, Identity, Traits
from authz.assignable import Assignable, assignable
from authz.language.ast import Source
from authz.model.actor_attributes import TRAITS
from authz.model.resources import ResourceFlag, organization_key
from authz.policy import Policy
from authz.predicates.border import same_organization
from authz.predicates.nodes import FALSE, All, Any, Compare, Flag, Leaf, Operator, Predicate, any_leaf
from authz.predicates.simplify import implies, simplify
from authz.predicates.sql import Condition, Identities, Joins, expression, joined_expression
from authz.within_reach.sql import traits_within_reach, within_reach
from models import Audience, Base, ContractAccount, DeliveryAccount, Permission

_ACCOUNTS: tuple[type[Base], ...] = (ContractAccount, DeliveryAccount)
_OWN_FLAG = Flag((ResourceFlag.WITHIN_REACH_OF_ACTOR,))


@dataclass(frozen=True, slots=True)
class AssignableScope:
    """What the flag `within_reach_of_actor` means for some actors: what they may assign apart from permissions, and
    which contract accounts and delivery accounts."""

    assignable: Assignable
    assign_decisions: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One way in which actors with some traits are allowed an action, and the rules that it came through, outermost
    first. `assignable_scope` is None if `where` contains no flag."""

    where: Predicate
    sources: tuple[Source, ...]
    assignable_scope: AssignableScope | None

    @property
    def effect(self) -> tuple[Predicate, AssignableScope | None]:
        """The condition of the route, without the position of its rules in the file."""
        return self.where, self.assignable_scope

    @property
    def personal(self) -> bool:
        """Whether the route depends on the actor's id, not only on their organization and traits."""
        predicates = self.assignable_scope.assign_decisions if self.assignable_scope else ()
        return any(any_leaf(predicate, _uses_actor_id) for predicate in (self.where, *predicates))

    def confined(self, model: type[Base]) -> bool:
        """Whether the route leads only to rows of the actor's own organization.

        False if the predicate's form doesn't show it.
        """
        same_organization = Compare((organization_key(model),), Operator.EQUAL, Identity.ORGANIZATION_ID)
        return implies(self.where, same_organization)

    def covered_by(self, other: "Route") -> bool:
        """Whether `other` leads to every row that this route does.

        False if the form of the predicates doesn't show it.
        """
        return other.assignable_scope in (None, self.assignable_scope) and implies(self.where, other.where)


@dataclass(frozen=True, slots=True)
class ActorColumns:
    """The columns of an actor's row. `permissions` are those that the actor may assign, as an array of text.

    For an API client, `id` is the owner's; for a user, `client_id` is null.
    """

    id: ColumnElement[object]
    organization_id: ColumnElement[object]
    permissions: ColumnElement[list[str]]
    client_id: ColumnElement[object]

    def identity(self) -> Identities:
        """Returns the columns that replace the parameters."""
        return {
            Identity.ID: self.id,
            Identity.ORGANIZATION_ID: self.organization_id,
            Identity.CLIENT_ID: self.client_id,
        }


@dataclass(frozen=True, slots=True)
class RequiredTrait:
    """A trait without which an actor would not have a route: `permission`, `audience` or `staff`, with the `value`, or
    the name of a boolean trait, which is to be as `holds` says."""

    name: str
    value: str | None = None
    holds: bool = True

    def __str__(self) -> str:
        """Returns its label: `permission BILLING_VIEW`, `not all contract accounts`."""
        words = "" if self.holds else "not ", self.name.replace("_", " "), f" {self.value}" if self.value else ""
        return "".join(words)


STAFF = RequiredTrait("staff")


def routes(policy: Policy, traits: Traits, action: str, model: type[Base]) -> tuple[Route, ...]:
    """Returns the routes by which actors with `traits` may perform `action` on rows of `model`, in policy order.

    Kept with the policy; the first call takes milliseconds. Raises KeyError for an unknown type, and ValueError for an
    unknown action.
    """
    key = "routes", traits, str(action), model
    kept: tuple[Route, ...] | None = policy.kept.get(key)
    if kept is None:
        kept = policy.kept.put(key, _find_routes(policy, traits, action, model))
    return kept


def _find_routes(policy: Policy, traits: Traits, action: str, model: type[Base]) -> tuple[Route, ...]:
    result: dict[Route, None] = {}
    for branch in policy.decision(traits, action, model).branches:
        if branch.where == FALSE:
            continue
        if not any_leaf(branch.where, _is_flag):
            result[Route(branch.where, branch.sources, None)] = None
        elif (scope := assignable(policy, traits)) is not None:
            assignable_scope = AssignableScope(replace(scope, permissions=frozenset()), _assigns(policy, traits))
            result[Route(branch.where, branch.sources, assignable_scope)] = None
    return tuple(result)


def is_equivalent(first: Policy, second: Policy, traits: Traits, action: str, model: type[Base]) -> bool:
    """Whether both policies let actors with `traits` perform `action` on the same rows of `model`.

    Compares the form of the compiled predicates: true is certain, false may be an equal condition in another form.
    """
    effects = [{route.effect for route in routes(policy, traits, action, model)} for policy in (first, second)]
    flagged = any(scope is not None for _, scope in effects[0])
    return effects[0] == effects[1] and (not flagged or assignable(first, traits) == assignable(second, traits))


def without_covered(paths: tuple[Route, ...]) -> tuple[Route, ...]:
    """Returns `paths` without those that another one covers. The result leads to the same rows."""
    kept: list[Route] = []
    for path in paths:
        if not any(path.covered_by(other) for other in kept):
            kept = [other for other in kept if not other.covered_by(path)] + [path]
    return tuple(kept)


def merge_routes(paths: Iterable[Route], model: type[Base]) -> list[Route]:
    """Merges `paths` to as few routes as possible that lead to the same rows. The merged routes have no sources."""
    by_scope: defaultdict[AssignableScope | None, set[Predicate]] = defaultdict(set)
    for path in paths:
        by_scope[path.assignable_scope].add(path.where)
    return [Route(simplify(Any(frozenset(wheres)), model), (), scope) for scope, wheres in by_scope.items()]


def split_flag(route: Route) -> tuple[Route, Route | None]:
    """Splits a route into one without its flag, and one with only the flag; the second is None if there is no flag.

    The flag is by far the most expensive condition, so it is evaluated once for the pairs of several routes.
    """
    items = route.where.items if isinstance(route.where, All) else frozenset({route.where})
    flags = frozenset(item for item in items if isinstance(item, Flag))
    rest = All(items - flags)
    if not flags or any_leaf(rest, _is_flag):
        return route, None
    return replace(route, where=rest, assignable_scope=None), Route(All(flags), (), route.assignable_scope)


def _assigns(policy: Policy, traits: Traits) -> tuple[Predicate, ...]:
    return tuple(policy.decision(traits, "assign", accounts).where for accounts in _ACCOUNTS)


def condition(route: Route, model: type[Base], row: FromClause, actor: ActorColumns) -> Condition:
    """Returns the condition on `row`, an alias of `model`'s table, and the actor's row.

    It may be NULL, which means no.
    """
    return expression(route.where, model, row, _flag(route, actor), identity=actor.identity())


def traits_condition(flag: Route, row: FromClause, actor: ActorColumns) -> Condition:
    """A condition on a user's row that is part of the flag in a route of only flags, as `split_flag` returns it: the
    part that is the same for all actors with the same traits, and all users of one signature (`traits_signature`)."""
    assert flag.assignable_scope is not None
    if flag.where != All(frozenset({_OWN_FLAG})):
        return true()
    inside = partial(same_organization, of=row, organization=None)
    return traits_within_reach(flag.assignable_scope.assignable, row, inside, actor.permissions)


def joined_condition(
    route: Route, model: type[Base], row: FromClause, actor: ActorColumns, *, join_all: bool = False
) -> tuple[Condition, list[tuple[type[Base], FromClause]]]:
    """As `condition`, with the tables to join: those that link the actor to the row, or, with `join_all`, all of them.

    A pair is returned once for each combination of rows that links it.
    """
    joins = Joins(lambda where: join_all or any_leaf(where, _uses_actor_id))
    return joined_expression(
        route.where, model, row, _flag(route, actor), identity=actor.identity(), joins=joins
    ), joins.tables


def _flag(route: Route, actor: ActorColumns) -> Callable[[str, FromClause], Condition]:
    def assigns(scope: AssignableScope, accounts: type[Base], row: FromClause) -> Condition:
        where = scope.assign_decisions[_ACCOUNTS.index(accounts)]
        return expression(where, accounts, row, flag, identity=actor.identity())

    def flag(_name: str, user: FromClause) -> Condition:
        assert route.assignable_scope is not None
        return within_reach(
            route.assignable_scope.assignable,
            user,
            partial(assigns, route.assignable_scope),
            partial(same_organization, of=user, organization=None),
            actor.permissions,
        )

    return flag


def traits_by_route(
    policy: Policy, traits: Traits, action: str, model: type[Base]
) -> Mapping[Route, tuple[RequiredTrait, ...]]:
    """Returns the routes of `routes` with the traits that each requires: an actor without any one of them would not
    have the route. Kept as `routes` are."""
    key = "required", traits, str(action), model
    kept: Mapping[Route, tuple[RequiredTrait, ...]] | None = policy.kept.get(key)
    if kept is None:
        kept = policy.kept.put(key, _find_required(policy, traits, action, model))
    return kept


def _find_required(
    policy: Policy, traits: Traits, action: str, model: type[Base]
) -> Mapping[Route, tuple[RequiredTrait, ...]]:
    own = routes(policy, traits, action, model)
    if traits.kind is ActorKind.STAFF:
        return dict.fromkeys(own, (STAFF,))
    others = [
        (trait, {(route.where, route.sources) for route in routes(policy, other, action, model)})
        for trait, other in without_each(traits)
    ]
    return {
        route: tuple(trait for trait, found in others if (route.where, route.sources) not in found) for route in own
    }


def without_each(traits: Traits) -> Iterator[tuple[RequiredTrait, Traits]]:
    """Yields each trait of a user, and the same user with the opposite."""
    other = next(audience for audience in Audience if audience is not traits.audience)
    yield RequiredTrait("audience", traits.audience), replace(traits, audience=other)
    for name, trait in TRAITS.items():
        if trait.scalar is bool:
            has: bool = getattr(traits, name)
            opposite: Anything = {name: not has}
            yield RequiredTrait(name, holds=has), replace(traits, **opposite)
    for permission in Permission:
        if permission in traits.permissions:
            yield (
                RequiredTrait("permission", permission),
                replace(traits, permissions=traits.permissions - {permission}),
            )


def _uses_actor_id(leaf: Leaf) -> bool:
    return isinstance(leaf, Compare) and leaf.value in (Identity.ID, Identity.CLIENT_ID)


def _is_flag(leaf: Leaf) -> bool:
    return isinstance(leaf, Flag)
