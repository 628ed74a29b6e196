"""Random GraphQL queries, made from the schema itself, so that a new field is queried too.

Most are valid; some hold ids, cursors and sizes that are not.
"""

import json
from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)
from hypothesis import strategies as st

from schema.schema import graphql_schema

SCHEMA = graphql_schema()
DEEPEST = 6

Draw = Callable[[st.SearchStrategy[Any]], Any]


class RandomDocument:
    """One random document. `ids` and `cursors` are those that exist, whoever can see them."""

    def __init__(self, draw: Draw, ids: list[str], cursors: list[str]) -> None:
        self.draw = draw
        self.ids = st.sampled_from([*ids, "usr_00000000-0000-7000-8000-000000000000", "usr_1", "x"])
        self.cursors = st.sampled_from([*cursors, "x", "W10"])

    def text(self) -> str:
        assert SCHEMA.query_type is not None
        return f"query {self.selections(SCHEMA.query_type, 0)}"

    def selections(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        if isinstance(type_, GraphQLInterfaceType):
            kinds = self.draw(st.lists(st.sampled_from(SCHEMA.get_possible_types(type_)), max_size=2, unique=True))
            return f"{{ __typename id {' '.join(f'... on {kind.name} {self.inner(kind, depth)}' for kind in kinds)} }}"
        return self.inner(type_, depth)

    def inner(self, type_: GraphQLObjectType, depth: int) -> str:
        leaves = [name for name, field in type_.fields.items() if is_leaf_type(get_named_type(field.type))]
        edges = [name for name in type_.fields if name not in leaves and depth < DEEPEST]
        chosen = self.some(leaves, 0, 1) + self.some(edges, 1, 2 if depth < 2 else 1)
        fields = [self.field(type_, name, f"f{depth}_{place}", depth) for place, name in enumerate(chosen)]
        return "{ " + " ".join(["__typename", *(["id"] if "id" in type_.fields else []), *fields]) + " }"

    def some(self, names: list[str], least: int, most: int) -> list[str]:
        count = self.draw(st.integers(least, most)) if names else 0
        return [self.draw(st.sampled_from(names)) for _ in range(count)]

    def field(self, type_: GraphQLObjectType, name: str, alias: str, depth: int) -> str:
        field = type_.fields[name]
        given_ = [
            f"{key}: {self.value(argument.type)}"
            for key, argument in field.args.items()
            if is_required_argument(argument) or self.draw(st.integers(0, 19)) == 7
        ]
        arguments = f"({', '.join(given_)})" if given_ else ""
        directive = self.draw(st.sampled_from(["", "", "", "", "", "@include(if: true)", "@skip(if: true)"]))
        of = get_named_type(field.type)
        inner = self.selections(of, depth + 1) if isinstance(of, GraphQLObjectType | GraphQLInterfaceType) else ""
        return f"{alias}_{type_.name}: {name}{arguments} {directive} {inner}"

    def value(self, type_: GraphQLInputType) -> str:
        inner = get_nullable_type(type_)
        if is_list_type(inner):
            return f"[{', '.join(self.value(inner.of_type) for _ in range(self.draw(st.integers(0, 3))))}]"
        if isinstance(inner, GraphQLEnumType):
            return str(self.draw(st.sampled_from(list(inner.values))))
        if isinstance(inner, GraphQLInputObjectType):
            names = self.draw(st.lists(st.sampled_from(list(inner.fields)), max_size=2, unique=True))
            return "{" + ", ".join(f"{name}: {self.value(inner.fields[name].type)}" for name in names) + "}"
        scalars: dict[str, st.SearchStrategy[Any]] = {
            "Int": st.sampled_from([1, 2, 3, 100, 100, 0, 101]),
            "ID": self.ids,
            "String": self.cursors | st.sampled_from(["a", "ac%", "", "\u00e9 x"]),
            "EmailAddress": st.sampled_from(["ada@acme.example", "free@acme.example", "x"]),
            "LongText": st.sampled_from(["a", "code,name\na", "not a policy;", ""]),
            "Boolean": st.sampled_from([True, False]),
            "PhoneNumber": st.sampled_from(["+31201234567", "0201234567"]),
            "CountryCode": st.sampled_from(["NL", "SE", "ZZ"]),
            "DateTime": st.sampled_from(["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "x"]),
        }
        return json.dumps(self.draw(scalars[get_named_type(inner).name]))
