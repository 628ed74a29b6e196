"""Plans a selection: one SELECT that builds the whole answer as JSON text inside PostgreSQL.

Every object becomes a text concatenation over one row, every to-one edge a correlated subquery that returns one such
text, every connection a correlated subquery over a page of rows (`resolvers/query/connection.py`). The WHERE of each
subquery contains the policy's predicate. For `{ organization(id: …) { name } }`:

    SELECT '{"organization":' || coalesce(
        (SELECT '{"name":' || to_json(a1.name)::text || '}' FROM organizations AS a1
          WHERE a1.id = :slot_0 AND a1.id = :actor_organization_id), 'null') || '}'

A non-null edge whose target is not visible to the actor yields NULL, and `||` propagates it to the nearest nullable
field: GraphQL's rule for nulls, without extra code. (Policies under which this can happen are rejected at load.)

The statement depends on the selection's shape and the actor's traits; all values are bind parameters.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.elements import False_, True_
from sqlalchemy.types import TypeEngine

from authz.access import Access, Scope
from authz.actor import ACTOR_ORGANIZATION_ID
from authz.model.actions import VIEW
from authz.predicates.index_use import is_in_organization
from authz.predicates.nodes import TRUE, Compare, Predicate
from authz.recording import RecordingAccess
from models import Base
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.query import connection, json_sql, shared_parts
from resolvers.query.field_templates import FieldTemplates
from resolvers.query.json_sql import Json
from resolvers.query.page_rows import FirstRows
from resolvers.query.registry import (
    Filter,
    FilterCondition,
    Group,
    ObjectType,
    Registry,
    Row,
    Scalar,
    ToList,
    ToMany,
    ToOne,
)
from resolvers.query.selection import (
    ConnectionField,
    ListField,
    NodesByIds,
    ObjectField,
    ParameterSlot,
    Part,
    ScalarField,
    Selection,
    StaticField,
)

SLOT = "slot_"
"""The prefix of bind parameters for values of the request."""


class Planner:
    """Plans one selection for actors of equal traits. Create one per statement.

    Statements for `large` organizations have other conditions, with more subqueries, each for an index of its own.
    """

    def __init__(self, registry: Registry, access: RecordingAccess, *, large: bool = False) -> None:
        self.registry = registry
        self.access = access
        self.large = large
        self.templates = FieldTemplates(access)
        self._aliases = 0
        self._lists = 0  # around the part that is being planned

    def plan(self, selection: Selection) -> ColumnElement[str]:
        """The JSON text of the query's data: an expression that uses no row."""
        return json_sql.sql(self.object(selection, table("no_row"), self.registry.objects[selection.type]))

    def alias(self, model: type[Base]) -> FromClause:
        """A new alias of the model's table."""
        return model.__table__.alias(self.alias_name())

    def alias_name(self) -> str:
        """A new name for a table or subquery."""
        self._aliases += 1
        return f"a{self._aliases}"

    def value(self, slot: ParameterSlot, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """The bind parameter of a slot."""
        return bindparam(f"{SLOT}{slot.index}", type_=type_)

    def object(self, selection: Selection, row: Row, type_: ObjectType) -> Json:
        """The JSON text of one object built from `row`."""
        return shared_parts.object_(selection.parts, lambda part: self._part(part, row, type_), self.alias_name)

    def visible(self, type_: ObjectType, row: Row, scope: Scope) -> ColumnElement[bool]:
        """Whether the actor sees the row of the type."""
        assert type_.model is not None
        scope = scope if self.large else Scope.UNKNOWN
        return self.access.may(VIEW, type_.model, row, scope=scope)

    def allowed(self, type_: ObjectType, row: Row, action: str) -> ColumnElement[bool]:
        """Whether the actor may also perform `action` on a row that they see."""
        assert type_.model is not None
        return self.access.may_any_visible([action], type_.model, row)

    def _part(self, part: Part, row: Row, type_: ObjectType) -> Json:
        match part:
            case StaticField():
                return [part.json]
            case ScalarField():
                field = type_.fields[part.field]
                assert isinstance(field, Scalar)
                return self.templates.json(field, partial(_encoded, field), row)
            case ConnectionField():
                field = type_.fields[part.field]
                assert isinstance(field, ToMany)
                return self._connection(part, field, row)
            case ListField():
                field = type_.fields[part.field]
                assert isinstance(field, ToList)
                return self._list(part, field, row)
            case NodesByIds():
                return self._nodes_by_ids(part)
            case ObjectField():
                return self._object_field(part, row, type_)

    def _object_field(self, part: ObjectField, row: Row, type_: ObjectType) -> Json:
        field = type_.fields[part.field]
        if isinstance(field, Group):
            return self._group(part, field, row, type_)
        assert isinstance(field, ToOne)
        return self._to_one(part, field, row)

    def _nodes_by_ids(self, part: NodesByIds) -> Json:
        keys, types = self.value(part.keys, ARRAY(Uuid())), self.value(part.types, ARRAY(Text()))
        columns = column("key", Uuid()), column("type", Text())
        requested = (
            func.unnest(keys, types).table_valued(*columns, with_ordinality="place").render_derived(self.alias_name())
        )
        cases = [
            (
                requested.c.type == json_sql.sql_literal(selection.type),
                self._node(selection, lambda to: [to.c.id == requested.c.key]),
            )
            for selection in part.selections
        ]
        node = json_sql.sql(json_sql.or_null([case(*cases)]) if cases else json_sql.NULL)
        nodes = func.string_agg(node, aggregate_order_by(json_sql.sql_literal(","), requested.c.place))
        texts = select(func.coalesce(nodes, json_sql.sql_literal(""))).select_from(requested)
        return ["[", json_sql.Limited(texts.correlate_except(requested).scalar_subquery()), "]"]

    def _list(self, part: ListField, field: ToList, row: Row) -> Json:
        type_ = self.registry.objects[field.type]
        rows = self.templates.subquery(field, field.rows, row, self.alias_name())
        # If only `__typename` is selected, the text is a literal, which has no type of its own.
        text = cast(json_sql.sql(self.object(part.selection, rows, type_)), Text)
        texts = func.array_agg(text, type_=ARRAY(Text))
        opening, contents, closing = json_sql.json_array(
            select(texts).select_from(rows).correlate_except(rows).scalar_subquery()
        )
        return [opening, json_sql.Limited(contents), closing]

    def _node(self, selection: Selection, conditions: Callable[[Row], list[ColumnElement[bool]]]) -> ColumnElement[Any]:
        """The JSON text of the one node for which `conditions` hold; SQL NULL if the actor can see no such node."""
        type_ = self.registry.objects[selection.type]
        assert type_.model is not None
        to = self.alias(type_.model)
        text = json_sql.sql(self.object(selection, to, type_))
        node = select(text).select_from(to).where(*conditions(to), self.visible(type_, to, Scope.ROW))
        return node.correlate_except(to).scalar_subquery()

    def _group(self, part: ObjectField, group: Group, row: Row, type_: ObjectType) -> Json:
        inner = self.registry.objects[group.type]
        if group.permitted is not None and not group.permitted(self.access):
            raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not query this field.", (part.key,)))
        if group.arguments:
            values = self._arguments(part, group.arguments)
            row = select(*(value.label(name) for name, value in values.items())).subquery(self.alias_name())
            return [self._built_from(row, part.selection, inner)]
        if group.row is not None:
            own_row = self.templates.subquery(group.row, group.row, row, self.alias_name())
            return json_sql.or_null([self._built_from(own_row, part.selection, inner)])
        conditions = [] if group.action is None else [self.allowed(type_, row, group.action)]
        if group.present is not None:
            conditions += self.templates.conditions(group.present, group.present, row)
        if any(isinstance(condition, False_) for condition in conditions):
            return json_sql.NULL
        text = self.object(part.selection, row, inner)
        conditions = [condition for condition in conditions if not isinstance(condition, True_)]
        return json_sql.or_null([case((and_(*conditions), json_sql.sql(text)))]) if conditions else text

    def _built_from(self, row: Row, selection: Selection, type_: ObjectType) -> ColumnElement[str]:
        """The JSON text of one object built from the only row of a subquery; SQL NULL if there is none."""
        text = json_sql.sql(self.object(selection, row, type_))
        return select(text).select_from(row).correlate_except(row).scalar_subquery()

    def _to_one(self, part: ObjectField, edge: ToOne, row: Row) -> Json:
        def conditions(to: Row) -> list[ColumnElement[bool]]:
            matches = [to.c[name] == value for name, value in self._arguments(part, edge.arguments).items()]
            return (
                matches if edge.join is None else [*matches, *self.templates.conditions(edge.join, edge.join, row, to)]
            )

        node = [self._node(part.selection, conditions)]
        return json_sql.or_null(node) if edge.nullable else node

    def _connection(self, part: ConnectionField, edge: ToMany, row: Row) -> Json:
        target = self.registry.objects[edge.target]
        assert target.model is not None
        model = target.model

        by_index = any(target.filters[name].by_index for name, _ in part.page.filters)
        # Few rows belong to each of the rows of another list, and few pass such a filter.
        of_page = Scope.ROW if self._lists or by_index else Scope.PAGE

        def filters(to: Row, *, by_index: bool) -> list[ColumnElement[bool]]:
            return [
                self._filter(target.filters[name], by_index=by_index)(
                    to, self.value(slot, target.filters[name].type), self.access
                )
                for name, slot in part.page.filters
            ]

        def conditions(to: Row, scope: Scope, *, by_index: bool) -> list[ColumnElement[bool]]:
            # Being allowed an action on a row does not make it visible: "view" is required as well.
            allowed = [self.allowed(target, to, edge.action)] if edge.action != VIEW else []
            return [self.visible(target, to, scope), *filters(to, by_index=by_index), *allowed]

        def rows(*, every: bool = False, by_index: bool = False) -> tuple[Row, list[ColumnElement[bool]]]:
            to = self.alias(model)
            scope = Scope.ALL if every else of_page
            both = conditions(to, scope, by_index=by_index or every)
            return to, [and_(*both, condition) for condition in self.linked(edge, row, to, scope)]

        def text(selection: Selection, to: Row) -> Json:
            self._lists += 1
            json = self.object(selection, to, target)
            self._lists -= 1
            return json

        order = target.orders[part.page.order]

        def passes(to: Row) -> ColumnElement[bool]:
            return and_(*conditions(to, of_page, by_index=False))

        def filtered() -> tuple[Row, ColumnElement[bool]]:
            to = self.alias(model)
            return to, and_(to.c.organization_id == ACTOR_ORGANIZATION_ID, *filters(to, by_index=True))

        def admitted() -> tuple[Row, ColumnElement[bool]]:
            to = self.alias(model)
            return to, and_(*conditions(to, Scope.ROW, by_index=True))

        listed = None if order.sorts else self._listed(edge, target, row, by_index=by_index)
        first = None
        if listed is not None:
            of_all = edge.join is not None or self.access.decide(VIEW, model) == TRUE
            first = FirstRows(listed, passes, by_index, None if of_all else ACTOR_ORGANIZATION_ID)
        # In the order of their ids, the rows of one organization or of the platform are found by an index.
        parts = order.parts if self.large and edge.join is None else ()
        counts_few = edge.join is None and part.page.filters and self._listed(edge, target, row, by_index=False)
        few = connection.FewRows(filtered, admitted) if counts_few else None
        return connection.plan(
            part.page,
            connection.ConnectionSource(
                rows, text, self.value, part.page.order, order, self.alias_name, first, parts, few
            ),
        )

    def _filter(self, filter_: Filter, *, by_index: bool) -> FilterCondition:
        if not self.large:
            return filter_.condition
        return (filter_.by_index if by_index else None) or filter_.for_rows or filter_.condition

    def _listed(
        self, edge: ToMany, target: ObjectType, row: Row, *, by_index: bool
    ) -> Callable[[], tuple[Row, ColumnElement[bool]]] | None:
        """Returns the rows of which the first ones are to be tested: those that the edge links, or all. None if the
        usual way is as good, or they are not found by an index."""
        model = target.model
        assert model is not None
        seen = self.access.decide(VIEW, model)
        if not self.large or (edge.join is not None and not by_index):
            return None
        if edge.join is not None and len(self.linked(edge, row, self.alias(model), Scope.ROW)) > 1:
            return None
        if edge.join is None and not self._is_walked(seen, model, by_index=by_index):
            return None

        def listed() -> tuple[Row, ColumnElement[bool]]:
            to = self.alias(model)
            if edge.join is not None:
                return to, and_(*self.linked(edge, row, to, Scope.ROW))
            return to, true()

        return listed

    def _is_walked(self, seen: Predicate, model: type[Base], *, by_index: bool) -> bool:
        """Whether the first rows of a whole table are to be tested for what few of them may satisfy."""
        if by_index:
            return seen == TRUE or is_in_organization(seen, model)
        return is_in_organization(seen, model) and not isinstance(seen, Compare)

    def linked(self, edge: ToMany, row: Row, to: Row, scope: Scope) -> list[ColumnElement[bool]]:
        """The condition under which the edge links `to` to `row`, or in large organizations each of its alternatives.
        `scope` says for which rows it is evaluated."""
        if edge.join is None:
            return [true()]
        combined, *alternatives = self.templates.conditions(edge.join, edge.join, row, to)
        return alternatives if self.large and alternatives else [combined]

    def _arguments(self, part: ObjectField, types: Mapping[str, TypeEngine[Any]]) -> dict[str, ColumnElement[Any]]:
        return {name: self.value(slot, types[name]) for name, slot in part.arguments}


def _encoded(field: Scalar, row: Row, access: Access) -> Json:
    return json_sql.scalar(field, field.expression(row, access))
