"""The three views of a preview: what the user would see after the change, what they gain and what they lose.

Each is a condition on rows that the admin sees: the policy decides for the user before and after, and for the admin.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, or_, select, table, true

from authz.access import Access, Scope
from authz.hypothetical import SUBJECT_ID, HypotheticalAccess
from authz.model.actions import VIEW
from authz.predicates.nodes import Flag, any_leaf
from authz.recording import RecordingAccess
from models import Base, ContractAccount, DeliveryAccount, Service, User
from resolvers.access_preview.changed_rows import CHANGED_COLUMNS, own_row
from resolvers.query import json_sql, shared_parts
from resolvers.query.json_sql import Json
from resolvers.query.planner import Planner
from resolvers.query.registry import Registry, Row, ToMany
from resolvers.query.selection import ObjectField, Part, Selection, StaticField

VIEWED: tuple[type[Base], ...] = (ContractAccount, DeliveryAccount, Service, User)
"""The types of rows that a preview lists."""


class View(StrEnum):
    """The fields of a preview that hold rows."""

    AFTER = "after"
    GAINS = "gains"
    LOSES = "loses"


def in_view(_view: Row, _row: Row, _access: Access) -> ColumnElement[bool]:
    """The rows of a view. Only the `PreviewPlanner` knows which view it is."""
    raise AssertionError("a view is planned by the planner of previews only")


@dataclass(frozen=True, slots=True)
class Sides:
    """The user's access before and after the change, None for none. A user who `is_new` has no row yet."""

    before: HypotheticalAccess | None
    after: HypotheticalAccess | None
    is_new: bool

    def condition(self, view: View, model: type[Base], row: FromClause, scope: Scope) -> ColumnElement[bool]:
        """Whether a row of `model` is in the view. Never NULL where that counts."""
        before, after = (self._sees(access, model, row, scope) for access in (self.before, self.after))
        match view:
            case View.AFTER:
                return after
            case View.GAINS:
                return _without(after, before)
            case View.LOSES:
                return _without(before, after)

    def _sees(
        self, access: HypotheticalAccess | None, model: type[Base], row: FromClause, scope: Scope
    ) -> ColumnElement[bool]:
        if access is None:
            return false()
        sees = access.may(VIEW, model, row, scope=scope)
        if model is not User or self.is_new or not access.replaced.tables or not _depends_on_change(access):
            return sees
        # The stored row of the user themselves is the one from before.
        own = own_row()
        is_own = select(json_sql.int_literal(1)).select_from(own).where(own.c.id == SUBJECT_ID)
        sees_own = exists(is_own.where(access.may(VIEW, User, own)).correlate_except(own))
        return or_(and_(row.c.id != SUBJECT_ID, sees), and_(row.c.id == SUBJECT_ID, sees_own))


def _depends_on_change(access: HypotheticalAccess) -> bool:
    """Whether a user is visible depends on a column that the change of a user changes."""
    where = access.decide(VIEW, User)
    return any_leaf(where, lambda leaf: isinstance(leaf, Flag) or leaf.path[-1] in CHANGED_COLUMNS)


def _without(sees: ColumnElement[bool], other: ColumnElement[bool]) -> ColumnElement[bool]:
    if other is false():
        return sees
    return false() if sees is false() or other is true() else and_(sees, other.is_not(true()))


class PreviewPlanner(Planner):
    """Plans the selection of a preview, whose parts are views. Inside of their rows, all is as the admin sees it."""

    def __init__(self, registry: Registry, access: RecordingAccess, sides: Sides, *, large: bool) -> None:
        super().__init__(registry, access, large=large)
        self._sides = sides
        self._view = View.AFTER

    def plan(self, selection: Selection) -> ColumnElement[str]:
        """As `Planner.plan`."""
        return json_sql.sql(shared_parts.object_(selection.parts, self._rows, self.alias_name))

    def _rows(self, part: Part) -> Json:
        if isinstance(part, StaticField):
            return [part.json]
        assert isinstance(part, ObjectField)
        self._view = View(part.field)
        return self.object(part.selection, table("no_row"), self.registry.objects[part.selection.type])

    def linked(self, edge: ToMany, row: Row, to: Row, scope: Scope) -> list[ColumnElement[bool]]:
        """As `Planner.linked`."""
        if edge.join is not in_view:
            return super().linked(edge, row, to, scope)
        model = self.registry.objects[edge.target].model
        assert model is not None
        return [self._sides.condition(self._view, model, to, scope if self.large else Scope.UNKNOWN)]
