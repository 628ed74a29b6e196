"""Whether PostgreSQL can find the rows of a predicate by an index, as far as its form tells."""

from functools import cache
from typing import cast

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from authz.model.resources import Relation, attributes, target
from authz.predicates.nodes import All, Any, Compare, Exists, Identity, Operator, Path, Predicate
from authz.predicates.simplify import shortened
from authz.predicates.sql import is_actor_only
from models import Base


def needs_full_scan(predicate: Predicate, model: type[Base]) -> bool:
    """Whether a statement that asks for all rows of `model` with `predicate` has to read the whole table.

    It has not where each alternative asks a column with which an index begins to equal the actor's id or organization,
    or to be in a set of the actor's own rows (`sql.py`).
    """
    match predicate:
        case All(items):
            return all(needs_full_scan(item, model) for item in items)
        case Any(items):
            return any(needs_full_scan(item, model) for item in items)
        case Compare(path, Operator.EQUAL, Identity()):
            return not _leads_an_index(model, shortened(model, path))
        case Exists(path, where):
            return not (is_actor_only(where, target(model, path)) and _leads_an_index(model, _key(model, path)))
    return True


def _key(model: type[Base], path: Path) -> Path:
    """The path to the column of the nearer row that ties it to the rows at the end of `path`."""
    last = attributes(target(model, path[:-1]))[path[-1]]
    assert isinstance(last, Relation)
    return shortened(model, (*path[:-1], last.local))


def _leads_an_index(model: type[Base], path: Path) -> bool:
    return len(path) == 1 and path[0] in _leading(model)


@cache
def _leading(model: type[Base]) -> frozenset[str]:
    """The columns with which an index of the table begins."""
    table = cast("Table", model.__table__)
    unique = (each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint))
    indexed = (list(each.columns) for each in (*table.indexes, *unique))
    return frozenset(columns[0].name for columns in indexed if columns)
