"""Which rows a connection has, and how the statements for large organizations find them."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, true

from authz.access import Scope
from authz.actor import ACTOR_ORGANIZATION_ID
from authz.model.actions import VIEW
from authz.predicates.index_use import is_in_organization
from authz.predicates.nodes import TRUE, All, Compare
from models import Base, is_of
from resolvers.query.connection import ConnectionSource, FewRows, OneCondition
from resolvers.query.json_sql import Json
from resolvers.query.page_rows import FirstRows
from resolvers.query.registry import ObjectType, Row, ToMany
from resolvers.query.row_conditions import RowConditions
from resolvers.query.selection import Page, Selection


@dataclass(frozen=True)
class ListRows:
    """The rows of `target` that the edge links to `row`, that the actor sees, and that pass the filters of the page.
    `within_list` says that `row` is one of many."""

    statement: RowConditions
    target: ObjectType
    edge: ToMany
    row: Row
    page: Page
    within_list: bool

    def source(self, text: Callable[[Selection, Row], Json]) -> ConnectionSource:
        """How the connection is read. `text` returns the JSON text of a row."""
        statement, order = self.statement, self.target.orders[self.page.order]
        # In the order of their ids, the rows of one organization or of the platform are found by an index.
        parts = order.parts if statement.large and self.edge.join is None else ()
        return ConnectionSource(
            self.rows,
            text,
            statement.value,
            self.page.order,
            order,
            statement.alias_name,
            None if order.sorts else self._first(),
            parts,
            self._few(),
            statement.access.same_organization,
        )

    def rows(self, *, every: bool = False, by_index: bool = False) -> tuple[Row, list[ColumnElement[bool]]]:
        """As `page_rows.Rows`."""
        to = self.statement.alias(self._model)
        scope = Scope.ALL if every else self._of_page
        both = self._conditions(to, scope, by_index=by_index or every)
        return to, [and_(*both, condition) for condition in self.statement.linked(self.edge, self.row, to, scope)]

    @property
    def _model(self) -> type[Base]:
        assert self.target.model is not None
        return self.target.model

    @property
    def _has_index(self) -> bool:
        """Whether a filter leads to its rows by an index."""
        return any(self.target.filters[name].by_index for name, _ in self.page.filters)

    @property
    def _of_page(self) -> Scope:
        # Few rows belong to each of the rows of another list, and few pass such a filter.
        return Scope.ROW if self.within_list or self._has_index else Scope.PAGE

    def _filters(self, to: Row, *, by_index: bool) -> list[ColumnElement[bool]]:
        statement, filters = self.statement, self.target.filters
        return [
            statement.filter(filters[name], by_index=by_index)(
                to, statement.value(slot, filters[name].type), statement.access
            )
            for name, slot in self.page.filters
        ]

    def _conditions(self, to: Row, scope: Scope, *, by_index: bool) -> list[ColumnElement[bool]]:
        action = self.edge.action
        # Being allowed an action on a row does not make it visible: "view" is required as well.
        allowed = [self.statement.allowed(self.target, to, action)] if action != VIEW else []
        return [self.statement.visible(self.target, to, scope), *self._filters(to, by_index=by_index), *allowed]

    def _first(self) -> FirstRows | None:
        listed = self._listed(by_index=self._has_index)
        if listed is None:
            return None

        def passes(to: Row) -> ColumnElement[bool]:
            return and_(*self._conditions(to, self._of_page, by_index=False))

        of_all = self.edge.join is not None or self.statement.access.decide(VIEW, self._model) == TRUE
        return FirstRows(listed, passes, self._has_index, None if of_all else ACTOR_ORGANIZATION_ID)

    def _few(self) -> FewRows | None:
        if self.edge.join is not None or not self.page.filters or self._listed(by_index=False) is None:
            return None

        def filtered() -> tuple[Row, ColumnElement[bool]]:
            to = self.statement.alias(self._model)
            return to, and_(is_of(to, ACTOR_ORGANIZATION_ID), *self._filters(to, by_index=True))

        def admitted() -> tuple[Row, ColumnElement[bool]]:
            to = self.statement.alias(self._model)
            return to, and_(*self._conditions(to, Scope.ROW, by_index=True))

        return FewRows(filtered, admitted)

    def _listed(self, *, by_index: bool) -> OneCondition | None:
        """Returns the rows of which the first ones are to be tested: those that the edge links, or all. None if the
        usual way is as good, or they are not found by an index."""
        statement, edge = self.statement, self.edge
        if not statement.large or (edge.join is not None and not by_index):
            return None
        if edge.join is not None and len(self._linked(statement.alias(self._model))) > 1:
            return None
        if edge.join is None and not self._is_walked(by_index=by_index):
            return None

        def listed() -> tuple[Row, ColumnElement[bool]]:
            to = statement.alias(self._model)
            if edge.join is None:
                # Their organization is a range (`page_rows.py`).
                return to, true()
            return to, and_(statement.access.same_organization(to), *self._linked(to))

        return listed

    def _linked(self, to: Row) -> list[ColumnElement[bool]]:
        return self.statement.linked(self.edge, self.row, to, Scope.ROW)

    def _is_walked(self, *, by_index: bool) -> bool:
        """Whether the first rows of a whole table are to be tested for what few of them may satisfy."""
        seen = self.statement.access.decide(VIEW, self._model)
        if by_index:
            return seen == TRUE or is_in_organization(seen, self._model)
        by_column = all(isinstance(item, Compare) for item in (seen.items if isinstance(seen, All) else {seen}))
        return is_in_organization(seen, self._model) and not by_column
