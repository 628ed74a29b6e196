"""Finds the smallest made-up world in which a formula holds of a row, as rows that can be evaluated and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from authz.actor import Identity, Traits
from authz.counterexamples.domains import OTHER, Domains, Value
from authz.counterexamples.formulas import Formula
from authz.counterexamples.partial_world import Clash, PartialWorld
from authz.counterexamples.search import OutOfSteps, Search
from authz.model.resources import Column, ResourceFlag, attributes
from authz.predicates.evaluate import Row, World
from models import Base, Organization, User

ROWS: Final = (1, 2, 3, 4, 6, 9, 12)
"""How many rows, apart from those of the actor, a made-up world may have: first few, then more."""

MAX_STEPS: Final = 4_000
"""How many choices a search may try: a few seconds."""

_NAMES: Final = {
    Identity.ID: "the actor",
    Identity.ORGANIZATION_ID: "the actor's organization",
    Identity.CLIENT_ID: "the client",
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a made-up world: its name, and the columns that matter."""

    model: type[Base]
    name: str
    values: Mapping[str, str | bool | int | None]


@dataclass(frozen=True, slots=True)
class Witness:
    """A made-up world with an actor and a row. `shown` are the rows that matter, the one asked about first."""

    traits: Traits
    world: World
    identity: Mapping[Identity, str | None]
    row: Row
    shown: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """No world was found. `proved`: there is none; otherwise there may be one with more rows than were tried, or the
    search was too long."""

    proved: bool


def find(model: type[Base], traits: Traits, formula: Formula) -> Witness | Nothing:
    """Returns the smallest world with an actor with `traits` in which `formula` holds of a row of `model`."""
    domains = Domains(traits.kind, [(model, formula)])
    steps = MAX_STEPS
    for max_rows in ROWS:
        search = Search(max_rows, steps)
        try:
            found = _find(search, model, traits, domains, formula)
        except OutOfSteps:
            return Nothing(proved=False)
        if found is not None:
            return found
        if not search.cut:
            return Nothing(proved=True)
        steps = search.steps
    return Nothing(proved=False)


def _find(search: Search, model: type[Base], traits: Traits, domains: Domains, formula: Formula) -> Witness | None:
    start = PartialWorld(traits, domains)
    for subject in (*(row for row in start.actors_rows.values() if start.models[row] is model), None):
        world = start.copied()
        try:
            row = search.add(world, model) if subject is None else subject
            search.demand(world, row, formula)
        except Clash:
            continue
        found = search.complete(world)
        if found is not None:
            return _finished(found, row, traits)
    return None


def _finished(world: PartialWorld, subject: int, traits: Traits) -> Witness:
    assert world.shown is not None
    names = _row_names(world)
    result = World()
    rows = [result.add(model, _row_values(world, row, names)) for row, model in enumerate(world.models)]
    columns = [shown - {"id"} for shown in world.shown]
    for row, known in enumerate(world.known):
        if row != subject:
            columns[row] -= known
    others = (row for row in range(len(columns)) if row >= len(world.known) or columns[row])
    shown = tuple(
        ShownRow(
            model=world.models[row],
            name=str(rows[row].values.get("id", "")),
            values={name: rows[row].values[name] for name in sorted(columns[row])},
        )
        for row in dict.fromkeys((subject, *others))
    )
    identity = {key: _NAMES[key] if key in world.actors_rows else None for key in Identity}
    return Witness(traits, result, identity, rows[subject], shown)


def _row_names(world: PartialWorld) -> dict[int, str]:
    """Returns the ids of all rows, by their cells."""
    names = {world.cell(row, "id"): _NAMES[identity] for identity, row in world.actors_rows.items()}
    numbers: dict[type[Base], int] = {}
    for row, model in enumerate(world.models):
        if "id" in attributes(model) and (cell := world.cell(row, "id")) not in names:
            numbers[model] = numbers.get(model, 0) + 1
            names[cell] = f"another {model.__name__}" if model in (Organization, User) else model.__name__
            if numbers[model] > 1:
                names[cell] += f" {numbers[model]}"
    return names


def _row_values(world: PartialWorld, row: int, names: Mapping[int, str]) -> dict[str, str | bool | int | None]:
    values: dict[str, str | bool | int | None] = {}
    for name, attribute in attributes(world.models[row]).items():
        if isinstance(attribute, Column):
            cell = world.cell(row, name)
            value = _chosen(name, world.values(row, name))
            if isinstance(value, Identity):
                values[name] = _NAMES[value]
            else:
                values[name] = names.get(cell, f"other {cell}") if value is OTHER else value
    if world.models[row] is User:
        removed, activated = values["removed_at"] is not None, values["activated_at"] is not None
        values |= {ResourceFlag.PRESENT: not removed, ResourceFlag.REMOVED: removed}
        values |= {ResourceFlag.ACTIVATED: activated, ResourceFlag.AWAITING_ACTIVATION: not activated}
    return values


def _chosen(name: str, values: frozenset[Value]) -> Value:
    """Returns the plainest of the possible values: the actor's organization, nothing, another row."""
    plain = (*((Identity.ORGANIZATION_ID,) if name == "organization_id" else ()), None, False, OTHER)
    return next((value for value in plain if value in values), min(values, key=str))
