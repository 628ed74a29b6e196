"""The values that a column of a made-up row may have: few, but enough for every combination of the conditions.

A column is only compared with constants and with the actor's identity. So of a text it matters which constant it is, or
between which two it lies; of an id, whether it is that of the actor, or another; of a time, whether there is one.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from itertools import chain
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Table

from authz.actor import ActorKind, Identity
from authz.counterexamples.formulas import AllOf, AnyOf, ColumnTest, Every, Formula, Some
from authz.model.resources import Column, Relation, attributes
from authz.predicates.nodes import Compare, OneOf
from models import ApiClient, Base, Organization, User

A_TIME: Final = "2026-01-01"
A_TEXT: Final = "Some text"


class Reference(Enum):
    """An id that is not one of the actor's."""

    OTHER = "other"


OTHER: Final = Reference.OTHER

Value = str | bool | int | Identity | Reference | None
Domain = frozenset[Value]

ACTORS_ROWS: Final = {
    Identity.ID: User,
    Identity.ORGANIZATION_ID: Organization,
    Identity.CLIENT_ID: ApiClient,
}
"""The types of the rows that an actor's identity names."""

IDENTITIES: Final = {
    ActorKind.MEMBER: (Identity.ID, Identity.ORGANIZATION_ID),
    ActorKind.STAFF: (Identity.ID,),
    ActorKind.CLIENT: (Identity.ID, Identity.ORGANIZATION_ID, Identity.CLIENT_ID),
}
"""The part of the identity that actors of each kind have."""


class Domains:
    """The values of each column, for actors of `kind` and the constants in `formulas`, each about rows of a type."""

    def __init__(self, kind: ActorKind, formulas: Iterable[tuple[type[Base], Formula]]) -> None:
        self._identities = frozenset(IDENTITIES[kind])
        self._constants: dict[tuple[type[Base], str], set[str]] = {}
        self._known: dict[tuple[type[Base], str], Domain] = {}
        self.steps: set[tuple[type[Base], str]] = set()
        """The relations that the formulas name, each with the type of the row that it starts from."""
        for model, formula in formulas:
            self._collect(formula, model)

    def of(self, model: type[Base], name: str) -> Domain:
        """Returns the values of the column `name`. An id of a row of its own is that of another, not the actor's."""
        key = model, name
        if key not in self._known:
            column = attributes(model)[name]
            assert isinstance(column, Column)
            values = frozenset(self._values(model, name, column))
            self._known[key] = values | {None} if column.nullable else values
        return self._known[key]

    def _values(self, model: type[Base], name: str, column: Column) -> Iterable[Value]:
        if column.scalar is UUID:
            return (OTHER, *self._references(model, name))
        if column.scalar is bool:
            return (False, True)
        if column.scalar is not str:
            return (A_TIME,)
        if column.allowed_values is not None:
            return map(str, column.allowed_values)
        return _texts(sorted(self._constants.get((model, name), ())))

    def _references(self, model: type[Base], name: str) -> Iterable[Identity]:
        if name == "id":
            return ()
        target = referenced(model, name)
        return self._identities if target is None else (key for key in self._identities if ACTORS_ROWS[key] is target)

    def _collect(self, formula: Formula, model: type[Base]) -> None:
        match formula:
            case AllOf(items) | AnyOf(items):
                for item in items:
                    self._collect(item, model)
            case Some(step, where) | Every(step, where):
                relation = attributes(model)[step]
                assert isinstance(relation, Relation)
                self.steps.add((model, step))
                self._collect(where, relation.target)
            case ColumnTest(Compare((name,), _, str() as value)) if not isinstance(value, Identity):
                self._constants.setdefault((model, name), set()).add(value)
            case ColumnTest(OneOf((name,), values)):
                self._constants.setdefault((model, name), set()).update(values)


@cache
def referenced(model: type[Base], name: str) -> type[Base] | None:
    """Returns the type whose rows the ids in a column are of; None if the models don't say."""
    for attribute in attributes(model).values():
        if isinstance(attribute, Relation) and not attribute.many and attribute.local == name:
            return attribute.target
    tables = {
        key.column.table for key in cast("Table", model.__table__).c[name].foreign_keys if key.column.name == "id"
    }
    if name == "organization_id" or cast("Table", Organization.__table__) in tables:
        return Organization
    return next((model for model in (User, ApiClient) if cast("Table", model.__table__) in tables), None)


def _texts(constants: list[str]) -> Iterator[str]:
    """Yields the constants, and a text below, above and between any two of them, in the order of code points."""
    if not constants:
        yield A_TEXT
        return
    below = [text for text in ("A", "0", " ", "") if text < constants[0]]
    yield from chain(below[:1], constants)
    for text, following in zip(constants, (*constants[1:], None), strict=True):
        after: Any = (text + ending for ending in ("x", "a", " ", "\x01"))
        yield from [longer for longer in after if following is None or longer < following][:1]
