"""Detects conditions that no row can satisfy together.

status = 'ACTIVE' and status = 'PLANNED'        two values of one column
status = 'ACTIVE' and status <> 'ACTIVE'
status <> each of its allowed values
currency is null and currency = 'EUR'           null equals nothing
"""

from collections import defaultdict
from collections.abc import Iterable

from authz.actor import Identity
from authz.model.resources import Column, attributes, target
from authz.predicates.nodes import Compare, NotNull, Null, OneOf, Operator, Path, Predicate
from models import Base


def is_contradictory(items: Iterable[Predicate], model: type[Base]) -> bool:
    """Returns whether no row of `model` can satisfy all of `items`, judged by their form; False if unsure."""
    by_path: defaultdict[Path, list[Predicate]] = defaultdict(list)
    for item in items:
        if isinstance(item, Compare | OneOf | Null | NotNull):
            by_path[item.path].append(item)
    return any(_contradict(group, _column(model, path)) for path, group in by_path.items() if len(group) > 1)


def _contradict(group: list[Predicate], column: Column | None) -> bool:
    if any(isinstance(item, Null) for item in group):
        return any(not isinstance(item, Null) for item in group)
    possible: frozenset[object] | None = None
    excluded: set[object] = set()
    for item in group:
        match item:
            case Compare(_, Operator.EQUAL, value) if not isinstance(value, Identity):
                possible = frozenset({value}) if possible is None else possible & {value}
            case OneOf(_, values):
                possible = values if possible is None else possible & values
            case Compare(_, Operator.UNEQUAL, value):
                excluded.add(value)
    equal = {item.value for item in group if isinstance(item, Compare) and item.operator is Operator.EQUAL}
    if excluded & equal:
        return True
    if possible is None and column is not None and column.allowed_values is not None:
        possible = frozenset(column.allowed_values)
    return possible is not None and not possible - excluded


def _column(model: type[Base], path: Path) -> Column | None:
    attribute = attributes(target(model, path[:-1])).get(path[-1])
    return attribute if isinstance(attribute, Column) else None
