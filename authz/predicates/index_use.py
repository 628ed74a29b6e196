"""Predicts, from the form of a predicate, whether PostgreSQL can find its rows by an index."""

from functools import cache
from typing import cast

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from authz.actor import Identity
from authz.model.resources import Relation, attributes, target
from authz.predicates.nodes import All, Any, Compare, Exists, Operator, Path, Predicate
from authz.predicates.relations import is_actor_only
from authz.predicates.simplify import shorten_path
from models import Base


def needs_full_scan(predicate: Predicate, model: type[Base]) -> bool:
    """Returns whether a statement for all rows of `model` that satisfy `predicate` has to read the whole table.

    It does not if every alternative requires that the first column of some index equals the actor's id or organization,
    or is in a set of keys of the actor's own rows (`sql.py`).
    """
    match predicate:
        case All(items):
            return all(needs_full_scan(item, model) for item in items)
        case Any(items):
            return any(needs_full_scan(item, model) for item in items)
        case Compare(path, Operator.EQUAL, Identity()):
            return not _is_indexed(model, shorten_path(model, path))
        case Exists(path, where):
            return not (is_actor_only(where, target(model, path)) and _is_indexed(model, _key(model, path)))
    return True


def _key(model: type[Base], path: Path) -> Path:
    """Returns the path to the key column that joins the rows at the end of `path` to the row before them."""
    last = attributes(target(model, path[:-1]))[path[-1]]
    assert isinstance(last, Relation)
    return shorten_path(model, (*path[:-1], last.local))


def _is_indexed(model: type[Base], path: Path) -> bool:
    return len(path) == 1 and path[0] in _leading_columns(model)


@cache
def _leading_columns(model: type[Base]) -> frozenset[str]:
    """Returns the columns that are the first of some index of the table."""
    table = cast("Table", model.__table__)
    unique = (item for item in table.constraints if isinstance(item, PrimaryKeyConstraint | UniqueConstraint))
    indexed = (list(index.columns) for index in (*table.indexes, *unique))
    return frozenset(columns[0].name for columns in indexed if columns)
