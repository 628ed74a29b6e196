"""Generates the input of any mutation from the schema alone, so that new mutations are tested automatically.

Required fields and fields that take ids get a value that fits; all others are left out. A field that it cannot fill
fails with a message that says what to add.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from schema.operations import Operations

DEEPEST = 8

SCALARS: dict[str, Any] = {
    "String": "a lamp, 4 herons & rain",
    "Int": 1,
    "Float": 1.5,
    "Boolean": True,
    "EmailAddress": "somebody.new@acme.example",
    "LongText": "code,name,status,contract_account,delivery_account,city,country\nX-1,X,ACTIVE,A,B,Oslo,NO\n",
    "PhoneNumber": "+31201234567",
    "CountryCode": "NL",
    "DateTime": "2100-01-01T00:00:00Z",
}
"""A value of each scalar except ID."""

NAMED: dict[str, Any] = {"url": "https://hooks.example.com/in"}
"""The values of fields of these names."""


@dataclass(frozen=True)
class Slot:
    """A place of an input that takes an id, or several, and the prefixes of ids that fit."""

    path: tuple[str, ...]
    prefixes: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass
class Filling:
    """Builds one input. `id_for` returns the id for each slot; `named` are values for fields of certain names. With
    `complete`, optional fields are filled, too."""

    id_for: Callable[[Slot], str]
    named: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = False

    def arguments(self, mutation: GraphQLField) -> dict[str, Any]:
        """Returns the arguments of a mutation."""
        return {
            name: self._value(argument.type, (name,), _prefixes(name, argument))
            for name, argument in mutation.args.items()
            if is_required_argument(argument) or holds_ids(argument.type)
        }

    def _value(self, type_: GraphQLInputType, path: tuple[str, ...], prefixes: tuple[str, ...]) -> Any:
        match type_:
            case GraphQLNonNull():
                return self._value(type_.of_type, path, prefixes)
            case GraphQLList():
                return [self._value(type_.of_type, (*path, "0"), prefixes)]
            case GraphQLInputObjectType():
                return self._object(type_, path)
            case GraphQLEnumType():
                return next(iter(type_.values))
        if type_.name == "ID":
            assert prefixes, f"{'.'.join(path)}: say with `schema.declare.inputs.id_of` of what this is the id"
            return self.id_for(Slot(path, prefixes))
        named = {**NAMED, **self.named}.get(path[-1])
        assert type_.name in SCALARS, (
            f"{'.'.join(path)}: add a value of the scalar {type_.name} to tests/support/mutations/inputs.py"
        )
        return SCALARS[type_.name] if named is None else named

    def _object(self, type_: GraphQLInputObjectType, path: tuple[str, ...]) -> dict[str, Any]:
        assert len(path) < DEEPEST, f"{'.'.join(path)}: an input that nests without end"
        return {
            name: self._value(part.type, (*path, name), _prefixes(name, part))
            for name, part in type_.fields.items()
            if self.complete or is_required_input_field(part) or holds_ids(part.type)
        }


def document(name: str, field: GraphQLField) -> str:
    """The mutation, with every field of its payload that needs no arguments."""
    payload = get_named_type(field.type)
    assert isinstance(payload, GraphQLObjectType)
    asked = ["__typename"]
    for part, definition in payload.fields.items():
        if part == "errors":
            asked.append("errors { code message path }")
        elif not definition.args:
            asked.append(part if is_leaf_type(get_named_type(definition.type)) else f"{part} {{ __typename }}")
    variables = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
    arguments = ", ".join(f"{each}: ${each}" for each in field.args)
    given, passed = (f"({each})" if each else "" for each in (variables, arguments))
    return f"mutation {given} {{ answer: {name}{passed} {{ {' '.join(asked)} }} }}"


def slots(mutation: GraphQLField) -> list[Slot]:
    """All places of a mutation's arguments that take an id."""
    found: list[Slot] = []

    def note(slot: Slot) -> str:
        found.append(slot)
        return ""

    Filling(note).arguments(mutation)
    return found


def holds_ids(type_: GraphQLInputType, depth: int = 0) -> bool:
    """Whether a value of this type can contain an id."""
    named = get_named_type(type_)
    if not isinstance(named, GraphQLInputObjectType) or depth > DEEPEST:
        return named.name == "ID"
    return any(holds_ids(part.type, depth + 1) for part in named.fields.values())


def _prefixes(name: str, part: GraphQLInputField | GraphQLArgument) -> tuple[str, ...]:
    """The prefixes of ids that fit a field: as it declares, or by its name, which is that of a node type."""
    definition = part.extensions.get("strawberry-definition")
    declared = getattr(definition, "metadata", {}).get("model", ())
    if declared:
        return tuple(model.id_prefix for model in (declared if isinstance(declared, tuple) else (declared,)))
    by_name = {_field_name(each.name): each.prefix for each in Operations().registry.objects.values() if each.prefix}
    prefix = by_name.get(name) or by_name.get(name.removesuffix("s"))
    return (prefix,) if prefix else ()


def _field_name(type_name: str) -> str:
    return type_name[0].lower() + type_name[1:]
