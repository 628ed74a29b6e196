"""The variables of an operation, brought into the types that it declares, with all that is wrong with them."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, Undefined
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.type import is_non_null_type
from graphql.utilities import coerce_input_value, validate_input_value
from graphql.utilities.coerce_input_value import coerce_default_value

from schema.declare.scalars import BadValue
from schema.execution.errors import QueryCode, QueryError, QueryRejected

MOST_ERRORS = 50
"""Errors of variables that are reported."""

_ECHO = re.compile(r"(?:, found|\. Found): [\[{].*", re.DOTALL)


def coerced_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any], *, suggestions: bool = True
) -> VariableValues:
    """The variables that the operation declares, in the form that graphql-core works with. Raises Rejected; with
    `suggestions`, it is asked whether another name was meant."""
    values = VariableValues({}, {})
    problems: list[QueryError] = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        assert isinstance(signature, GraphQLVariableSignature), "validation has seen to it"
        for message, path in _take(values, signature, given.get(signature.name, Undefined), hide=not suggestions):
            location = definition.loc and (definition.loc.start_token.line, definition.loc.start_token.column)
            argument = ".".join([signature.name, *map(str, path)])
            places = (location,) if location else ()
            problems.append(QueryError(QueryCode.BAD_USER_INPUT, message, argument, locations=places))
    if problems:
        raise QueryRejected(problems[:MOST_ERRORS])
    return values


def _take(
    values: VariableValues, signature: GraphQLVariableSignature, value: Any, *, hide: bool
) -> list[tuple[str, list[str | int]]]:
    """Puts a variable among the values; returns what is wrong with it."""
    name, type_ = signature.name, signature.type
    if value is Undefined:
        values.sources[name] = VariableValueSource(signature)
        if signature.default is not None:
            values.coerced[name] = coerce_default_value(signature)
            return []
        if not is_non_null_type(type_):
            return []
        return [(f"The variable ${name} is missing.", [])]
    values.sources[name] = VariableValueSource(signature, value)
    if input_is_nested_too_deeply(value, type_):
        return [(f"The variable ${name} is nested too deep.", [])]
    coerced = coerce_input_value(value, type_)
    if coerced is not Undefined:
        values.coerced[name] = coerced
        return []
    problems: list[tuple[str, list[str | int]]] = []

    def note(error: GraphQLError, path: list[str | int]) -> None:
        if isinstance(error.original_error, BadValue):
            problems.append((str(error.original_error), path))
        else:
            # graphql-core quotes the whole object around a bad value: there may be a password in it.
            problems.append((_ECHO.sub(".", error.message), path))

    validate_input_value(value, type_, note, hide)
    return problems
