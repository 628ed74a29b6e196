"""From a selection to one SELECT that builds the whole answer as JSON text inside PostgreSQL.

Every object becomes a text concatenation over one row, every to-one edge a correlated subquery that yields one such
text, every connection a correlated subquery over a page of rows (`resolvers/query/connection.py`). The policy's
predicate stands in the WHERE of each of them. For `{ organization(id: …) { name } }`:

    SELECT '{"organization":' || coalesce(
        (SELECT '{"name":' || to_json(a1.name)::text || '}' FROM organizations AS a1
          WHERE a1.id = :slot_0 AND a1.id = :actor_organization_id), 'null') || '}'

A non-null edge whose target the actor may not see yields NULL, and `||` carries it up to the next thing that may be
missing: GraphQL's own rule for nulls, for nothing. (Policies under which that can happen are refused at load.)

The statement depends on the selection's shape and the actor's traits; all values are bind parameters.
"""

from collections.abc import Callable, Mapping
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
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.elements import False_, True_
from sqlalchemy.types import TypeEngine

from authz.access import Access
from authz.model.resources import VIEW
from models import Base
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.query import connection, json_sql
from resolvers.query.json_sql import Json
from resolvers.query.registry import Group, ObjectType, Registry, Row, Scalar, ToList, ToMany, ToOne
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
"""How the names of those bind parameters begin that stand for values of the request."""


class Planner:
    """Plans one selection for actors of equal traits. Make one per statement."""

    def __init__(self, registry: Registry, access: Access) -> None:
        self.graph = registry
        self.access = access
        self._aliases = 0

    def plan(self, selection: Selection) -> ColumnElement[str]:
        """The JSON text of the query's data: an expression that stands on no row."""
        return json_sql.sql(self.object(selection, table("no_row"), self.graph.objects[selection.type]))

    def alias(self, model: type[Base]) -> FromClause:
        """A new alias of the model's table."""
        return model.__table__.alias(self._alias_name())

    def _alias_name(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}"

    def value(self, slot: ParameterSlot, type_: TypeEngine[Any]) -> ColumnElement[Any]:
        """The bind parameter of a slot."""
        return bindparam(f"{SLOT}{slot.index}", type_=type_)

    def object(self, selection: Selection, row: Row, of: ObjectType) -> Json:
        """The JSON text of one object over `row`."""
        return json_sql.object_([(part.key, self._part(part, row, of)) for part in selection.parts])

    def visible(self, of: ObjectType, row: Row, action: str = VIEW) -> ColumnElement[bool]:
        """Whether the actor may do `action` with the row of the type `of`."""
        assert of.model is not None
        return self.access.may(action, of.model, row)

    def _part(self, part: Part, row: Row, of: ObjectType) -> Json:
        match part:
            case StaticField():
                return [part.json]
            case ScalarField():
                field = of.fields[part.field]
                assert isinstance(field, Scalar)
                return json_sql.scalar(field, field.expression(row, self.access))
            case ConnectionField():
                field = of.fields[part.field]
                assert isinstance(field, ToMany)
                return self._many(part, field, row)
            case ListField():
                field = of.fields[part.field]
                assert isinstance(field, ToList)
                return self._items(part, field, row)
            case NodesByIds():
                return self._children(part)
            case ObjectField():
                return self._child(part, row, of)

    def _child(self, child: ObjectField, row: Row, of: ObjectType) -> Json:
        field = of.fields[child.field]
        if isinstance(field, Group):
            return self._group(child, field, row, of)
        assert isinstance(field, ToOne)
        return self._to_one(child, field, row)

    def _children(self, children: NodesByIds) -> Json:
        keys, types = self.value(children.keys, ARRAY(Uuid())), self.value(children.types, ARRAY(Text()))
        columns = column("key", Uuid()), column("type", Text())
        wanted = (
            func.unnest(keys, types).table_valued(*columns, with_ordinality="place").render_derived(self._alias_name())
        )
        found = [
            (
                wanted.c.type == json_sql.sql_literal(selection.type),
                self._node(selection, lambda to: [to.c.id == wanted.c.key]),
            )
            for selection in children.selections
        ]
        node = json_sql.sql(json_sql.or_null([case(*found)]) if found else json_sql.NULL)
        nodes = func.string_agg(node, aggregate_order_by(json_sql.sql_literal(","), wanted.c.place))
        listed = select(func.coalesce(nodes, json_sql.sql_literal(""))).select_from(wanted)
        return ["[", listed.correlate_except(wanted).scalar_subquery(), "]"]

    def _items(self, items: ListField, list_: ToList, row: Row) -> Json:
        of = self.graph.objects[list_.type]
        listed = list_.rows(row, self.access).subquery(self._alias_name())
        # Of a list of which nothing is asked but the type, the text is a literal, which has no type of its own.
        text = cast(json_sql.sql(self.object(items.selection, listed, of)), Text)
        texts = func.array_agg(text, type_=ARRAY(Text))
        return json_sql.json_array(select(texts).select_from(listed).correlate_except(listed).scalar_subquery())

    def _node(self, selection: Selection, which: Callable[[Row], list[ColumnElement[bool]]]) -> ColumnElement[Any]:
        """The JSON text of the one node that `which` picks; SQL NULL where there is none that the actor sees."""
        of = self.graph.objects[selection.type]
        assert of.model is not None
        to = self.alias(of.model)
        text = json_sql.sql(self.object(selection, to, of))
        node = select(text).select_from(to).where(*which(to), self.visible(of, to))
        return node.correlate_except(to).scalar_subquery()

    def _group(self, child: ObjectField, group: Group, row: Row, of: ObjectType) -> Json:
        inner = self.graph.objects[group.type]
        if group.answers is not None and not group.answers(self.access):
            raise MutationRejected(Problem(ErrorCode.FORBIDDEN, "You may not ask this.", (child.key,)))
        if group.arguments:
            values = self._arguments(child, group.arguments)
            row = select(*(value.label(name) for name, value in values.items())).subquery(self._alias_name())
            answer = json_sql.sql(self.object(child.selection, row, inner))
            return [select(answer).select_from(row).correlate_except(row).scalar_subquery()]
        conditions = [] if group.action is None else [self.visible(of, row, group.action)]
        if group.present is not None:
            conditions.append(group.present(row, self.access))
        if any(isinstance(condition, False_) for condition in conditions):
            return json_sql.NULL
        text = self.object(child.selection, row, inner)
        conditions = [condition for condition in conditions if not isinstance(condition, True_)]
        return json_sql.or_null([case((and_(*conditions), json_sql.sql(text)))]) if conditions else text

    def _to_one(self, child: ObjectField, edge: ToOne, row: Row) -> Json:
        def which(to: Row) -> list[ColumnElement[bool]]:
            given = [to.c[name] == value for name, value in self._arguments(child, edge.arguments).items()]
            return given if edge.join is None else [*given, edge.join(row, to, self.access)]

        node = [self._node(child.selection, which)]
        return json_sql.or_null(node) if edge.nullable else node

    def _many(self, many: ConnectionField, edge: ToMany, row: Row) -> Json:
        target = self.graph.objects[edge.target]
        assert target.model is not None
        model = target.model

        def rows() -> tuple[Row, ColumnElement[bool]]:
            to = self.alias(model)
            conditions = [
                target.filters[name].condition(to, self.value(slot, target.filters[name].type), self.access)
                for name, slot in many.page.filters
            ]
            if edge.join is not None:
                conditions.append(edge.join(row, to, self.access))
            if edge.action != VIEW:
                # What may be done to a row does not show it: that is for "view" to say.
                conditions.append(self.visible(target, to, edge.action))
            return to, and_(self.visible(target, to), *conditions)

        def text(selection: Selection, to: Row) -> Json:
            return self.object(selection, to, target)

        source = connection.ConnectionSource(rows, text, self.value, many.page.order, target.orders[many.page.order])
        return connection.plan(many.page, source)

    def _arguments(self, child: ObjectField, types: Mapping[str, TypeEngine[Any]]) -> dict[str, ColumnElement[Any]]:
        return {name: self.value(slot, types[name]) for name, slot in child.arguments}
