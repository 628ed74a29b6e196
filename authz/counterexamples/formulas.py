"""Conditions on a row with negation: what a predicate becomes when it may also be denied.

A predicate has no negation (`authz/predicates/nodes.py`), but "the new rules allow it, the old ones don't" needs one. A
formula is a predicate in negation normal form: each relation is one step, and only literals are negated.

    not some grants (user_id = actor.id)      ->      every grants (not user_id = actor.id)

The flag `within_reach_of_actor` becomes the condition that it stands for, which depends on the rules and the actor.
"""

from dataclasses import dataclass, replace

from authz.actor import Traits
from authz.assignable import Assignable, assignable
from authz.decisions import Decisions
from authz.model.actions import ASSIGN
from authz.model.resources import Relation, attributes, target
from authz.predicates.nodes import (
    All,
    Any,
    Compare,
    Exists,
    Flag,
    NotNull,
    Null,
    OneOf,
    Operator,
    Path,
    Predicate,
    any_leaf,
    ordered,
)
from authz.predicates.simplify import implies
from models import ACCOUNT_KINDS, AccessRequest, AccountKind, Base, User


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """A condition on a column of the row, or its negation. A column that is null satisfies no comparison."""

    leaf: Compare | OneOf | Null | NotNull
    positive: bool = True

    @property
    def column(self) -> str:
        """The name of the column."""
        return self.leaf.path[0]


@dataclass(frozen=True, slots=True)
class Some:
    """Some row of the relation `step` satisfies `where`."""

    step: str
    where: "Formula"


@dataclass(frozen=True, slots=True)
class Every:
    """All rows of the relation `step` satisfy `where`; also if there are none."""

    step: str
    where: "Formula"


@dataclass(frozen=True, slots=True)
class AllOf:
    """All `items` hold."""

    items: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of `items` holds."""

    items: tuple["Formula", ...]


class CircularFlag(Exception):
    """What an actor may assign depends on the flag, which depends on what the actor may assign."""


Formula = ColumnTest | Some | Every | AllOf | AnyOf

TRUE, FALSE = AllOf(()), AnyOf(())


@dataclass(frozen=True, slots=True)
class FlagMeaning:
    """What `within_reach_of_actor` means for some actors: what they may assign, and the predicates of `assign` for both
    kinds of accounts. It is never true for those who may assign nothing."""

    scope: Assignable | None
    assigns: tuple[Predicate, ...]


def flag_meaning(rules: Decisions, traits: Traits) -> FlagMeaning:
    """Returns what the flag means for actors with `traits`."""
    scope = assignable(rules, traits)
    kinds = ACCOUNT_KINDS if scope is not None else ()
    return FlagMeaning(scope, tuple(rules.decision(traits, ASSIGN, kind.accounts).where for kind in kinds))


def is_within(first: FlagMeaning, second: FlagMeaning) -> bool:
    """Returns whether the flag with the meaning `first` implies that with the meaning `second`, judged by their form;
    False if unsure."""
    if first.scope is None or second.scope is None:
        return first.scope is None
    return (
        first.scope.audiences <= second.scope.audiences
        and first.scope.permissions <= second.scope.permissions
        and first.scope.all_contract_accounts <= second.scope.all_contract_accounts
        and first.scope.all_delivery_accounts <= second.scope.all_delivery_accounts
        and all(implies(*predicates) for predicates in zip(first.assigns, second.assigns, strict=True))
    )


def has_flag(predicate: Predicate) -> bool:
    """Whether the meaning of `predicate` depends on that of the flag."""
    return any_leaf(predicate, lambda leaf: isinstance(leaf, Flag))


def formula_of(predicate: Predicate, model: type[Base], meaning: FlagMeaning) -> Formula:
    """Returns `predicate`, a condition on rows of `model`, as a formula."""
    match predicate:
        case All(items):
            return AllOf(tuple(formula_of(item, model, meaning) for item in ordered(items)))
        case Any(items):
            return AnyOf(tuple(formula_of(item, model, meaning) for item in ordered(items)))
        case Exists(path, where):
            return _beyond(path, formula_of(where, target(model, path), meaning))
        case Flag(path):
            is_request = target(model, path[:-1]) is AccessRequest
            return _beyond(path[:-1], (_request_within_reach if is_request else _within_reach)(meaning))
        case Null(path) | NotNull(path) if isinstance(attributes(target(model, path[:-1]))[path[-1]], Relation):
            has_row = Some(path[-1], TRUE)
            return _beyond(path[:-1], negation(has_row) if isinstance(predicate, Null) else has_row)
        case Compare(path) | OneOf(path) | Null(path) | NotNull(path):
            return _beyond(path[:-1], ColumnTest(replace(predicate, path=path[-1:])))


def negation(formula: Formula) -> Formula:
    """Returns the formula that holds where `formula` does not."""
    match formula:
        case ColumnTest(leaf, positive):
            return ColumnTest(leaf, not positive)
        case Some(step, where):
            return Every(step, negation(where))
        case Every(step, where):
            return Some(step, negation(where))
        case AllOf(items):
            return AnyOf(tuple(map(negation, items)))
        case AnyOf(items):
            return AllOf(tuple(map(negation, items)))


def _beyond(path: Path, formula: Formula) -> Formula:
    for step in reversed(path):
        formula = Some(step, formula)
    return formula


def _within_reach(meaning: FlagMeaning) -> Formula:
    """Returns the condition on a user that `authz/within_reach` evaluates."""
    scope = meaning.scope
    if scope is None:
        return FALSE
    flags = zip((scope.all_contract_accounts, scope.all_delivery_accounts), ACCOUNT_KINDS, strict=True)
    accounts = zip(ACCOUNT_KINDS, meaning.assigns, strict=True)
    return AllOf(
        (
            ColumnTest(OneOf(("audience",), frozenset(map(str, scope.audiences)))),
            *(ColumnTest(Compare((kind.all_flag,), Operator.EQUAL, False)) for may, kind in flags if not may),
            Every("permissions", ColumnTest(OneOf(("permission",), frozenset(map(str, scope.permissions))))),
            *(
                Every(_relation(User, kind.grants), Some(_relation(kind.grants, kind.accounts), _assigned(where, kind)))
                for kind, where in accounts
            ),
        )
    )


def _request_within_reach(meaning: FlagMeaning) -> Formula:
    """Returns the same for an access request."""
    scope = meaning.scope
    if scope is None:
        return FALSE
    columns = ("permission", *(kind.key for kind in ACCOUNT_KINDS))
    names_nothing = AllOf(tuple(ColumnTest(Null((column,))) for column in columns))
    return AnyOf(
        (
            ColumnTest(OneOf(("permission",), frozenset(map(str, scope.permissions)))),
            *(
                Some(_relation(AccessRequest, kind.accounts), _assigned(where, kind))
                for kind, where in zip(ACCOUNT_KINDS, meaning.assigns, strict=True)
            ),
            *((names_nothing,) if scope.whole_organization else ()),
        )
    )


def _assigned(where: Predicate, kind: AccountKind) -> Formula:
    if has_flag(where):
        raise CircularFlag
    return formula_of(where, kind.accounts, FlagMeaning(None, ()))


def _relation(model: type[Base], to: type[Base]) -> str:
    relations = ((name, item) for name, item in attributes(model).items() if isinstance(item, Relation))
    return next(name for name, relation in relations if relation.target is to)
