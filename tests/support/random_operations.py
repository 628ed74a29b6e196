"""Random operations with variables, made from the schema: queries and mutations, with any kind of value anywhere."""

import json
from functools import partial
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from hypothesis import strategies as st

from tests.support.random_documents import SCHEMA, Draw, RandomDocument

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=6,
)
"""Any JSON."""


class RandomOperation(RandomDocument):
    """A random document whose arguments are variables, and what a client sends for them: a fitting value, nothing, null
    or junk. Every second variable of a non-null place is nullable with a default, which the specification allows."""

    def __init__(self, draw: Draw, ids: list[str], cursors: list[str]) -> None:
        super().__init__(draw, ids, cursors)
        self.definitions: list[str] = []
        self.variables: dict[str, Any] = {}

    def text(self) -> str:
        kind, root = self.draw(st.sampled_from([("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type)]))
        assert root is not None
        selections = self.selections(root, 0)
        variables = f"({', '.join(self.definitions)})" if self.definitions else ""
        return f"{kind} {variables} {selections}"

    def field(self, type_: Any, name: str, alias: str, depth: int) -> str:
        text = super().field(type_, name, alias, depth)
        if self.draw(st.integers(0, 4)) == 0:
            name = self.variable("Boolean", self.draw(st.sampled_from(["true", "false"])), st.booleans())
            text = text.replace("@include(if: true)", f"@include(if: ${name})")
            text = text.replace("@skip(if: true)", f"@skip(if: ${name})")
            text += f" v_{alias}: __typename @skip(if: ${name})"
        return text

    def value(self, type_: GraphQLInputType) -> str:
        if self.draw(st.booleans()):
            return self.literal(type_)
        default = self.literal(type_, within_default=True)
        nullable = is_non_null_type(type_) and self.draw(st.booleans())
        shown = type_.of_type if isinstance(type_, GraphQLNonNull) and nullable else type_
        has_default = nullable or self.draw(st.booleans())
        return "$" + self.variable(
            str(shown), default if has_default else None, st.builds(self.json_of, st.just(type_))
        )

    def variable(self, type_: str, default: str | None, fitting: st.SearchStrategy[Any]) -> str:
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {type_}" + (f" = {default}" if default is not None else ""))
        choice = self.draw(st.sampled_from(["fitting", "fitting", "fitting", "nothing", "null", "null", "junk"]))
        if choice == "fitting":
            self.variables[name] = self.draw(fitting)
        elif choice != "nothing":
            self.variables[name] = None if choice == "null" else self.draw(JUNK)
        return name

    def literal(self, type_: GraphQLInputType, *, within_default: bool = False) -> str:
        inner = get_nullable_type(type_)
        value = partial(self.literal, within_default=True) if within_default else self.value
        if is_list_type(inner):
            items = [value(inner.of_type) for _ in range(self.draw(st.integers(0, 2)))]
            return f"[{', '.join(items)}]"
        if isinstance(inner, GraphQLInputObjectType):
            return "{" + ", ".join(f"{name}: {value(inner.fields[name].type)}" for name in self.names(inner)) + "}"
        return super().value(type_)

    def json_of(self, type_: GraphQLInputType) -> Any:
        inner = get_nullable_type(type_)
        if is_list_type(inner):
            return [self.json_of(inner.of_type) for _ in range(self.draw(st.integers(0, 2)))]
        if is_input_object_type(get_named_type(inner)):
            assert isinstance(inner, GraphQLInputObjectType)
            return {name: self.json_of(inner.fields[name].type) for name in self.names(inner)}
        text = super().value(type_)
        return text if text.isidentifier() and text not in ("true", "false", "null") else json.loads(text)

    def names(self, type_: GraphQLInputObjectType) -> list[str]:
        required = [name for name, field in type_.fields.items() if is_required_input_field(field)]
        return list(dict.fromkeys(required + self.some(list(type_.fields), 0, 2)))
