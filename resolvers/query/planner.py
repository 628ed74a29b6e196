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
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    column,
    func,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.elements import False_, True_
from sqlalchemy.types import TypeEngine

from authz.access import Access, Scope
from authz.actor import ActorKind
from authz.recording import RecordingAccess
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.query import connection, json_sql, shared_parts
from resolvers.query.json_sql import Json
from resolvers.query.list_rows import ListRows
from resolvers.query.registry import (
    Group,
    ObjectType,
    Registry,
    Row,
    Scalar,
    ToList,
    ToMany,
    ToOne,
)
from resolvers.query.row_conditions import RowConditions
from resolvers.query.selection import (
    ConnectionField,
    ListField,
    NodesByIds,
    ObjectField,
    Part,
    ScalarField,
    Selection,
    StaticField,
)


class Planner(RowConditions):
    """Plans one selection for actors of equal traits. Create one per statement.

    Statements for `large` organizations have other conditions, with more subqueries, each for an index of its own.
    """

    def __init__(self, registry: Registry, access: RecordingAccess, *, large: bool = False) -> None:
        super().__init__(access, large=large)
        self.registry = registry
        self._lists = 0  # around the part that is being planned

    def plan(self, selection: Selection) -> ColumnElement[str]:
        """The JSON text of the query's data: an expression that uses no row."""
        return json_sql.sql(self.object(selection, table("no_row"), self.registry.objects[selection.type]))

    def object(self, selection: Selection, row: Row, type_: ObjectType) -> Json:
        """The JSON text of one object built from `row`."""
        parts, plan = selection.parts, partial(self._part, row=row, type_=type_)
        if self.large:
            # Such a statement is planned for its values.
            return shared_parts.object_(parts, plan, self.alias_name)
        return shared_parts.object_of_variants(parts, plan, self.alias_name, self.values)

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
        requested: FromClause = (
            func.unnest(keys, types).table_valued(*columns, with_ordinality="place").render_derived(self.alias_name())
        )
        rows = requested
        if part.selections and self.access.traits.kind is ActorKind.STAFF:
            # Without an organization to look in, a distributed PostgreSQL can't look up one by one.
            found = union_all(*(self._found(selection, keys) for selection in part.selections)).subquery()
            is_requested = found.c.key == requested.c.key, found.c.type == requested.c.type
            rows, node = requested.outerjoin(found, and_(*is_requested)), json_sql.or_null([found.c.text])
        else:
            node = self._looked_up(part, requested)
        place = requested.c.place
        nodes = func.string_agg(json_sql.sql(node), aggregate_order_by(json_sql.sql_literal(","), place))
        texts = select(func.coalesce(nodes, json_sql.sql_literal(""))).select_from(rows)
        return ["[", json_sql.Limited(texts.correlate(None).scalar_subquery()), "]"]

    def _looked_up(self, part: NodesByIds, requested: FromClause) -> Json:
        """The node with the key and the type of the row `requested`."""
        cases = [
            (
                requested.c.type == json_sql.sql_literal(selection.type),
                self._node(selection, lambda to: [to.c.id == requested.c.key]),
            )
            for selection in part.selections
        ]
        return json_sql.or_null([case(*cases)]) if cases else json_sql.NULL

    def _found(self, selection: Selection, keys: ColumnElement[Any]) -> Select[Any]:
        """The nodes of one type with one of the keys: `key`, `type` and `text`."""
        type_ = self.registry.objects[selection.type]
        assert type_.model is not None
        to = self.alias(type_.model)
        text = cast(json_sql.sql(self.object(selection, to, type_)), Text).label("text")
        columns = to.c.id.label("key"), json_sql.sql_literal(selection.type).label("type"), text
        return select(*columns).where(to.c.id == any_(keys), self.visible(type_, to, Scope.ROW))

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
            if group.row is None:
                return [self._built_from(row, part.selection, inner)]
            found = group.row(row, self.access).lateral(self.alias_name())
            json = json_sql.sql(self.object(part.selection, found, inner))
            built = select(json).select_from(row.join(found, true())).correlate_except(row, found)
            return json_sql.or_null([built.scalar_subquery()])
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
            if edge.join is None:
                return matches
            linked = self.templates.conditions(edge.join, edge.join, row, to)
            return [*matches, *linked, *self.same_organization(edge, row, to)]

        node = [self._node(part.selection, conditions)]
        return json_sql.or_null(node) if edge.nullable else node

    def _connection(self, part: ConnectionField, edge: ToMany, row: Row) -> Json:
        def text(selection: Selection, to: Row) -> Json:
            self._lists += 1
            json = self.object(selection, to, rows.target)
            self._lists -= 1
            return json

        rows = ListRows(self, self.registry.objects[edge.target], edge, row, part.page, within_list=self._lists > 0)
        return connection.plan(part.page, rows.source(text))

    def _arguments(self, part: ObjectField, types: Mapping[str, TypeEngine[Any]]) -> dict[str, ColumnElement[Any]]:
        return {name: self.value(slot, types[name]) for name, slot in part.arguments}


def _encoded(field: Scalar, row: Row, access: Access) -> Json:
    return json_sql.scalar(field, field.expression(row, access))
