"""Conditions that can't all hold of one row.

status = 'ACTIVE' and status = 'PLANNED'        two values of one column
status = 'ACTIVE' and status <> 'ACTIVE'
status not one of all the words that it knows
currency is null and currency = 'EUR'           null equals nothing
"""

from collections import defaultdict
from collections.abc import Iterable

from authz.model.resources import Column, attributes, target
from authz.predicates.nodes import Compare, Identity, NotNull, Null, OneOf, Operator, Path, Predicate
from models import Base


def is_contradictory(items: Iterable[Predicate], model: type[Base]) -> bool:
    """Whether no row of `model` satisfies all of `items`, as far as their form tells; false when unsure."""
    about: defaultdict[Path, list[Predicate]] = defaultdict(list)
    for item in items:
        if isinstance(item, Compare | OneOf | Null | NotNull):
            about[item.path].append(item)
    return any(_at_odds(group, _column(model, path)) for path, group in about.items() if len(group) > 1)


def _at_odds(group: list[Predicate], column: Column | None) -> bool:
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
