"""Evaluates predicates on in-memory rows, with the same result as their SQL on a database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any as Anything

from authz.actor import Identity
from authz.model.resources import Relation, attributes
from authz.predicates.nodes import All, Any, Compare, Exists, Flag, NotNull, Null, OneOf, Operator, Path, Predicate
from models import Base

Value = str | bool | int | None


@dataclass(eq=False)
class Row:
    """One row: the values of its columns, and of the flags that are not conditions on columns."""

    model: type[Base]
    values: dict[str, Value]
    world: "World" = field(repr=False)

    def related(self, relation: Relation) -> list["Row"]:
        """Returns the rows of the `relation`, or none if its key is null or names no row."""
        key = self.values[relation.local]
        rows = self.world.rows(relation.target)
        return [] if key is None else [row for row in rows if row.values[relation.remote] == key]


@dataclass
class World:
    """An in-memory data set: rows of all types."""

    tables: dict[type[Base], list[Row]] = field(default_factory=dict)

    def add(self, model: type[Base], values: dict[str, Value]) -> Row:
        """Adds a row of `model`, and returns it."""
        row = Row(model, values, self)
        self.tables.setdefault(model, []).append(row)
        return row

    def rows(self, model: type[Base]) -> list[Row]:
        """Returns all rows of `model`."""
        return self.tables.get(model, [])


def holds(predicate: Predicate, row: Row, identity: Mapping[Identity, str | None]) -> bool:
    """Returns whether `predicate` holds for `row` and the actor with `identity`."""
    match predicate:
        case All(items):
            return all(holds(item, row, identity) for item in items)
        case Any(items):
            return any(holds(item, row, identity) for item in items)
        case Exists(path, where):
            return any(holds(where, related, identity) for related in _rows_at(row, path))
        case Null(path) | NotNull(path):
            return any(_is_null(owner, path[-1]) is isinstance(predicate, Null) for owner in _rows_at(row, path[:-1]))
        case Flag(path):
            return any(owner.values[path[-1]] is True for owner in _rows_at(row, path[:-1]))
        case OneOf(path, values):
            return any(value in values for value in _values(row, path))
        case Compare(path, operator, value):
            expected = identity[value] if isinstance(value, Identity) else value
            return any(compare(operator, actual, expected) for actual in _values(row, path))


def _rows_at(row: Row, path: Path) -> list[Row]:
    rows = [row]
    for step in path:
        relations = [(owner, attributes(owner.model)[step]) for owner in rows]
        rows = [related for owner, relation in relations for related in owner.related(_relation(relation))]
    return rows


def _relation(attribute: object) -> Relation:
    assert isinstance(attribute, Relation)
    return attribute


def _values(row: Row, path: Path) -> Iterator[Value]:
    return (owner.values[path[-1]] for owner in _rows_at(row, path[:-1]))


def _is_null(row: Row, name: str) -> bool:
    attribute = attributes(row.model)[name]
    return not row.related(attribute) if isinstance(attribute, Relation) else row.values[name] is None


def compare(operator: Operator, actual: Anything, expected: Anything) -> bool:
    """Returns whether the comparison holds; never with null."""
    if actual is None or expected is None:
        return False
    match operator:
        case Operator.EQUAL:
            return bool(actual == expected)
        case Operator.UNEQUAL:
            return bool(actual != expected)
        case Operator.LESS:
            return bool(actual < expected)
        case Operator.AT_MOST:
            return bool(actual <= expected)
        case Operator.GREATER:
            return bool(actual > expected)
        case Operator.AT_LEAST:
            return bool(actual >= expected)
