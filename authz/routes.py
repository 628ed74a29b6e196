"""Who reaches what, with every user as an actor at once: the identity of the actor is columns of a row, not parameters.

Traits fold into what is compiled, so users are taken by their traits. `routes` gives the ways in which actors with some
traits may do something; equal routes of several traits are one condition on two rows, the actor's and the thing's:

    allow(actor: Member, "view", service: Service) if …
    ->  Route(organization_id = actor.organization_id and some contract_account.grants (user_id = actor.id), rules)
    ->  service.organization_id = actor.organization_id AND grant.user_id = actor.id
            AND grant.contract_account_id = service.contract_account_id                  with the table `grant` joined

A route that does not ask for the actor's id is the same for all actors of one organization, and is counted, not listed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any as Anything

from sqlalchemy import ColumnElement, FromClause

from authz.actor import ActorKind, Traits
from authz.assignable import Assignable, assignable
from authz.model.actor_attributes import TRAITS
from authz.policy import Policy
from authz.predicates.nodes import FALSE, All, Any, Compare, Flag, Identity, Leaf, Operator, Predicate, Source, anywhere
from authz.predicates.simplify import implies, simplify
from authz.predicates.sql import Condition, Identities, Joins, expression, joined_expression
from authz.within_reach.sql import within_reach
from models import Audience, Base, ContractAccount, DeliveryAccount, Organization, Permission

_ACCOUNTS: tuple[type[Base], ...] = (ContractAccount, DeliveryAccount)


@dataclass(frozen=True, slots=True)
class AssignableScope:
    """What the flag `within_reach_of_actor` means for some actors: what they give, apart from permissions, and which
    contract accounts and delivery accounts."""

    assignable: Assignable
    assign_decisions: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One way in which an action is allowed to actors with some traits, and the rules that it came through, outermost
    first. `giving` is None where `where` asks for no flag."""

    where: Predicate
    sources: tuple[Source, ...]
    assignable_scope: AssignableScope | None

    @property
    def meaning(self) -> tuple[Predicate, AssignableScope | None]:
        """What the route says, wherever in the file it is said."""
        return self.where, self.assignable_scope

    @property
    def personal(self) -> bool:
        """Whether it matters who the actor is, and not only of which organization and with which traits."""
        assigns = self.assignable_scope.assign_decisions if self.assignable_scope else ()
        return any(anywhere(each, _asks_for_id) for each in (self.where, *assigns))

    def confined(self, model: type[Base]) -> bool:
        """Whether the route leads to rows of the actor's own organization only, as far as its form tells."""
        own = Compare((organization_key(model),), Operator.EQUAL, Identity.ORGANIZATION_ID)
        return implies(self.where, own)

    def covered_by(self, other: "Route") -> bool:
        """Whether `other` leads wherever this route does, as far as their form tells."""
        return other.assignable_scope in (None, self.assignable_scope) and implies(self.where, other.where)


@dataclass(frozen=True, slots=True)
class ActorColumns:
    """The columns of a row that is an actor. `permissions`: those that they may give to others, an array of text.

    `id` is the owner's where the actor is an API client; `client_id` is null where it is none.
    """

    id: ColumnElement[object]
    organization_id: ColumnElement[object]
    permissions: ColumnElement[list[str]]
    client_id: ColumnElement[object]

    def identity(self) -> Identities:
        """The columns in the place of the parameters."""
        return {
            Identity.ID: self.id,
            Identity.ORGANIZATION_ID: self.organization_id,
            Identity.CLIENT_ID: self.client_id,
        }


def organization_key(model: type[Base]) -> str:
    """The column of `model` that says which organization a row belongs to."""
    return "id" if model is Organization else "organization_id"


def routes(policy: Policy, traits: Traits, action: str, model: type[Base]) -> tuple[Route, ...]:
    """All ways in which actors with `traits` may do `action` to rows of `model`, in the order of the policy.

    Raises KeyError for a type, and ValueError for an action, that is not in the vocabulary.
    """
    found: dict[Route, None] = {}
    for branch in policy.decision(traits, action, model).branches:
        if branch.where == FALSE:
            continue
        if not anywhere(branch.where, _is_flag):
            found[Route(branch.where, branch.sources, None)] = None
        elif (gives := assignable(policy, traits)) is not None:
            giving = AssignableScope(replace(gives, permissions=frozenset()), _assigns(policy, traits))
            found[Route(branch.where, branch.sources, giving)] = None
    return tuple(found)


def is_equivalent(first: Policy, second: Policy, traits: Traits, action: str, model: type[Base]) -> bool:
    """Whether both policies let actors with `traits` do `action` to the same rows of `model`, as far as the form of
    what they compile to tells: true is certain, false may be an equal meaning in another form."""
    ways = [{route.meaning for route in routes(policy, traits, action, model)} for policy in (first, second)]
    flagged = any(giving is not None for _, giving in ways[0])
    return ways[0] == ways[1] and (not flagged or assignable(first, traits) == assignable(second, traits))


def without_covered(ways: tuple[Route, ...]) -> tuple[Route, ...]:
    """Those of `ways` that lead somewhere where no other does; together they lead to the same rows."""
    kept: list[Route] = []
    for way in ways:
        if not any(way.covered_by(other) for other in kept):
            kept = [other for other in kept if not other.covered_by(way)] + [way]
    return tuple(kept)


def merged(ways: Iterable[Route], model: type[Base]) -> list[Route]:
    """Routes that lead to the same rows as `ways`, as few as possible, for conditions; whose rules they are is lost."""
    alike: defaultdict[AssignableScope | None, set[Predicate]] = defaultdict(set)
    for way in ways:
        alike[way.assignable_scope].add(way.where)
    return [Route(simplify(Any(frozenset(wheres)), model), (), giving) for giving, wheres in alike.items()]


def split_flag(way: Route) -> tuple[Route, Route | None]:
    """A route without the flag that it asks for, and the flag as a route of its own; None where it asks for none.

    The flag costs far more than all else: it is asked for once of the pairs that several routes lead to.
    """
    items = way.where.items if isinstance(way.where, All) else frozenset({way.where})
    flags = frozenset(item for item in items if isinstance(item, Flag))
    rest = All(items - flags)
    if not flags or anywhere(rest, _is_flag):
        return way, None
    return replace(way, where=rest, assignable_scope=None), Route(All(flags), (), way.assignable_scope)


def _assigns(policy: Policy, traits: Traits) -> tuple[Predicate, ...]:
    return tuple(policy.decision(traits, "assign", accounts).where for accounts in _ACCOUNTS)


def condition(route: Route, model: type[Base], row: FromClause, actor: ActorColumns) -> Condition:
    """The condition on `row`, an alias of `model`'s table, and the row of `actor`. It may be NULL, which means no."""
    return expression(route.where, model, row, _flag(route, actor), identity=actor.identity())


def joined_condition(
    route: Route, model: type[Base], row: FromClause, actor: ActorColumns, *, every: bool = False
) -> tuple[Condition, list[tuple[type[Base], FromClause]]]:
    """The same, and the tables to join: those whose rows tie the actor to the row, with `every` all that are asked for.

    A pair comes out once for each combination of rows that ties it.
    """
    joins = Joins(lambda where: every or anywhere(where, _asks_for_id))
    return joined_expression(
        route.where, model, row, _flag(route, actor), identity=actor.identity(), joins=joins
    ), joins.tables


def _flag(route: Route, actor: ActorColumns) -> Callable[[str, FromClause], Condition]:
    def assigns(giving: AssignableScope, accounts: type[Base], row: FromClause) -> Condition:
        where = giving.assign_decisions[_ACCOUNTS.index(accounts)]
        return expression(where, accounts, row, flag, identity=actor.identity())

    def flag(_name: str, user: FromClause) -> Condition:
        assert route.assignable_scope is not None
        return within_reach(
            route.assignable_scope.assignable, user, partial(assigns, route.assignable_scope), actor.permissions
        )

    return flag


def required_traits(policy: Policy, traits: Traits, route: Route, action: str, model: type[Base]) -> tuple[str, ...]:
    """Which traits of an actor open `route` to them, in words: without any one of these they would not have it."""
    if traits.kind is ActorKind.STAFF:
        return ("staff",)
    ways = [(each.where, each.sources) for each in routes(policy, traits, action, model)]
    assert (route.where, route.sources) in ways
    return tuple(
        said
        for said, other in _without(traits)
        if (route.where, route.sources) not in {(w.where, w.sources) for w in routes(policy, other, action, model)}
    )


def _without(traits: Traits) -> Iterator[tuple[str, Traits]]:
    """Each trait in words, and the same actor with the opposite."""
    other = next(each for each in Audience if each is not traits.audience)
    yield f"audience {traits.audience}", replace(traits, audience=other)
    for name, trait in TRAITS.items():
        if trait.scalar is bool:
            has: bool = getattr(traits, name)
            opposite: Anything = {name: not has}
            yield ("" if has else "not ") + name.replace("_", " "), replace(traits, **opposite)
    for permission in Permission:
        if permission in traits.permissions:
            yield f"permission {permission}", replace(traits, permissions=traits.permissions - {permission})


def _asks_for_id(leaf: Leaf) -> bool:
    return isinstance(leaf, Compare) and leaf.value in (Identity.ID, Identity.CLIENT_ID)


def _is_flag(leaf: Leaf) -> bool:
    return isinstance(leaf, Flag)
