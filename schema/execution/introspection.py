"""Checks the arguments and directives of introspection fields before the executor runs them.

A valid document can still put a null into a non-null place, through a variable. The executor would report that only
while it runs, as an error of the field without a code.
"""

from collections.abc import Iterable

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    get_argument_values,
    get_named_type,
)

from schema.execution.collect_fields import CollectedField, Collector

_ROOT_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


def check_introspection_arguments(collector: Collector, root: CollectedField) -> None:
    """Coerces all arguments of an introspection field of the query root and of the fields within it. Raises
    GraphQLError."""
    _check(collector, root, _ROOT_FIELDS[root.name])


def _check(collector: Collector, field: CollectedField, definition: GraphQLField) -> None:
    get_argument_values(definition, field.nodes[0], collector.variables)
    type_ = get_named_type(definition.type)
    if isinstance(type_, GraphQLObjectType):
        _check_all(collector, type_, field.selection_sets)


def _check_all(collector: Collector, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> None:
    for field in collector.fields(type_, sets):
        if field.definition is not None:
            _check(collector, field, field.definition)
