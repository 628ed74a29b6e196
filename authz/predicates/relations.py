"""Which relation a predicate's path joins first, and whether the rows at its end belong to the actor alone."""

from authz.actor import Identity
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
)
from authz.predicates.simplify import shorten_path
from models import Base


def first_step(path: Path, where: Predicate, model: type[Base]) -> tuple[str, Relation, Predicate]:
    """Returns the first relation of `path` that must be joined: the column of `model` by which it is, the relation, and
    what its row must satisfy if `where` is to hold at the end of the path."""
    first = attributes(model)[path[0]]
    assert isinstance(first, Relation)
    if len(path) == 1:
        return first.local, first, where
    second = attributes(first.target)[path[1]]
    assert isinstance(second, Relation)
    nearer = dict(first.equal).get(second.local)
    if nearer is None or first.many:
        return first.local, first, Exists(path[1:], where)
    return nearer, second, Exists(path[2:], where) if len(path) > 2 else where


def is_bounded(where: Predicate, model: type[Base]) -> bool:
    """Returns whether `where` allows only rows with the actor's id, or rows that belong to such rows."""
    if is_actor_only(where, model):
        return True
    match where:
        case Exists(path, inner):
            return is_actor_only(inner, target(model, path))
        case All(items):
            return any(is_bounded(item, model) for item in items)
        case Any(items):
            return bool(items) and all(is_bounded(item, model) for item in items)
    return False


def joined_relation(item: Predicate, model: type[Base]) -> str | None:
    """Returns the to-one relation that must be joined for `item`; None if `item` needs no join."""
    if isinstance(item, Any | All) or len(item.path) < 2:
        return None
    relation = attributes(model)[item.path[0]]
    assert isinstance(relation, Relation)
    if relation.many:
        return None
    if isinstance(item, Exists):
        second = attributes(relation.target)[item.path[1]]
        return None if isinstance(second, Relation) and second.local in dict(relation.equal) else item.path[0]
    return item.path[0]


def without_first_step(item: Predicate) -> Predicate:
    """Returns `item`, whose path has two steps or more, as a condition on the row at the end of the first."""
    match item:
        case Exists(path, where):
            return Exists(path[1:], where)
        case Compare(path, operator, value):
            return Compare(path[1:], operator, value)
        case OneOf(path, values):
            return OneOf(path[1:], values)
        case Null(path) | NotNull(path) | Flag(path):
            return type(item)(path[1:])
    raise AssertionError(f"has no path: {item}")


def is_actor_only(where: Predicate, model: type[Base]) -> bool:
    """Returns whether `where` allows only rows with the actor's id: a small set, the same for every outer row."""
    match where:
        case Compare(path, Operator.EQUAL, Identity.ID):
            return len(shorten_path(model, path)) == 1
        case All(items):
            return any(is_actor_only(item, model) for item in items)
        case Any(items):
            return bool(items) and all(is_actor_only(item, model) for item in items)
    return False
