"""What every part of a statement says about rows: aliases, bind parameters, and what the actor sees and may do."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, true
from sqlalchemy.types import TypeEngine

from authz.access import Scope
from authz.actor import ActorKind
from authz.model.actions import VIEW
from authz.recording import RecordingAccess
from models import Base
from resolvers.query.field_templates import FieldTemplates
from resolvers.query.registry import Filter, FilterCondition, ObjectType, Row, ToMany, ToOne
from resolvers.query.selection import ParameterSlot
from resolvers.query.slot_values import SlotValues


class RowConditions:
    """The conditions of one statement. Those for `large` organizations have other forms, with more subqueries, each for
    an index of its own."""

    def __init__(self, access: RecordingAccess, *, large: bool) -> None:
        self.access = access
        self.large = large
        self.templates = FieldTemplates(access)
        self.values = SlotValues()
        self._aliases = 0

    def alias(self, model: type[Base]) -> FromClause:
        """A new alias of the model's table."""
        return model.__table__.alias(self.alias_name())

    def alias_name(self) -> str:
        """A new name for a table or subquery."""
        self._aliases += 1
        return f"a{self._aliases}"

    def value(self, slot: ParameterSlot, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """The value of a slot."""
        return self.values.get(slot, type_)

    def visible(self, type_: ObjectType, row: Row, scope: Scope) -> ColumnElement[bool]:
        """Whether the actor sees the row of the type."""
        assert type_.model is not None
        scope = scope if self.large else Scope.UNKNOWN
        return self.access.may(VIEW, type_.model, row, scope=scope)

    def allowed(self, type_: ObjectType, row: Row, action: str) -> ColumnElement[bool]:
        """Whether the actor may also perform `action` on a row that they see."""
        assert type_.model is not None
        return self.access.may_any_visible([action], type_.model, row)

    def filter(self, filter_: Filter, *, by_index: bool) -> FilterCondition:
        """The condition of a filter; `by_index`, if it is to lead to its rows by an index."""
        if not self.large:
            return filter_.condition
        return (filter_.by_index if by_index else None) or filter_.for_rows or filter_.condition

    def linked(self, edge: ToMany, row: Row, to: Row, scope: Scope) -> list[ColumnElement[bool]]:
        """The condition under which the edge links `to` to `row`, or in large organizations each of its alternatives.
        `scope` says for which rows it is evaluated."""
        if edge.join is None:
            return [true()]
        combined, *alternatives = self.templates.conditions(edge.join, edge.join, row, to)
        linked = alternatives if self.large and alternatives else [combined]
        same = self.same_organization(edge, row, to)
        return [and_(*same, condition) for condition in linked] if same else linked

    def same_organization(self, edge: ToOne | ToMany, row: Row, to: Row) -> list[ColumnElement[bool]]:
        """The condition that the edge doesn't cross the border between organizations, which only staff could. Those
        from and to an organization itself say it by their join."""
        is_open = self.access.traits.kind is ActorKind.STAFF and not edge.crosses
        both = is_open and "organization_id" in row.c and "organization_id" in to.c
        return [self.access.same_organization(to, row)] if both else []
