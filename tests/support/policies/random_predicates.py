"""Random predicates over the policy's vocabulary, and the rows of a database in memory."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from authz.actor import Identity
from authz.model.resources import TYPES, Column, Relation, attributes
from authz.predicates.evaluate import World
from authz.predicates.nodes import All as AllOf
from authz.predicates.nodes import Any as AnyOf
from authz.predicates.nodes import Compare, Exists, NotNull, Null, OneOf, Operator, Path, Predicate
from models import Base

TEXTS = ["", "ACME South", "PEAR Corp", "ZZZ", "it's", "a\\b%"]


def predicates(model: type[Base], depth: int = 3) -> st.SearchStrategy[Predicate]:
    """Generates predicates on rows of `model`, at most `depth` relations deep."""
    leaves = leaf_predicates(model)
    if depth:
        leaves = leaves | st.sampled_from(list(to_many_relations(model))).flatmap(
            lambda relation: st.builds(Exists, st.just(relation[0]), predicates(relation[1], depth - 1))
        )
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(AllOf, st.frozensets(inner, max_size=3)) | st.builds(AnyOf, st.frozensets(inner, max_size=3))
        ),
        max_leaves=5,
    )


def to_many_relations(model: type[Base], path: Path = ()) -> list[tuple[Path, type[Base]]]:
    """Returns the to-many relations that are at most one to-one relation away, as paths with their models."""
    result: list[tuple[Path, type[Base]]] = []
    for name, attribute in attributes(model).items():
        if isinstance(attribute, Relation) and attribute.many:
            result.append(((*path, name), attribute.target))
        elif isinstance(attribute, Relation) and not path:
            result += to_many_relations(attribute.target, (name,))
    return result


@st.composite
def leaf_predicates(draw: st.DrawFn, model: type[Base]) -> Predicate:
    path: Path = ()
    for _ in range(draw(st.integers(0, 2))):
        to_one = [
            (name, attribute)
            for name, attribute in attributes(model).items()
            if isinstance(attribute, Relation) and not attribute.many
        ]
        if to_one:
            name, relation = draw(st.sampled_from(to_one))
            path, model = (*path, name), relation.target
    unconstrained = [
        name
        for name, attribute in attributes(model).items()
        if isinstance(attribute, Relation) and attribute.unconstrained
    ]
    last_step = draw(st.sampled_from([*unconstrained, ""]))
    if last_step:
        path = (*path, last_step)
        return Null(path) if draw(st.booleans()) else NotNull(path)
    columns = [(name, attribute) for name, attribute in attributes(model).items() if isinstance(attribute, Column)]
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
    values = [value.value for value in column.allowed_values] if column.allowed_values else TEXTS
    if draw(st.booleans()):
        return OneOf(path, draw(st.frozensets(st.sampled_from(values), min_size=1)))
    return Compare(path, draw(st.sampled_from(Operator)), draw(st.sampled_from(values)))


async def stored_world(connection: Any) -> World:
    """Reads all rows of the database into memory."""
    world = World()
    for model in TYPES.values():
        for record in await connection.fetch(f"SELECT * FROM {model.__tablename__}"):
            world.add(model, dict(record))
    return world
