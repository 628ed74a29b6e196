"""Holds a test world: rows of data, whose resources and actors have names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from authz.actor import Identity, Traits
from authz.model.resources import Column, attributes
from authz.predicates.evaluate import Row, Value, World
from models import Base


@dataclass(frozen=True, slots=True)
class NamedActor:
    """A user or an API client of the world as an actor: the name, traits and identity."""

    name: str
    traits: Traits
    identity: Mapping[Identity, str | None]


@dataclass
class NamedWorld:
    """A world, and its resources by organization and name: names are unique per organization and type."""

    world: World = field(default_factory=World)
    resources: dict[type[Base], dict[tuple[str, str], Row]] = field(default_factory=dict)
    actors: dict[str, NamedActor] = field(default_factory=dict)

    def add(self, model: type[Base], organization: str, name: str, values: dict[str, Value]) -> Row:
        """Adds a row with the columns `values`; the others are null, false or empty."""
        row = self.world.add(model, {**defaults(model), **values})
        self.resources.setdefault(model, {})[organization, name] = row
        return row

    def by_key(self, model: type[Base]) -> dict[tuple[str, str], Row]:
        """Returns the resources of a type, by organization and name."""
        return self.resources.get(model, {})

    def in_organization(self, model: type[Base], organization: str) -> dict[str, Row]:
        """Returns the resources of a type in one organization, by name."""
        return {name: row for (owner, name), row in self.by_key(model).items() if owner == organization}

    def label(self, row: Row) -> str:
        """Returns the name of a resource, with its organization if the name is not unique."""
        resources = self.by_key(row.model)
        organization, name = next(key for key, value in resources.items() if value is row)
        return name if sum(name == other for _, other in resources) == 1 else f"{name} of {organization}"

    def find(self, text: str, model: type[Base], organization: str = "") -> Row | None:
        """Finds the resource named `text`, which is NAME or NAME of ORGANIZATION.

        Prefers the one of `organization`; otherwise the name must be unique. Returns None if there is no such resource.
        """
        resources = self.by_key(model)
        if (organization, text) in resources:
            return resources[organization, text]
        matches = [row for (owner, name), row in resources.items() if text in (name, f"{name} of {owner}")]
        return matches[0] if len(matches) == 1 else None

    def names(self, model: type[Base]) -> list[str]:
        """Returns the names of all resources of a type."""
        return [self.label(row) for row in self.by_key(model).values()]


def defaults(model: type[Base]) -> dict[str, Value]:
    """Returns values for all columns of a type: null, false, empty, or the first of its allowed values."""
    values: dict[str, Value] = {}
    for name, attribute in attributes(model).items():
        if isinstance(attribute, Column):
            first = next((str(value) for value in attribute.allowed_values or ()), "")
            values[name] = None if attribute.nullable else False if attribute.scalar is bool else first
    return values
