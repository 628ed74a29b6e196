"""A world of rows whose things and people have names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from authz.actor import Traits
from authz.model.resources import Column, attributes
from authz.predicates.evaluate import Row, Value, World
from authz.predicates.nodes import Identity
from models import Base


@dataclass(frozen=True, slots=True)
class NamedActor:
    """A user or an API client of the world who asks: the name, and what the policy knows of them."""

    name: str
    traits: Traits
    identity: Mapping[Identity, str | None]


@dataclass
class NamedWorld:
    """A world and its things by name; in another organization, a thing may have the same."""

    world: World = field(default_factory=World)
    resources: dict[type[Base], dict[tuple[str, str], Row]] = field(default_factory=dict)
    actors: dict[str, NamedActor] = field(default_factory=dict)

    def add(self, model: type[Base], organization: str, name: str, values: dict[str, Value]) -> Row:
        """A new row, whose columns are `values`; the others are null, false or empty."""
        row = self.world.add(model, {**defaults(model), **values})
        self.resources.setdefault(model, {})[organization, name] = row
        return row

    def known(self, model: type[Base]) -> dict[tuple[str, str], Row]:
        """The things of a type, by organization and name."""
        return self.resources.get(model, {})

    def owned(self, model: type[Base], organization: str) -> dict[str, Row]:
        """The things of a type in one organization, by name."""
        return {name: row for (owner, name), row in self.known(model).items() if owner == organization}

    def label(self, row: Row) -> str:
        """The name of a thing, with its organization where others have it too."""
        known = self.known(row.model)
        organization, name = next(key for key, value in known.items() if value is row)
        return name if sum(name == other for _, other in known) == 1 else f"{name} of {organization}"

    def find(self, text: str, model: type[Base], organization: str = "") -> Row | None:
        """The thing called `text`: that of `organization` if it has one, else the only one; or NAME of ORGANIZATION."""
        known = self.known(model)
        if (organization, text) in known:
            return known[organization, text]
        found = [row for (owner, name), row in known.items() if text in (name, f"{name} of {owner}")]
        return found[0] if len(found) == 1 else None

    def names(self, model: type[Base]) -> list[str]:
        """The names of all things of a type."""
        return [self.label(row) for row in self.known(model).values()]


def defaults(model: type[Base]) -> dict[str, Value]:
    """Values for all columns of a type: null, false, empty, or the first of its words."""
    empty: dict[str, Value] = {}
    for name, attribute in attributes(model).items():
        if isinstance(attribute, Column):
            word = next((str(each) for each in attribute.allowed_values or ()), "")
            empty[name] = None if attribute.nullable else False if attribute.scalar is bool else word
    return empty
