"""Builds the request for the query planner from a valid operation.

All errors in the values of the operation are collected, each with its argument, path and location. Fields that need no
database become constants here.
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

from resolvers.errors import invalid
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
from schema.declare.scalars import malformed_values_kept
from schema.execution.collect_fields import CollectedField, Collector
from schema.execution.errors import MOST_ERRORS, QueryCode, QueryError, QueryRejected
from schema.execution.input_validation import ErrorKind, InputError, InputProblems, InputValidator
from schema.execution.page_arguments import page_arguments
from schema.execution.slots import Slots

TYPENAME = "__typename"

CHANGED, TYPES, ALSO_CHANGED = ParameterSlot(0), ParameterSlot(1), ParameterSlot(2)
"""The slots of a payload's request. Their values are set after the mutation."""

Path = tuple[str, ...]
Sets = Iterable[SelectionSetNode]


def payload_nodes_key(listed: str, field: str) -> str:
    """Returns the key of the nodes in the field `field` of the objects in the list `listed`, in the order of the list.
    Both are response keys. The dot keeps the result distinct from every response key."""
    return f"{listed}.{field}"


class Builder:
    """Builds one request. The values of its first `reserved` slots are set later."""

    def __init__(self, collector: Collector, registry: Registry, validator: InputValidator, reserved: int = 0) -> None:
        self.collector = collector
        self.registry = registry
        self.validator = validator
        self.slots = Slots(reserved)
        self.problems: list[QueryError] = []

    def query(self, root: Iterable[CollectedField]) -> Request:
        """Returns the request for fields of the query root. Raises QueryRejected."""
        type_ = self.collector.schema.query_type
        assert type_ is not None
        object_ = self.registry.objects[type_.name]
        parts = tuple(self._part(field, object_, (field.key,)) for field in root)
        return self._request(parts)

    def whole_payload(self, type_: GraphQLObjectType, fields: Iterable[CollectedField], path: Path) -> Request:
        """Returns the request for all fields of a payload without errors, of this type. Raises QueryRejected."""
        parts: list[Part] = []
        for field in fields:
            binding = field.definition and binding_of(field.definition)
            if isinstance(binding, PayloadNodeBinding):
                parts.append(self._payload_node(field, binding, (*path, field.key)))
            elif field.name == TYPENAME:
                parts.append(_typename(field.key, type_.name))
            else:
                parts.append(StaticField(field.key, "[]"))  # the list of errors
        return self._request(tuple(parts))

    def payload(self, fields: Iterable[CollectedField], path: Path) -> Request:
        """Returns the request for the fields of a mutation's payload that are read after the mutation.

        The value of the slot `CHANGED` is the key of the changed node, and that of `ALSO_CHANGED` the key of a second
        one. In a payload with a list, `CHANGED` holds the keys of all nodes, and `TYPES` their types.
        Raises QueryRejected.
        """
        parts: list[Part] = []
        for field in fields:
            binding = field.definition and binding_of(field.definition)
            if isinstance(binding, PayloadNodeBinding):
                parts.append(self._payload_node(field, binding, (*path, field.key)))
            elif field.definition and is_object_type(get_named_type(field.definition.type)):
                parts += self._listed_nodes(field, (*path, field.key))
        return self._request(tuple(parts))

    def _payload_node(self, field: CollectedField, binding: PayloadNodeBinding, path: Path) -> ObjectField:
        selection = self._selection(field.object_type, field.selection_sets, path)
        arguments = () if binding.place is None else (("id", (CHANGED, ALSO_CHANGED)[binding.place]),)
        return ObjectField(field.key, binding.field, selection, arguments)

    def _listed_nodes(self, listed: CollectedField, path: Path) -> Iterator[NodesByIds]:
        """Yields a part for each field with a node in the objects of a payload's list."""
        for field in self.collector.fields(listed.object_type, listed.selection_sets):
            if field.definition and isinstance(binding_of(field.definition), PayloadNodesBinding):
                selection = self._selection(field.object_type, field.selection_sets, (*path, field.key))
                yield NodesByIds(payload_nodes_key(listed.key, field.key), CHANGED, TYPES, (selection,))

    def arguments(self, field: CollectedField, path: Path) -> dict[str, Any]:
        """Returns the arguments of a field, coerced to their types. Errors in them are added to `problems`."""
        arguments, errors = self._arguments(field)
        for error in errors:
            self._report(field, path, error.path, error.message)
        return arguments

    def reported_arguments(self, field: CollectedField, path: Path, most: int) -> tuple[dict[str, Any], InputProblems]:
        """Returns the coerced arguments of a field whose result has errors, and the problems of malformed values in
        them, which are errors of the result: at most `most`. Any other errors are added to `problems`.

        A field that runs reports malformed items in their results itself.
        """
        with malformed_values_kept():
            arguments, errors = self._arguments(field)
        found: list[InputError] = []
        items: list[InputError] = []
        prevent_run = False
        for error in errors:
            kept = items if error.kind is ErrorKind.ITEM else found
            if error.kind is ErrorKind.SIZE:
                self._report(field, path, error.path, error.message)
            elif len(kept) < most:
                kept.append(error)
            prevent_run = prevent_run or error.kind is ErrorKind.VALUE
            if prevent_run and len(found) == most:
                break
        reported = [*items, *found][:most] if prevent_run else found
        problems = [invalid(error.message, *error.path.split(".")) for error in reported]
        return arguments, InputProblems(problems, prevent_run)

    def _arguments(self, field: CollectedField) -> tuple[dict[str, Any], Iterator[InputError]]:
        assert field.definition is not None
        arguments = get_argument_values(field.definition, field.nodes[0], self.collector.variables)
        types = {name: argument.type for name, argument in field.definition.args.items()}
        errors = (error for name in arguments for error in self.validator.errors(arguments[name], types[name], name))
        return arguments, errors

    def _request(self, parts: tuple[Part, ...]) -> Request:
        if self.problems:
            raise QueryRejected(self.problems)
        return Request(Selection("Query", parts), tuple(self.slots.values))

    def _selection(self, type_: GraphQLObjectType, sets: Sets, path: Path) -> Selection:
        object_ = self.registry.objects[type_.name]
        fields = self.collector.fields(type_, sets)
        return Selection(type_.name, tuple(self._part(field, object_, (*path, field.key)) for field in fields))

    def _part(self, field: CollectedField, parent: ObjectType, path: Path) -> Part:
        if field.name == TYPENAME:
            return _typename(field.key, parent.name)
        source = parent.fields.get(field.name)
        match source:
            case Scalar():
                return ScalarField(field.key, field.name)
            case Group():
                return self._group(field, source, path)
            case ToOne():
                return self._to_one(field, source, path)
            case ToList():
                return ListField(field.key, field.name, self._selection(field.object_type, field.selection_sets, path))
            case ToMany():
                return self._connection(field, self.registry.objects[source.target], path)
            case None:
                return self._list(field, path)

    def _group(self, field: CollectedField, group: Group, path: Path) -> ObjectField:
        values = self.arguments(field, path) if group.arguments else {}
        slots = self.slots.of(field)
        arguments = tuple((name, slots.value(values[name])) for name in group.arguments)
        return ObjectField(
            field.key, field.name, self._selection(field.object_type, field.selection_sets, path), arguments
        )

    def _to_one(self, field: CollectedField, edge: ToOne, path: Path) -> ObjectField | StaticField:
        if edge.arguments:
            (id_,) = self.arguments(field, path).values()
            node = self._by_id(field, edge, id_, path)
            return node if node is not None else StaticField(field.key, "null")
        selection = self._selection(field.object_type, field.selection_sets, path)
        return ObjectField(field.key, field.name, selection)

    def _by_id(self, field: CollectedField, edge: ToOne, id_: str, path: Path) -> ObjectField | None:
        """Returns the node with this id, or the node of the owner with this id. Returns None if the id is malformed or
        of another type."""
        object_, key = self.registry.node(id_)
        if object_ is None or (edge.owner or edge.target) not in (None, object_.name):
            return None
        (column,) = edge.arguments
        arguments = ((column, self.slots.of(field).value(key)),)
        return ObjectField(
            field.key,
            field.name,
            self._selection(self._node_type(edge.target or object_.name), field.selection_sets, path),
            arguments,
        )

    def _list(self, field: CollectedField, path: Path) -> Part:
        assert field.definition is not None
        binding = binding_of(field.definition)
        if isinstance(binding, StaticBinding):
            return self._static(field, binding)
        assert isinstance(binding, NodesBinding), f"{field.name} declares no source"
        ids = self.arguments(field, path)["ids"]
        if len(ids) > LARGEST_SIZE:
            self._report(field, path, "ids", f"Request at most {LARGEST_SIZE} nodes.")
            ids = []
        return self._nodes_by_ids(field, ids, path)

    def _nodes_by_ids(self, field: CollectedField, ids: list[str], path: Path) -> NodesByIds:
        nodes = [self.registry.node(id_) for id_ in ids]
        types = sorted({object_.name for object_, _ in nodes if object_})
        selections = tuple(self._selection(self._node_type(name), field.selection_sets, path) for name in types)
        slots = self.slots.of(field)
        keys = slots.value([key for _, key in nodes])
        return NodesByIds(field.key, keys, slots.value([object_ and object_.name for object_, _ in nodes]), selections)

    def _node_type(self, name: str) -> GraphQLObjectType:
        type_ = self.collector.schema.get_type(name)
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def _static(self, field: CollectedField, static: StaticBinding) -> StaticField:
        type_ = field.object_type
        fields = self.collector.fields(type_, field.selection_sets)
        objects = [
            {field.key: type_.name if field.name == TYPENAME else values[field.name] for field in fields}
            for values in static.objects
        ]
        return StaticField(field.key, json.dumps(objects, separators=(",", ":")))

    def _connection(self, field: CollectedField, target: ObjectType, path: Path) -> ConnectionField:
        assert field.definition is not None
        arguments = self.arguments(field, path)
        filter_type = get_named_type(field.definition.args["filter"].type)
        assert isinstance(filter_type, GraphQLInputObjectType)
        slots = self.slots.of(field)
        page = page_arguments(
            target,
            filter_type,
            arguments,
            slot=slots.value,
            filter_slot=slots.filter,
            report=lambda argument, message: self._report(field, path, argument, message),
        )
        parts = self._connection_parts(field, path)
        return ConnectionField(
            field.key,
            field.name,
            Page(page.size, page.order, parts, page.backward, page.after, page.before, page.filters),
        )

    def _connection_parts(
        self, field: CollectedField, path: Path
    ) -> tuple[Edges | Nodes | PageInfo | TotalCount | StaticField, ...]:
        type_ = field.object_type
        fields = self.collector.fields(type_, field.selection_sets)
        return tuple(self._connection_part(field, type_, (*path, field.key)) for field in fields)

    def _connection_part(
        self, field: CollectedField, type_: GraphQLObjectType, path: Path
    ) -> Edges | Nodes | PageInfo | TotalCount | StaticField:
        match field.name:
            case "nodes":
                return Nodes(field.key, self._selection(field.object_type, field.selection_sets, path))
            case "edges":
                edge = field.object_type
                parts = self.collector.fields(edge, field.selection_sets)
                return Edges(field.key, tuple(self._edge_part(part, edge, (*path, part.key)) for part in parts))
            case "pageInfo":
                return self._page_info(field)
            case "totalCount":
                return TotalCount(field.key)
            case _:
                return _typename(field.key, type_.name)

    def _edge_part(
        self, field: CollectedField, type_: GraphQLObjectType, path: Path
    ) -> Cursor | EdgeNode | StaticField:
        match field.name:
            case "cursor":
                return Cursor(field.key)
            case "node":
                return EdgeNode(field.key, self._selection(field.object_type, field.selection_sets, path))
            case _:
                return _typename(field.key, type_.name)

    def _page_info(self, field: CollectedField) -> PageInfo:
        type_ = field.object_type
        return PageInfo(
            field.key,
            tuple(
                _typename(part.key, type_.name) if part.name == TYPENAME else ScalarField(part.key, part.name)
                for part in self.collector.fields(type_, field.selection_sets)
            ),
        )

    def _report(self, field: CollectedField, path: Path, argument: str, message: str) -> None:
        self.problems.append(QueryError(QueryCode.BAD_USER_INPUT, message, argument, path, field.location))
        if len(self.problems) == MOST_ERRORS:
            raise QueryRejected(self.problems)


def _typename(key: str, type_: str) -> StaticField:
    return StaticField(key, json.dumps(type_))
