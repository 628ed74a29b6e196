"""From a valid operation to what the planner works from: the only reader of the GraphQL syntax tree.

Everything that is wrong with the values of the operation is collected, each with its argument, path and location. What
needs no database ends here as constants.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    is_object_type,
)

from resolvers.query.registry import Group, ObjectType, Registry, Scalar, ToList, ToMany, ToOne
from resolvers.query.selection import (
    ConnectionField,
    Cursor,
    EdgeNode,
    Edges,
    ListField,
    Nodes,
    NodesByIds,
    ObjectField,
    Page,
    PageInfo,
    ParameterSlot,
    Part,
    Request,
    ScalarField,
    Selection,
    StaticField,
    TotalCount,
)
from schema.declare.arguments import LARGEST_SIZE
from schema.declare.fields import NodesBinding, PayloadNodeBinding, PayloadNodesBinding, StaticBinding
from schema.declare.registry import binding_of
from schema.execution.collect_fields import CollectedField, Collector
from schema.execution.errors import QueryCode, QueryError, QueryRejected
from schema.execution.input_validation import input_errors
from schema.execution.page_arguments import page_arguments

TYPENAME = "__typename"

CHANGED, TYPES, ALSO_CHANGED = ParameterSlot(0), ParameterSlot(1), ParameterSlot(2)
"""The slots of a payload's request that are filled in when the mutation is done."""

Path = tuple[str, ...]
Sets = Iterable[SelectionSetNode]


def key_of_each(listed: str, field: str) -> str:
    """Where in the answer the nodes stand which the field `field` of the objects of the list `listed` shows, in the
    order of the list; both are response keys, and no response key is like this one."""
    return f"{listed}.{field}"


class Builder:
    """Builds one request. `values` are those that its slots name; `reserved` of them are filled in later."""

    def __init__(self, collector: Collector, registry: Registry, reserved: int = 0) -> None:
        self.collector = collector
        self.graph = registry
        self.values: list[Any] = [None] * reserved
        self.problems: list[QueryError] = []

    def query(self, root: Iterable[CollectedField]) -> Request:
        """The request for fields of the query root. Raises Rejected."""
        type_ = self.collector.schema.query_type
        assert type_ is not None
        object_ = self.graph.objects[type_.name]
        parts = tuple(self._part(asked, object_, (asked.key,)) for asked in root)
        return self._request(parts)

    def payload(self, fields: Iterable[CollectedField], path: Path) -> Request:
        """The request for those fields of a mutation's payload that are read after it. The value of the slot
        `SHADOW_CHANNEL`
        is the key of the node that it changed, that of `ALSO_CHANGED` the key of a second one; or the keys of all, with
        `TYPES` their types. Raises Rejected."""
        parts: list[Part] = []
        for asked in fields:
            binding = asked.definition and binding_of(asked.definition)
            if isinstance(binding, PayloadNodeBinding):
                selection = self._selection(asked.object_type, asked.selection_sets, (*path, asked.key))
                arguments = () if binding.place is None else (("id", (CHANGED, ALSO_CHANGED)[binding.place]),)
                parts.append(ObjectField(asked.key, binding.field, selection, arguments))
            elif asked.definition and is_object_type(get_named_type(asked.definition.type)):
                parts += self._each(asked, (*path, asked.key))
        return self._request(tuple(parts))

    def _each(self, listed: CollectedField, path: Path) -> Iterator[NodesByIds]:
        """The nodes that the objects of a list in a payload show, each list of nodes as one part."""
        for asked in self.collector.fields(listed.object_type, listed.selection_sets):
            if asked.definition and isinstance(binding_of(asked.definition), PayloadNodesBinding):
                selection = self._selection(asked.object_type, asked.selection_sets, (*path, asked.key))
                yield NodesByIds(key_of_each(listed.key, asked.key), CHANGED, TYPES, (selection,))

    def arguments(self, asked: CollectedField, path: Path) -> dict[str, Any]:
        """The arguments of a field, in the types that it declares; what is wrong with them is noted."""
        assert asked.definition is not None
        given = get_argument_values(asked.definition, asked.nodes[0], self.collector.variables)
        for name, value in given.items():
            for place, message in input_errors(value, asked.definition.args[name].type, name):
                self._complain(asked, path, place, message)
        return given

    def _request(self, parts: tuple[Part, ...]) -> Request:
        if self.problems:
            raise QueryRejected(self.problems)
        return Request(Selection("Query", parts), tuple(self.values))

    def _selection(self, type_: GraphQLObjectType, sets: Sets, path: Path) -> Selection:
        object_ = self.graph.objects[type_.name]
        fields = self.collector.fields(type_, sets)
        return Selection(type_.name, tuple(self._part(asked, object_, (*path, asked.key)) for asked in fields))

    def _part(self, asked: CollectedField, of: ObjectType, path: Path) -> Part:
        if asked.name == TYPENAME:
            return _typename(asked.key, of.name)
        field = of.fields.get(asked.name)
        match field:
            case Scalar():
                return ScalarField(asked.key, asked.name)
            case Group():
                return self._group(asked, field, path)
            case ToOne():
                return self._to_one(asked, field, path)
            case ToList():
                return ListField(asked.key, asked.name, self._selection(asked.object_type, asked.selection_sets, path))
            case ToMany():
                return self._connection(asked, self.graph.objects[field.target], path)
            case None:
                return self._list(asked, path)

    def _group(self, asked: CollectedField, group: Group, path: Path) -> ObjectField:
        given = self.arguments(asked, path) if group.arguments else {}
        arguments = tuple((name, self._slot(given[name])) for name in group.arguments)
        return ObjectField(
            asked.key, asked.name, self._selection(asked.object_type, asked.selection_sets, path), arguments
        )

    def _to_one(self, asked: CollectedField, edge: ToOne, path: Path) -> ObjectField | StaticField:
        if edge.arguments:
            (id_,) = self.arguments(asked, path).values()
            found = self._by_id(asked, asked.name, edge, id_, path)
            return found if found is not None else StaticField(asked.key, "null")
        selection = self._selection(asked.object_type, asked.selection_sets, path)
        return ObjectField(asked.key, asked.name, selection)

    def _by_id(self, asked: CollectedField, field: str, edge: ToOne, id_: str, path: Path) -> ObjectField | None:
        """The node with that id, or of the owner with it; None where the id is that of another type than asked for, or
        malformed."""
        object_, key = self.graph.node(id_)
        if object_ is None or (edge.owner or edge.target) not in (None, object_.name):
            return None
        (column,) = edge.arguments
        arguments = ((column, self._slot(key)),)
        return ObjectField(
            asked.key,
            field,
            self._selection(self._node_type(edge.target or object_.name), asked.selection_sets, path),
            arguments,
        )

    def _list(self, asked: CollectedField, path: Path) -> Part:
        assert asked.definition is not None
        binding = binding_of(asked.definition)
        if isinstance(binding, StaticBinding):
            return self._static(asked, binding)
        assert isinstance(binding, NodesBinding), f"{asked.name} declares nothing"
        ids = self.arguments(asked, path)["ids"]
        if len(ids) > LARGEST_SIZE:
            self._complain(asked, path, "ids", f"Ask for at most {LARGEST_SIZE} nodes.")
            ids = []
        return self._children(asked, ids, path)

    def _children(self, asked: CollectedField, ids: list[str], path: Path) -> NodesByIds:
        nodes = [self.graph.node(id_) for id_ in ids]
        types = sorted({object_.name for object_, _ in nodes if object_})
        selections = tuple(self._selection(self._node_type(name), asked.selection_sets, path) for name in types)
        keys = self._slot([key for _, key in nodes])
        return NodesByIds(asked.key, keys, self._slot([object_ and object_.name for object_, _ in nodes]), selections)

    def _node_type(self, name: str) -> GraphQLObjectType:
        type_ = self.collector.schema.get_type(name)
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def _static(self, asked: CollectedField, static: StaticBinding) -> StaticField:
        type_ = asked.object_type
        fields = self.collector.fields(type_, asked.selection_sets)
        objects = [
            {each.key: type_.name if each.name == TYPENAME else values[each.name] for each in fields}
            for values in static.objects
        ]
        return StaticField(asked.key, json.dumps(objects, separators=(",", ":")))

    def _connection(self, asked: CollectedField, target: ObjectType, path: Path) -> ConnectionField:
        assert asked.definition is not None
        given = self.arguments(asked, path)
        filter_type = get_named_type(asked.definition.args["filter"].type)
        assert isinstance(filter_type, GraphQLInputObjectType)
        page = page_arguments(
            target,
            filter_type,
            given,
            self._slot,
            lambda argument, message: self._complain(asked, path, argument, message),
        )
        parts = self._connection_parts(asked, path)
        return ConnectionField(
            asked.key,
            asked.name,
            Page(page.size, page.order, parts, page.backward, page.after, page.before, page.filters),
        )

    def _connection_parts(
        self, asked: CollectedField, path: Path
    ) -> tuple[Edges | Nodes | PageInfo | TotalCount | StaticField, ...]:
        type_ = asked.object_type
        fields = self.collector.fields(type_, asked.selection_sets)
        return tuple(self._connection_part(each, type_, (*path, each.key)) for each in fields)

    def _connection_part(
        self, asked: CollectedField, type_: GraphQLObjectType, path: Path
    ) -> Edges | Nodes | PageInfo | TotalCount | StaticField:
        match asked.name:
            case "nodes":
                return Nodes(asked.key, self._selection(asked.object_type, asked.selection_sets, path))
            case "edges":
                edge = asked.object_type
                parts = self.collector.fields(edge, asked.selection_sets)
                return Edges(asked.key, tuple(self._edge_part(each, edge, (*path, each.key)) for each in parts))
            case "pageInfo":
                return self._page_info(asked)
            case "totalCount":
                return TotalCount(asked.key)
            case _:
                return _typename(asked.key, type_.name)

    def _edge_part(
        self, asked: CollectedField, type_: GraphQLObjectType, path: Path
    ) -> Cursor | EdgeNode | StaticField:
        match asked.name:
            case "cursor":
                return Cursor(asked.key)
            case "node":
                return EdgeNode(asked.key, self._selection(asked.object_type, asked.selection_sets, path))
            case _:
                return _typename(asked.key, type_.name)

    def _page_info(self, asked: CollectedField) -> PageInfo:
        type_ = asked.object_type
        return PageInfo(
            asked.key,
            tuple(
                _typename(each.key, type_.name) if each.name == TYPENAME else ScalarField(each.key, each.name)
                for each in self.collector.fields(type_, asked.selection_sets)
            ),
        )

    def _slot(self, value: Any) -> ParameterSlot:
        self.values.append(value)
        return ParameterSlot(len(self.values) - 1)

    def _complain(self, asked: CollectedField, path: Path, argument: str, message: str) -> None:
        self.problems.append(QueryError(QueryCode.BAD_USER_INPUT, message, argument, path, asked.location))


def _typename(key: str, type_: str) -> StaticField:
    return StaticField(key, json.dumps(type_))
