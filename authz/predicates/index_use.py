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


def is_in_organization(predicate: Predicate, model: type[Base]) -> bool:
    """Returns whether all rows of `model` that satisfy the predicate are of the actor's organization, by a column of
    their own: because it says so, or because the actor is in a column that a foreign key ties to the organization."""
    match predicate:
        case All(items):
            return any(is_in_organization(item, model) for item in items)
        case Any(items):
            return bool(items) and all(is_in_organization(item, model) for item in items)
        case Compare(path, Operator.EQUAL, Identity.ORGANIZATION_ID):
            return shorten_path(model, path) == (_ORGANIZATION,)
        case Compare((name,), Operator.EQUAL, Identity.ID):
            return name in _columns_in_organization(model)
    return False


_ORGANIZATION = "organization_id"


@cache
def _columns_in_organization(model: type[Base]) -> frozenset[str]:
    """Returns the columns of the table with the id of a row of the same organization, required by a foreign key."""
    table = cast("Table", model.__table__)
    if _ORGANIZATION not in table.c or table.c[_ORGANIZATION].nullable:
        return frozenset()
    keys = ({column.name for column in key.columns} for key in table.foreign_key_constraints)
    return frozenset(name for names in keys if _ORGANIZATION in names for name in names - {_ORGANIZATION})


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
