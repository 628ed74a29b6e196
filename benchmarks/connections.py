"""The connections of the schema: every list that it offers, and how a query reaches it."""

from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from schema.schema import graphql_schema

PATHS: Final = {"Query": "{}", "Assignable": "viewer {{ assignable {{ {} }} }}"}
"""How a query reaches the lists of a type that is no node."""

PAST: Final = {
    "AccessAt": ("accessAt(user: $id, time: $time) {{ {} }}", "User"),
    "ResourceAccessAt": ("whoHadAccess(on: $id, time: $time) {{ {} }}", "ContractAccount"),
}
"""How a query reaches the lists of an earlier time, and the type of the row that they are about."""

LEFT_OUT: Final = frozenset({"EmailAvailability", "AccessView"})
"""Types whose lists are not requested: `emailAvailability` is rate-limited, and has those of `User.similarUsers`; an
`AccessView` is of an edit that is not made."""


class NoSample(Exception):
    """A filter takes a value of which there is no sample, or a list is in a place that no path leads to.

    Add one to `FilterSamples`, `ID_FILTERS` or `PATHS`.
    """


@dataclass(frozen=True)
class Connection:
    """A field that returns a connection."""

    parent: GraphQLObjectType
    name: str
    node: GraphQLObjectType
    filter: GraphQLInputObjectType
    order: GraphQLEnumType

    @property
    def is_root(self) -> bool:
        """Whether it is a field of `Query`."""
        return self.parent.name == "Query"

    @property
    def named(self) -> str | None:
        """The type of the row whose id the query takes; None if it takes none."""
        name = self.parent.name
        return PAST[name][1] if name in PAST else None if name in PATHS else name

    @property
    def label(self) -> str:
        """The name of the list: `services` at the root, `Organization.services` inside a node."""
        return self.name if self.is_root else f"{self.parent.name}.{self.name}"

    def document(self, selection: str) -> str:
        """A document that selects the list with all its arguments. Raises NoSample if it can't be reached."""
        path, id_variable = PATHS.get(self.parent.name), ""
        if path is None and any(interface.name == "Node" for interface in self.parent.interfaces):
            path, id_variable = f"node(id: $id) {{{{ ... on {self.parent.name} {{{{ {{}} }}}} }}}}", "$id: ID!, "
        if self.parent.name in PAST:
            path, id_variable = PAST[self.parent.name][0], "$id: ID!, $time: DateTime!, "
        if path is None:
            raise NoSample(f"no path leads to {self.label}")
        signature = f"{id_variable}{PAGING}, $filter: {self.filter.name}, $orderBy: {self.order.name}"
        return f"query List({signature}) {{ {path.format(f'{self.name}({ARGUMENTS}) {{ {selection} }}')} }}"


PAGING = "$first: Int, $after: String, $last: Int, $before: String"
ARGUMENTS = "first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy"


def connections(schema: GraphQLSchema | None = None) -> list[Connection]:
    """All fields that return a connection, those of `Query` included."""
    types = (schema or graphql_schema()).type_map.values()
    objects = [type_ for type_ in types if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")]
    fields = [(type_, name, field_) for type_ in objects for name, field_ in type_.fields.items()]
    return [_connection(type_, name, field_) for type_, name, field_ in fields if is_connection(field_)]


def is_connection(field_: GraphQLField) -> bool:
    """Whether the field returns a connection."""
    return get_named_type(field_.type).name.endswith("Connection")


def _connection(parent: GraphQLObjectType, name: str, field_: GraphQLField) -> Connection:
    type_ = get_named_type(field_.type)
    assert isinstance(type_, GraphQLObjectType)
    node, filter_, order = (
        get_named_type(part)
        for part in (type_.fields["nodes"].type, field_.args["filter"].type, field_.args["orderBy"].type)
    )
    assert isinstance(node, GraphQLObjectType)
    assert isinstance(filter_, GraphQLInputObjectType)
    assert isinstance(order, GraphQLEnumType)
    return Connection(parent, name, node, filter_, order)
