"""Simplifies a predicate without changing its meaning, to the form that PostgreSQL evaluates fastest.

    (org = mine and id = me) or (org = mine and some grants (x))   ->   org = mine and (id = me or some grants (x))
    org = mine or (org = mine and status = 'A')                    ->   org = mine
    status = 'A' or status = 'B'                                   ->   status in ('A', 'B')
    some grants (x) or some grants (y)                             ->   some grants (x or y)
    contract_account.organization_id = mine   (a service's)        ->   organization_id = mine
    subject.kind = 'A' and subject.removed_at is null (an event's) ->   some subject (kind = 'A' and removed_at is null)

The last but one holds because the foreign key includes the column. A relation with a foreign key always has its row. A
relation without one may have none, so all conditions beyond it are conditions on one row that must exist.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce

from authz.actor import Identity
from authz.model.resources import Column, Relation, attributes, target
from authz.predicates.contradictions import is_contradictory
from authz.predicates.nodes import (
    FALSE,
    TRUE,
    All,
    Any,
    Compare,
    Exists,
    NotNull,
    Null,
    OneOf,
    Operator,
    Path,
    Predicate,
)
from models import Base


def simplify(predicate: Predicate, model: type[Base]) -> Predicate:
    """Returns the simplest form of `predicate` on rows of `model`. Predicates of equal meaning may differ in form."""
    match predicate:
        case All(items):
            return _all(_merge_unconstrained([simplify(item, model) for item in items], model), model)
        case Any(items):
            return _any([simplify(item, model) for item in items], model)
        case NotNull((step,)) if _is_unconstrained(model, step):
            return Exists((step,), TRUE)
        case _ if len(predicate.path) > 1 and _is_unconstrained(model, predicate.path[0]):
            step, *rest = predicate.path
            return simplify(Exists((step,), replace(predicate, path=tuple(rest))), model)
        case Exists(path, where):
            inner = simplify(where, target(model, path))
            return FALSE if inner == FALSE else Exists(path, inner)
        case NotNull(path) if _is_non_null(model, path):
            return TRUE
        case Null(path) if _is_non_null(model, path):
            return FALSE
        case Compare(path, _, _) | OneOf(path, _):
            return replace(predicate, path=shorten_path(model, path))
        case _:
            return predicate


def shorten_path(model: type[Base], path: Path) -> Path:
    """Returns a shorter path to the same value, if foreign keys keep a copy of the column on a nearer row."""
    while len(path) > 1:
        relation = attributes(target(model, path[:-2]))[path[-2]]
        assert isinstance(relation, Relation)
        nearer = dict(relation.equal).get(path[-1])
        if nearer is None:
            return path
        path = (*path[:-2], nearer)
    return path


def _is_non_null(model: type[Base], path: Path) -> bool:
    """Returns whether the column or to-one relation at the end of `path` is never null on any row."""
    for step in path:
        attribute = attributes(model)[step]
        if not isinstance(attribute, Column | Relation) or attribute.nullable:
            return False
        if isinstance(attribute, Relation):
            model = attribute.target
    return True


def _is_unconstrained(model: type[Base], step: str) -> bool:
    relation = attributes(model)[step]
    return isinstance(relation, Relation) and relation.unconstrained


def _merge_unconstrained(items: list[Predicate], model: type[Base]) -> list[Predicate]:
    """Returns the conjunction `items`, with all conditions on the row of one unconstrained relation made one."""
    by_path: defaultdict[Path, list[Predicate]] = defaultdict(list)
    rest: list[Predicate] = []
    for item in items:
        for conjunct in _conjuncts(item):
            if isinstance(conjunct, Exists) and len(conjunct.path) == 1 and _is_unconstrained(model, conjunct.path[0]):
                by_path[conjunct.path].append(conjunct.where)
            else:
                rest.append(conjunct)
    return rest + [
        Exists(path, simplify(All(frozenset(wheres)), target(model, path))) for path, wheres in by_path.items()
    ]


def _all(items: list[Predicate], model: type[Base]) -> Predicate:
    flat: set[Predicate] = set()
    for item in items:
        flat |= item.items if isinstance(item, All) else {item}
    if FALSE in flat or is_contradictory(flat, model):
        return FALSE
    needed = {item for item in flat if not any(other != item and implies(other, item) for other in flat)}
    return next(iter(needed)) if len(needed) == 1 else All(frozenset(needed))


def _any(items: list[Predicate], model: type[Base]) -> Predicate:
    flat: set[Predicate] = set()
    for item in items:
        flat |= item.items if isinstance(item, Any) else {item}
    if TRUE in flat:
        return TRUE
    merged = _merge(_absorb(flat), model)
    if len(merged) == 1:
        return next(iter(merged))
    shared: frozenset[Predicate] = reduce(frozenset.intersection, map(_conjuncts, merged)) if merged else frozenset()
    if not shared:
        return Any(frozenset(merged))
    rest = _any([_all(list(_conjuncts(item) - shared), model) for item in merged], model)
    return _all([*shared, rest], model)


def _absorb(items: set[Predicate]) -> set[Predicate]:
    """Returns the alternatives `items` without those that imply another one."""
    needed: set[Predicate] = set()
    for item in sorted(items, key=lambda alternative: len(_conjuncts(alternative))):
        if not any(implies(item, other) for other in needed):
            needed.add(item)
    return needed


def _merge(items: set[Predicate], model: type[Base]) -> set[Predicate]:
    """Returns the alternatives `items`, with those about rows of one relation, or values of one column, made one."""
    exists: defaultdict[Path, list[Predicate]] = defaultdict(list)
    values: defaultdict[Path, set[str]] = defaultdict(set)
    rest: set[Predicate] = set()
    for item in items:
        match item:
            case Exists(path, where):
                exists[path].append(where)
            case Compare(path, Operator.EQUAL, str() as value) if not isinstance(value, Identity):
                values[path].add(value)
            case OneOf(path, members):
                values[path] |= members
            case _:
                rest.add(item)
    rest |= {Exists(path, _any(wheres, target(model, path))) for path, wheres in exists.items()}
    return rest | {_one_of(path, members) for path, members in values.items()}


def _one_of(path: Path, values: set[str]) -> Predicate:
    if len(values) == 1:
        return Compare(path, Operator.EQUAL, next(iter(values)))
    return OneOf(path, frozenset(values))


def _conjuncts(predicate: Predicate) -> frozenset[Predicate]:
    return predicate.items if isinstance(predicate, All) else frozenset({predicate})


def given(predicate: Predicate, known: Predicate, model: type[Base]) -> Predicate:
    """Returns what remains to be checked of `predicate` on a row of `model` on which `known` holds."""
    if implies(known, predicate):
        return TRUE
    match predicate:
        case All(items):
            return _all([given(item, known, model) for item in items], model)
        case Any(items):
            return _any([given(item, known, model) for item in items], model)
        case _:
            return predicate


def factor(predicates: Iterable[Predicate]) -> tuple[Predicate, Callable[[Predicate], Predicate]]:
    """Splits the conditions that all of `predicates` share from them.

    Returns the shared conditions, and a function from one of `predicates` to what remains of it.
    """
    conjuncts = [_conjuncts(predicate) for predicate in predicates]
    shared: frozenset[Predicate] = reduce(frozenset.intersection, conjuncts) if conjuncts else frozenset()
    return All(shared), lambda predicate: All(_conjuncts(predicate) - shared)


def any_of(predicates: Iterable[Predicate], model: type[Base]) -> Predicate:
    """Returns the condition that at least one of `predicates` holds, simplified."""
    return _any(list(predicates), model)


def implies(first: Predicate, second: Predicate) -> bool:
    """Returns whether `second` holds whenever `first` does, judged by their form; False if unsure."""
    if first in (second, FALSE) or second == TRUE:
        return True
    if isinstance(first, Any):
        return all(implies(item, second) for item in first.items)
    if isinstance(second, All):
        return all(implies(first, item) for item in second.items)
    if isinstance(second, Any) and any(implies(first, item) for item in second.items):
        return True
    if isinstance(first, All):
        return any(implies(item, second) for item in first.items)
    match first, second:
        case Exists(path, where), Exists(other, wider) if path == other:
            return implies(where, wider)
        case Compare(path, Operator.EQUAL, value), OneOf(other, values) if path == other:
            return value in values
        case ((Compare(path) | OneOf(path)), NotNull(other)) if path == other:
            return True
    return False
