"""Random predicates over the vocabulary, and the rows of a database as plain values."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from authz.model.resources import TYPES, Column, Relation, attributes
from authz.predicates.evaluate import World
from authz.predicates.nodes import All as AllOf
from authz.predicates.nodes import Any as AnyOf
from authz.predicates.nodes import Compare, Exists, Identity, NotNull, Null, OneOf, Operator, Path, Predicate
from models import Base

TEXTS = ["", "ACME South", "PEAR Corp", "ZZZ", "it's", "a\\b%"]


def predicates(model: type[Base], depth: int = 3) -> st.SearchStrategy[Predicate]:
    """Predicates about rows of `model`, at most `depth` relations deep."""
    leaves = leaf(model)
    if depth:
        leaves = leaves | st.sampled_from(list(relations(model))).flatmap(
            lambda found: st.builds(Exists, st.just(found[0]), predicates(found[1], depth - 1))
        )
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(AllOf, st.frozensets(inner, max_size=3)) | st.builds(AnyOf, st.frozensets(inner, max_size=3))
        ),
        max_leaves=5,
    )


def relations(model: type[Base], path: Path = ()) -> list[tuple[Path, type[Base]]]:
    """The to-many relations that can be reached over at most one to-one relation."""
    found: list[tuple[Path, type[Base]]] = []
    for name, attribute in attributes(model).items():
        if isinstance(attribute, Relation) and attribute.many:
            found.append(((*path, name), attribute.target))
        elif isinstance(attribute, Relation) and not path:
            found += relations(attribute.target, (name,))
    return found


@st.composite
def leaf(draw: st.DrawFn, model: type[Base]) -> Predicate:
    path: Path = ()
    for _ in range(draw(st.integers(0, 2))):
        ends = [
            (name, each) for name, each in attributes(model).items() if isinstance(each, Relation) and not each.many
        ]
        if ends:
            name, relation = draw(st.sampled_from(ends))
            path, model = (*path, name), relation.target
    loose = [name for name, each in attributes(model).items() if isinstance(each, Relation) and each.unconstrained]
    end = draw(st.sampled_from([*loose, ""]))
    if end:
        path = (*path, end)
        return Null(path) if draw(st.booleans()) else NotNull(path)
    columns = [(name, each) for name, each in attributes(model).items() if isinstance(each, Column)]
    name, column = draw(st.sampled_from(columns))
    path = (*path, name)
    if draw(st.integers(0, 4)) == 0:
        return Null(path) if draw(st.booleans()) else NotNull(path)
    if column.scalar is UUID:
        return Compare(path, draw(st.sampled_from([Operator.EQUAL, Operator.UNEQUAL])), draw(st.sampled_from(Identity)))
    if column.scalar is bool:
        return Compare(path, Operator.EQUAL, draw(st.booleans()))
    if column.scalar is not str:
        return NotNull(path)
    values = [word.value for word in column.allowed_values] if column.allowed_values else TEXTS
    if draw(st.booleans()):
        return OneOf(path, draw(st.frozensets(st.sampled_from(values), min_size=1)))
    return Compare(path, draw(st.sampled_from(Operator)), draw(st.sampled_from(values)))


async def stored_world(connection: Any) -> World:
    """What is stored, as plain values."""
    world = World()
    for model in TYPES.values():
        for record in await connection.fetch(f"SELECT * FROM {model.__tablename__}"):
            world.add(model, dict(record))
    return world
