"""A made-up world while it is searched for: rows, links between them, and the values that are still open.

Two columns that must be equal, such as a foreign key and the id that it names, share one cell. A cell has the values
that are still possible; no condition connects the values of two cells otherwise. The rows of the actor exist from the
start; any other row is a new one. A foreign key holds with all its columns: a grant to the actor is in the actor's
organization.
"""

from copy import copy
from functools import cache
from typing import Final

from authz.actor import ActorKind, Identity, Traits
from authz.counterexamples.domains import A_TIME, ACTORS_ROWS, IDENTITIES, OTHER, Domains, Value
from authz.counterexamples.formulas import Formula
from authz.model.resources import Relation, attributes
from models import Base, User, UserPermission

_ANOTHER: Final = frozenset({OTHER})


class Clash(Exception):
    """No value is left for a cell: the world can't be completed."""


class PartialWorld:
    """A world in which values, links and conditions are open. `pending` are conditions that wait for a choice, each
    with its row; `every` are those on all rows of a relation; `complete` are the relations that get no more rows.
    `known` are the columns of the actor's rows that say what the actor is; `shown` those of all rows that matter, once
    that is settled."""

    def __init__(self, traits: Traits, domains: Domains) -> None:
        self.models: list[type[Base]] = []
        self.cells: list[dict[str, int]] = []
        self.pending: list[tuple[int, Formula]] = []
        self.every: dict[tuple[int, str], tuple[Formula, ...]] = {}
        self.complete: set[tuple[int, str]] = set()
        self.actors_rows: dict[Identity, int] = {}
        self.new_rows = 0
        self.shown: list[frozenset[str]] | None = None
        self._domains = domains
        self._parents: list[int] = []
        self._values: list[frozenset[Value]] = []
        self._owners: dict[int, int] = {}
        for identity in IDENTITIES[traits.kind]:
            self.actors_rows[identity] = self._add(ACTORS_ROWS[identity], identity)
        self._describe_actor(traits)
        self.known = [frozenset(cells) for cells in self.cells]

    def note_shown(self) -> None:
        """Notes the rows and columns that conditions are about. Rows that only foreign keys need come after them."""
        if self.shown is None:
            self.shown = [frozenset(cells) for cells in self.cells]

    def copied(self) -> "PartialWorld":
        """Returns a copy that can be changed."""
        world = copy(self)
        for name in ("models", "pending", "every", "complete", "_parents", "_values", "_owners"):
            setattr(world, name, copy(getattr(self, name)))
        world.cells = [dict(cells) for cells in self.cells]
        return world

    def values(self, row: int, column: str) -> frozenset[Value]:
        """Returns the values that the column of the row may still have."""
        return self._values[self.cell(row, column)]

    def restrict(self, row: int, column: str, values: frozenset[Value]) -> None:
        """Leaves the column only those of its values that are in `values`. Raises Clash if that is none."""
        cell = self.cell(row, column)
        self._values[cell] = _not_empty(self._values[cell] & values)

    def cell(self, row: int, column: str) -> int:
        """Returns the cell of the column."""
        cells = self.cells[row]
        cell = cells.get(column)
        if cell is None:
            cell = cells[column] = self._new_cell(self._domains.of(self.models[row], column))
        # The hottest lines of a comparison of policies: a call of `_root` would take twice as long.
        parents = self._parents
        while parents[cell] != cell:
            cell = parents[cell]
        return cell

    def relation(self, row: int, step: str) -> Relation:
        """Returns the relation `step` of the row."""
        return _relation(self.models[row], step)

    def row_at(self, row: int, step: str) -> int | None:
        """Returns the row at the end of a to-one relation, or None if that is still open."""
        relation = self.relation(row, step)
        cell = self.cell(row, relation.local)
        return self._owners.get(cell, self._actors_row(cell))

    def rows_of(self, row: int, step: str) -> tuple[list[int], list[int]]:
        """Returns the rows of a to-many relation, and those that may still become rows of it."""
        relation = self.relation(row, step)
        target, remote = relation.target, relation.remote
        own = self.cell(row, relation.local)
        wanted = self._values[own]
        certain, possible = [], []
        for other, model in enumerate(self.models):
            if model is target:
                cell = self.cell(other, remote)
                values = self._values[cell]
                if cell == own or wanted == values != _ANOTHER:
                    certain.append(other)
                elif OTHER not in wanted and wanted <= values:
                    possible.append(other)
        return certain, possible

    def add_target(self, row: int, step: str, *, counted: bool) -> int:
        """Adds the row at the end of a to-one relation, and returns it. Not `counted`: a foreign key needs it."""
        other = self._add(self.relation(row, step).target, OTHER)
        self.new_rows += counted
        self.link(row, step, other)
        return other

    def add_element(self, row: int, step: str) -> int:
        """Adds a row of a to-many relation, and returns it."""
        other = self.add(self.relation(row, step).target)
        self.link(other, inverse(self.models[row], self.relation(row, step)), row)
        return other

    def add(self, model: type[Base]) -> int:
        """Adds a row that is none of the actor's, and returns it."""
        self.new_rows += 1
        return self._add(model, OTHER)

    def link(self, row: int, step: str, other: int) -> None:
        """Makes `other` the row at the end of a to-one relation of `row`. Raises Clash."""
        relation = self.relation(row, step)
        self._unify(self.cell(row, relation.local), self.cell(other, relation.remote))
        for theirs, own in relation.equal:
            self._unify(self.cell(row, own), self.cell(other, theirs))

    def hold_keys(self) -> None:
        """Makes all columns of foreign keys to the actor's rows hold. Raises Clash."""
        for row, model in enumerate(self.models):
            cells = self.cells[row]
            for name, relation in keys(model):
                if relation.local in cells:
                    other = self._actors_row(self.cell(row, relation.local))
                    if other is not None and other != row:
                        self.link(row, name, other)

    def _add(self, model: type[Base], identity: Value) -> int:
        row = len(self.models)
        self.models.append(model)
        self.cells.append({})
        if "id" in attributes(model):
            cell = self.cells[row]["id"] = self._new_cell(frozenset({identity}))
            self._owners[cell] = row
        return row

    def _new_cell(self, values: frozenset[Value]) -> int:
        self._parents.append(len(self._parents))
        self._values.append(values)
        return len(self._parents) - 1

    def _actors_row(self, cell: int) -> int | None:
        values = self._values[cell]
        if len(values) != 1:
            return None
        (value,) = values
        return self.actors_rows.get(value) if isinstance(value, Identity) else None

    def _unify(self, first: int, second: int) -> None:
        if first == second:
            return
        self._values[first] = _not_empty(self._values[first] & self._values[second])
        self._parents[second] = first
        if second in self._owners:
            assert first not in self._owners, "two rows have one id"
            self._owners[first] = self._owners.pop(second)

    def _describe_actor(self, traits: Traits) -> None:
        user = self.actors_rows[Identity.ID]
        known: dict[str, Value] = {
            "audience": str(traits.audience),
            "all_contract_accounts": traits.all_contract_accounts,
            "all_delivery_accounts": traits.all_delivery_accounts,
            "activated_at": A_TIME,
            "removed_at": None,
        }
        if traits.kind is ActorKind.STAFF:
            known["organization_id"] = None
        else:
            self.link(user, "organization", self.actors_rows[Identity.ORGANIZATION_ID])
        for name, value in known.items():
            self.restrict(user, name, frozenset({value}))
        if traits.kind is ActorKind.CLIENT:
            client = self.actors_rows[Identity.CLIENT_ID]
            self.link(client, "owner", user)
            self.restrict(client, "revoked_at", frozenset({None}))
        if (User, "permissions") in self._domains.steps:
            for permission in sorted(map(str, traits.permissions)):
                held = self._add(UserPermission, OTHER)
                self.link(held, "user", user)
                self.restrict(held, "permission", frozenset({permission}))
            self.complete.add((user, "permissions"))


def _not_empty(values: frozenset[Value]) -> frozenset[Value]:
    if not values:
        raise Clash
    return values


def inverse(model: type[Base], relation: Relation) -> str:
    """Returns the to-one relation that leads back to a row of `model` from a row of its to-many `relation`."""
    return next(
        name
        for name, back in attributes(relation.target).items()
        if isinstance(back, Relation) and not back.many and back.local == relation.remote and back.target is model
    )


@cache
def keys(model: type[Base]) -> tuple[tuple[str, Relation], ...]:
    """Returns the relations of `model` with a foreign key, by name."""
    return tuple(
        (name, relation)
        for name, relation in attributes(model).items()
        if isinstance(relation, Relation) and not relation.many and not relation.unconstrained
    )


@cache
def _relation(model: type[Base], step: str) -> Relation:
    relation = attributes(model)[step]
    assert isinstance(relation, Relation)
    return relation
