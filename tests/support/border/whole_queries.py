"""Queries of everything that the schema has: each field of the query root with all its fields, edges, filters and
orders, so that a new one is tested without further ado."""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)

from resolvers.query.registry import ToMany
from schema.declare.registry import as_text_of
from schema.execution.query_limits import Limits
from schema.operations import Operations
from schema.schema import graphql_schema
from tests.support.mutations.inputs import Filling

SCHEMA = graphql_schema()
KEY = "0190163d-8694-739b-aea5-966c26f8ad91"
DEEPEST = 1
"""How many edges follow each other. One more adds statements of the same parts."""

MOST = 10_000_000
OPERATIONS = Operations(Limits(characters=MOST, tokens=MOST, aliases=MOST, fields=MOST, duplicates=MOST, cost=MOST))
"""Accepts them."""


REGISTRY = OPERATIONS.registry


IdOf = Callable[[str], str]
"""Returns an id that begins with a prefix."""


def nobodys(prefix: str) -> str:
    """The id of nothing."""
    return f"{prefix}_{KEY}"


def whole_queries(id_of: IdOf = nobodys, *, filtered: bool = True) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields the name of a field of the query root, a query of it, and the variables: with everything, and in each of
    the orders of its list. `filtered` lists have all filters, with values that match nothing."""
    root = SCHEMA.query_type
    assert root is not None
    for name, field in root.fields.items():
        if name.startswith("__") or as_text_of(field) is not None or name not in REGISTRY.objects["Query"].fields:
            continue
        type_ = get_named_type(field.type)
        kinds = SCHEMA.get_possible_types(type_) if isinstance(type_, GraphQLInterfaceType) else [None]
        for kind in kinds:
            yield f"{name} {kind or ''}".strip(), *_Query(kind, id_of, filtered).root(name, field)
        order = field.args.get("orderBy")
        if order is not None:
            values = get_named_type(order.type)
            assert isinstance(values, GraphQLEnumType)
            for value in values.values:
                text = f"{{ {name}(first: 2, orderBy: {value}) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }} }}"
                yield f"{name} {value}", text, {}


def _is_connection(type_: Any) -> bool:
    if not isinstance(type_, GraphQLObjectType) or "nodes" not in type_.fields:
        return False
    node = get_named_type(type_.fields["nodes"].type)
    return getattr(REGISTRY.objects.get(node.name), "model", None) is not None


class _Query:
    """One query, and the variables that it defines. Of an interface, it selects objects of the type `kind`."""

    def __init__(self, kind: GraphQLObjectType | None, id_of: IdOf, filtered: bool) -> None:
        self._kind = kind
        self._id_of = id_of
        self._filtered = filtered
        self._definitions: list[str] = []
        self._variables: dict[str, Any] = {}

    def root(self, name: str, field: GraphQLField) -> tuple[str, dict[str, Any]]:
        text = self._field("Query", name, field, 0)
        definitions = f"({', '.join(self._definitions)})" if self._definitions else ""
        return f"query {definitions} {{ {text} }}", self._variables

    def _field(self, owner: str, name: str, field: GraphQLField, depth: int) -> str:
        is_list = isinstance(REGISTRY.objects[owner].fields.get(name), ToMany)
        asked = {"filter"} if self._filtered else set()
        names = [key for key, argument in field.args.items() if is_required_argument(argument) or key in asked]
        given = [f"{key}: {self._variable(field, key)}" for key in names] + (["first: 2"] if is_list else [])
        arguments = f"({', '.join(given)})" if given else ""
        type_ = get_named_type(field.type)
        if is_leaf_type(type_):
            return f"{owner}_{name}: {name}{arguments}"
        if is_list:
            assert isinstance(type_, GraphQLObjectType)
            node = get_named_type(type_.fields["nodes"].type)
            inner = f"{{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {self._object(node, depth + 1)} }}"
        else:
            is_edge = getattr(REGISTRY.objects.get(type_.name), "model", None) is not None
            inner = self._object(type_, depth + is_edge)
        alias = f"{owner}_{name}"
        return f"{alias}: {name}{arguments} {inner}"

    def _object(self, type_: Any, depth: int) -> str:
        if isinstance(type_, GraphQLInterfaceType):
            assert self._kind is not None
            return f"{{ __typename ... on {self._kind.name} {self._object(self._kind, depth)} }}"
        assert isinstance(type_, GraphQLObjectType)
        fields = []
        for name, field in type_.fields.items():
            if type_.name not in REGISTRY.objects or name not in REGISTRY.objects[type_.name].fields:
                continue
            target = get_named_type(field.type)
            # A list of what has no rows of its own, such as the log of a webhook, is part of the object.
            is_edge = getattr(REGISTRY.objects.get(target.name), "model", None) is not None or _is_connection(target)
            if is_leaf_type(target) or not is_edge or depth < DEEPEST:
                fields.append(self._field(type_.name, name, field, depth))
        return "{ __typename " + " ".join(fields) + " }"

    def _variable(self, field: GraphQLField, key: str) -> str:
        argument = field.args[key]
        name = f"v{len(self._definitions)}"
        self._definitions.append(f"${name}: {argument.type}")
        filled = Filling(lambda slot: self._id_of(slot.prefixes[0]), complete=True)
        type_ = get_nullable_type(argument.type)
        if isinstance(type_, GraphQLInputObjectType):
            self._variables[name] = filled._object(type_, (key,))
        else:
            owner = "org" if key == "organization" else "usr" if key == "user" else "svc"
            shown = get_named_type(field.type) if self._kind is None else self._kind
            prefix = getattr(REGISTRY.objects.get(shown.name), "prefix", None) or owner
            self._variables[name] = filled._value(argument.type, (key,), (prefix,))
        return f"${name}"
