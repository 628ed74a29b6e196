"""Simplifying a predicate without changing its meaning, into the form that PostgreSQL answers fastest.

    (org = mine and id = me) or (org = mine and some grants (x))   ->   org = mine and (id = me or some grants (x))
    org = mine or (org = mine and status = 'A')                    ->   org = mine
    status = 'A' or status = 'B'                                   ->   status in ('A', 'B')
    some grants (x) or some grants (y)                             ->   some grants (x or y)
    contract_account.organization_id = mine   (a service's)        ->   organization_id = mine
    subject.kind = 'A' and subject.removed_at is null (an event's) ->   some subject (kind = 'A' and removed_at is null)

The last but one holds because the foreign key includes the column. A relation that a foreign key guarantees is there;
one that none holds may lead nowhere, so all that is asked beyond it is asked of one row that must be found.
"""

from collections import defaultdict
from dataclasses import replace
from functools import reduce

from authz.model.resources import Column, Relation, attributes, target
from authz.predicates.contradictions import is_contradictory
from authz.predicates.nodes import (
    FALSE,
    TRUE,
    All,
    Any,
    Compare,
    Exists,
    Identity,
    NotNull,
    Null,
    OneOf,
    Operator,
    Path,
    Predicate,
)
from models import Base


def simplify(predicate: Predicate, model: type[Base]) -> Predicate:
    """`predicate` about rows of `model` in its simplest form. Equal meaning does not promise equal form."""
    match predicate:
        case All(items):
            return _all(_of_one_row([simplify(item, model) for item in items], model), model)
        case Any(items):
            return _any([simplify(item, model) for item in items], model)
        case NotNull((step,)) if _loose(model, step):
            return Exists((step,), TRUE)
        case _ if len(predicate.path) > 1 and _loose(model, predicate.path[0]):
            step, *rest = predicate.path
            return simplify(Exists((step,), replace(predicate, path=tuple(rest))), model)
        case Exists(path, where):
            inner = simplify(where, target(model, path))
            return FALSE if inner == FALSE else Exists(path, inner)
        case NotNull(path) if _certain(model, path):
            return TRUE
        case Null(path) if _certain(model, path):
            return FALSE
        case Compare(path, _, _) | OneOf(path, _):
            return replace(predicate, path=shortened(model, path))
        case _:
            return predicate


def shortened(model: type[Base], path: Path) -> Path:
    """A shorter path to the same value, where foreign keys hold a copy of the column on the nearer row."""
    while len(path) > 1:
        relation = attributes(target(model, path[:-2]))[path[-2]]
        assert isinstance(relation, Relation)
        nearer = dict(relation.equal).get(path[-1])
        if nearer is None:
            return path
        path = (*path[:-2], nearer)
    return path


def _certain(model: type[Base], path: Path) -> bool:
    """Whether the column or to-one relation at the end of `path` is never null on any row."""
    for step in path:
        attribute = attributes(model)[step]
        if not isinstance(attribute, Column | Relation) or attribute.nullable:
            return False
        if isinstance(attribute, Relation):
            model = attribute.target
    return True


def _loose(model: type[Base], step: str) -> bool:
    relation = attributes(model)[step]
    return isinstance(relation, Relation) and relation.unconstrained


def _of_one_row(items: list[Predicate], model: type[Base]) -> list[Predicate]:
    """`items`, all of which must hold, with those that ask of the row beyond one loose relation made one."""
    beyond: defaultdict[Path, list[Predicate]] = defaultdict(list)
    rest: list[Predicate] = []
    for item in items:
        for each in _conjuncts(item):
            if isinstance(each, Exists) and len(each.path) == 1 and _loose(model, each.path[0]):
                beyond[each.path].append(each.where)
            else:
                rest.append(each)
    return rest + [Exists(path, simplify(All(frozenset(w)), target(model, path))) for path, w in beyond.items()]


def _all(items: list[Predicate], model: type[Base]) -> Predicate:
    flat: set[Predicate] = set()
    for item in items:
        flat |= item.items if isinstance(item, All) else {item}
    if FALSE in flat or is_contradictory(flat, model):
        return FALSE
    kept = {item for item in flat if not any(other != item and implies(other, item) for other in flat)}
    return next(iter(kept)) if len(kept) == 1 else All(frozenset(kept))


def _any(items: list[Predicate], model: type[Base]) -> Predicate:
    flat: set[Predicate] = set()
    for item in items:
        flat |= item.items if isinstance(item, Any) else {item}
    if TRUE in flat:
        return TRUE
    kept = _merged(_absorbed(flat), model)
    if len(kept) == 1:
        return next(iter(kept))
    shared: frozenset[Predicate] = reduce(frozenset.intersection, map(_conjuncts, kept)) if kept else frozenset()
    if not shared:
        return Any(frozenset(kept))
    rest = _any([_all(list(_conjuncts(item) - shared), model) for item in kept], model)
    return _all([*shared, rest], model)


def _absorbed(items: set[Predicate]) -> set[Predicate]:
    kept: set[Predicate] = set()
    for item in sorted(items, key=lambda each: len(_conjuncts(each))):
        if not any(implies(item, other) for other in kept):
            kept.add(item)
    return kept


def _merged(items: set[Predicate], model: type[Base]) -> set[Predicate]:
    """`items` with those that ask for rows of one relation, or for values of one column, made one."""
    exists: defaultdict[Path, list[Predicate]] = defaultdict(list)
    values: defaultdict[Path, set[str]] = defaultdict(set)
    rest: set[Predicate] = set()
    for item in items:
        match item:
            case Exists(path, where):
                exists[path].append(where)
            case Compare(path, Operator.EQUAL, str() as value) if not isinstance(value, Identity):
                values[path].add(value)
            case OneOf(path, several):
                values[path] |= several
            case _:
                rest.add(item)
    rest |= {Exists(path, _any(wheres, target(model, path))) for path, wheres in exists.items()}
    return rest | {_one_of(path, several) for path, several in values.items()}


def _one_of(path: Path, values: set[str]) -> Predicate:
    if len(values) == 1:
        return Compare(path, Operator.EQUAL, next(iter(values)))
    return OneOf(path, frozenset(values))


def _conjuncts(predicate: Predicate) -> frozenset[Predicate]:
    return predicate.items if isinstance(predicate, All) else frozenset({predicate})


def implies(first: Predicate, second: Predicate) -> bool:
    """Whether `second` holds wherever `first` does, as far as their form tells; false when unsure."""
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
