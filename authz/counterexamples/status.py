"""Says whether a formula holds of a row in a world that is still open: always, never, or that is open too."""

from authz.actor import Identity
from authz.counterexamples.domains import Value
from authz.counterexamples.formulas import FALSE, TRUE, AllOf, AnyOf, ColumnTest, Every, Formula, Some
from authz.counterexamples.partial_world import PartialWorld
from authz.model.resources import Relation
from authz.predicates.evaluate import compare
from authz.predicates.nodes import Compare, NotNull, Null, OneOf


def status(world: PartialWorld, row: int, formula: Formula) -> bool | None:
    """Returns whether `formula` holds of `row` however the world is completed, or never; None if that is open."""
    match formula:
        case ColumnTest():
            values = world.values(row, formula.column)
            held = satisfying(world, row, formula)
            return True if held == values else None if held else False
        case AllOf(items):
            known = [status(world, row, item) for item in items]
            return False if False in known else None if None in known else True
        case AnyOf(items):
            known = [status(world, row, item) for item in items]
            return True if True in known else None if None in known else False
        case Some(step, where) if world.relation(row, step).many:
            if where == FALSE:
                return False
            certain, _ = world.rows_of(row, step)
            known = [status(world, other, where) for other in certain]
            return True if True in known else False if (row, step) in world.complete and None not in known else None
        case Every(step, where) if world.relation(row, step).many:
            certain, _ = world.rows_of(row, step)
            known = [status(world, other, where) for other in certain]
            return False if False in known else True if where == TRUE else None
        case Some(step, where) | Every(step, where):
            return _status_of_one(world, row, world.relation(row, step), formula)


def _status_of_one(world: PartialWorld, row: int, relation: Relation, formula: Some | Every) -> bool | None:
    values = world.values(row, relation.local)
    if values == {None}:
        return isinstance(formula, Every)
    other = world.row_at(row, formula.step)
    known = None if other is None else status(world, other, formula.where)
    return known if None not in values else None


def satisfying(world: PartialWorld, row: int, test: ColumnTest) -> frozenset[Value]:
    """Returns those of the possible values of the column that satisfy the test."""
    values = world.values(row, test.column)
    return frozenset(value for value in values if _test(test, value, world) is test.positive)


def _test(test: ColumnTest, value: Value, world: PartialWorld) -> bool:
    match test.leaf:
        case Null():
            return value is None
        case NotNull():
            return value is not None
        case OneOf(_, values):
            return value in values
        case Compare(_, operator, expected):
            known = None if isinstance(expected, Identity) and expected not in world.actors_rows else expected
            return compare(operator, value, known)
