"""Completes a made-up world so that a formula holds of a row: a tableau.

Conditions without a choice are applied at once: a literal removes values, `and` splits, `every` applies to each row.
The others wait. Then the one with the fewest options is tried, option by option, and what follows from it.

    pending: (status = 'ACTIVE' or some grants (…)), every grants (not user_id = actor.id)
    -> status = 'ACTIVE'                                             first option, no new row
    -> some grants (…): a new row, to which `every grants` applies   second option

The search is complete: if no option is left, there is no such world at all. A new row for each `some` is enough,
because no condition tells one row from two equal ones, except by the ids of the actor's own rows; these are tried too.
To find the smallest world, it starts with a limit of few new rows, and raises it.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from authz.actor import Identity
from authz.counterexamples.domains import OTHER
from authz.counterexamples.formulas import FALSE, TRUE, AllOf, AnyOf, ColumnTest, Every, Formula, Some
from authz.counterexamples.partial_world import Clash, PartialWorld, keys
from authz.counterexamples.status import satisfying, status
from authz.predicates.nodes import Compare, Null, Operator
from models import Audience, Base, Organization, User

Option = Callable[[PartialWorld], None]
"""One way to satisfy a condition. Raises Clash if the world does not allow it."""

_NO_ORGANIZATION = ColumnTest(Null(("organization_id",)))
_DELIVERY = ColumnTest(Compare(("audience",), Operator.EQUAL, Audience.DELIVERY.value))
_ALL_DELIVERY_ACCOUNTS = ColumnTest(Compare(("all_delivery_accounts",), Operator.EQUAL, True))
CONSTRAINTS: Mapping[type[Base], tuple[Formula, ...]] = {
    User: (
        AnyOf((ColumnTest(_DELIVERY.leaf, positive=False), ColumnTest(_NO_ORGANIZATION.leaf, positive=False))),
        AnyOf((ColumnTest(_DELIVERY.leaf, positive=False), ColumnTest(_ALL_DELIVERY_ACCOUNTS.leaf, positive=False))),
    )
}
"""What the database demands besides keys: a delivery-audience user has an organization and a list of accounts."""


class OutOfSteps(Exception):
    """The search takes too long."""


class Search:
    """Searches with at most `max_rows` new rows, and `steps` choices. `cut` says that the limit of rows was met."""

    def __init__(self, max_rows: int, steps: int) -> None:
        self.steps = steps
        self.cut = False
        self._max_rows = max_rows

    def complete(self, world: PartialWorld) -> PartialWorld | None:
        """Returns `world`, or a copy, with all that is pending satisfied; None if that is impossible. Raises
        OutOfSteps."""
        try:
            choice = self._propagate(world)
        except Clash:
            return None
        for option in choice:
            self.steps -= 1
            if self.steps < 0:
                raise OutOfSteps
            copied = world.copied()
            try:
                option(copied)
            except Clash:
                continue
            found = self.complete(copied)
            if found is not None:
                return found
        if choice:
            return None
        world.note_shown()
        return self.complete(world) if self._refer(world) else world

    @staticmethod
    def _refer(world: PartialWorld) -> bool:
        """Demands the rows that foreign keys refer to, and returns whether any is missing.

        They matter: the contract account of a service is one of its organization.
        """
        for row, model in enumerate(world.models):
            for step, relation in keys(model):
                if world.row_at(row, step) is None and (values := world.values(row, relation.local)) != {None}:
                    there = Some(step, TRUE)
                    null = ColumnTest(Null((relation.local,)))
                    world.pending.append((row, AnyOf((there, null)) if None in values else there))
        return bool(world.pending)

    def _propagate(self, world: PartialWorld) -> list[Option]:
        """Satisfies all that has one option only. Returns the options of the condition with the fewest, none if nothing
        is pending."""
        while True:
            world.hold_keys()
            pending, world.pending = world.pending, []
            fewest: list[Option] = []
            waiting: list[tuple[int, Formula]] = []
            changed = False
            for row, formula in pending:
                if status(world, row, formula) is True:
                    continue
                options = list(self._options(world, row, formula))
                if not options:
                    raise Clash
                if len(options) == 1:
                    options[0](world)
                    changed = True
                    continue
                waiting.append((row, formula))
                if not fewest or len(options) < len(fewest):
                    fewest, chosen = options, (row, formula)
            world.pending = waiting + world.pending
            if not changed:
                if fewest:
                    world.pending.remove(chosen)
                return fewest

    def _options(self, world: PartialWorld, row: int, formula: Formula) -> Iterator[Option]:
        match formula:
            case AnyOf(items):
                for item in items:
                    if status(world, row, item) is not False:
                        yield partial(self.demand, row=row, formula=item)
            case Some(step, where) if world.relation(row, step).many:
                yield from self._elements(world, row, step, where)
            case Some(step, where):
                yield from self._targets(world, row, step, where)
            case Every(step, where):
                yield from self._exceptions(world, row, step, where)
            case _:
                yield partial(self.demand, row=row, formula=formula)

    def demand(self, world: PartialWorld, row: int, formula: Formula) -> None:
        """Makes `formula` hold of `row`, or lets it wait if there is a choice. Raises Clash."""
        match formula:
            case AllOf(items):
                for item in items:
                    self.demand(world, row, item)
            case ColumnTest():
                column = formula.column
                world.restrict(row, column, satisfying(world, row, formula))
            case Every(step, where) if world.relation(row, step).many:
                key = row, step
                world.every[key] = (*world.every.get(key, ()), where)
                certain, possible = world.rows_of(row, step)
                for other in certain:
                    self.demand(world, other, where)
                for other in possible:
                    world.pending.append((other, self._unless_in(world, row, step, where)))
            case Some(step) | Every(step) if not world.relation(row, step).many:
                self._to_one(world, row, formula)
            case _:
                world.pending.append((row, formula))

    def _to_one(self, world: PartialWorld, row: int, formula: Some | Every) -> None:
        step, relation = formula.step, world.relation(row, formula.step)
        other = world.row_at(row, step)
        if other is not None:
            self.demand(world, other, formula.where)
        elif isinstance(formula, Some):
            world.restrict(row, relation.local, world.values(row, relation.local) - {None})
            world.pending.append((row, formula))
        elif not (relation.nullable or relation.unconstrained):
            world.pending.append((row, Some(step, formula.where)))
        elif formula.where == FALSE and not relation.unconstrained:
            world.restrict(row, relation.local, frozenset({None}))
        else:
            key = row, step
            world.every[key] = (*world.every.get(key, ()), formula.where)
            world.pending.append((row, formula))

    def _elements(self, world: PartialWorld, row: int, step: str, where: Formula) -> Iterator[Option]:
        """Yields the ways in which a to-many relation can have such a row: one that it has, one of the actor's, a new
        one."""
        certain, possible = world.rows_of(row, step)
        for other in certain:
            if status(world, other, where) is not False:
                yield partial(self.demand, row=other, formula=where)
        if (row, step) in world.complete:
            return
        for other in possible:
            yield partial(self._join, row=row, step=step, other=other, where=where)
        yield partial(self._new_element, row=row, step=step, where=where)

    def _join(self, world: PartialWorld, row: int, step: str, other: int, where: Formula) -> None:
        relation = world.relation(row, step)
        world.restrict(other, relation.remote, world.values(row, relation.local))
        world.hold_keys()
        self.demand(world, other, where)

    def _new_element(self, world: PartialWorld, row: int, step: str, where: Formula) -> None:
        other = world.add_element(row, step)
        self._new(world, other)
        self.demand(world, other, where)

    def _targets(self, world: PartialWorld, row: int, step: str, where: Formula) -> Iterator[Option]:
        """Yields the rows at which a to-one relation can end: one of the actor's, a new one."""
        found = world.row_at(row, step)
        if found is not None:
            yield partial(self.demand, row=found, formula=where)
            return
        relation = world.relation(row, step)
        values = world.values(row, relation.local)
        new = [partial(self._new_target, row=row, step=step, where=where)] if OTHER in values else []
        actors = [
            partial(self._end_at, row=row, step=step, other=other, where=where)
            for identity, other in world.actors_rows.items()
            if identity in values and world.models[other] is relation.target
        ]
        # Without a reason, a row is of the actor's organization, and of another user.
        yield from (*actors, *new) if where != TRUE or relation.target is Organization else (*new, *actors)

    def _end_at(self, world: PartialWorld, row: int, step: str, other: int, where: Formula) -> None:
        world.link(row, step, other)
        for condition in (where, *world.every.get((row, step), ())):
            self.demand(world, other, condition)

    def _new_target(self, world: PartialWorld, row: int, step: str, where: Formula) -> None:
        other = world.add_target(row, step, counted=where != TRUE)
        self._new(world, other)
        for condition in (where, *world.every.get((row, step), ())):
            self.demand(world, other, condition)

    def _exceptions(self, world: PartialWorld, row: int, step: str, where: Formula) -> Iterator[Option]:
        """Yields the ways in which the row of a to-one relation, if there is one, satisfies `where`."""
        relation = world.relation(row, step)
        values = world.values(row, relation.local)
        found = world.row_at(row, step)
        if found is not None:
            yield partial(self.demand, row=found, formula=where)
            return
        if None in values:
            yield lambda world: world.restrict(row, relation.local, frozenset({None}))
        if relation.unconstrained and OTHER in values:
            # The id of a row that doesn't exist, or of one that is added later, with this condition.
            yield lambda world: world.restrict(row, relation.local, frozenset({OTHER}))
        for identity, other in world.actors_rows.items():
            if identity in values and world.models[other] is relation.target:
                yield partial(self._end_at, row=row, step=step, other=other, where=where)
        if OTHER in values and not relation.unconstrained:
            yield partial(self._new_target, row=row, step=step, where=where)

    def _new(self, world: PartialWorld, row: int) -> None:
        """Applies to a new row what holds of all rows of its type, and of all rows of the relations that it is in."""
        if world.new_rows > self._max_rows:
            self.cut = True
            raise Clash
        model = world.models[row]
        for constraint in CONSTRAINTS.get(model, ()):
            self.demand(world, row, constraint)
        for (owner, step), conditions in list(world.every.items()):
            relation = world.relation(owner, step)
            if relation.many and relation.target is model:
                certain, possible = world.rows_of(owner, step)
                for condition in conditions:
                    if row in certain:
                        self.demand(world, row, condition)
                    elif row in possible:
                        world.pending.append((row, self._unless_in(world, owner, step, condition)))

    def add(self, world: PartialWorld, model: type[Base]) -> int:
        """Adds a row that no other leads to. Raises Clash if there are too many."""
        row = world.add(model)
        self._new(world, row)
        return row

    @staticmethod
    def _unless_in(world: PartialWorld, owner: int, step: str, condition: Formula) -> Formula:
        """Returns the condition on a row that it is not one of a relation of a row of the actor, or satisfies
        `condition`."""
        relation = world.relation(owner, step)
        (identity,) = world.values(owner, relation.local)
        assert isinstance(identity, Identity)
        return AnyOf((ColumnTest(Compare((relation.remote,), Operator.EQUAL, identity), positive=False), condition))
