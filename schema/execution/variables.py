"""Coerces the variables of an operation to their declared types, and collects all errors."""

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
"""Maximum number of errors reported for the variables of one operation."""

_ECHO = re.compile(r"(?:, found|\. Found): [\[{].*", re.DOTALL)


def coerced_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any], *, suggestions: bool = True
) -> VariableValues:
    """Returns the declared variables in the form that graphql-core uses. Raises QueryRejected with all errors. With
    `suggestions`, they suggest similar names."""
    values = VariableValues({}, {})
    problems: list[QueryError] = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        assert isinstance(signature, GraphQLVariableSignature), "validation rejects unknown types"
        for message, path in _coerce(values, signature, variables.get(signature.name, Undefined), hide=not suggestions):
            location = definition.loc and (definition.loc.start_token.line, definition.loc.start_token.column)
            argument = ".".join([signature.name, *map(str, path)])
            locations = (location,) if location else ()
            problems.append(QueryError(QueryCode.BAD_USER_INPUT, message, argument, locations=locations))
    if problems:
        raise QueryRejected(problems[:MOST_ERRORS])
    return values


def _coerce(
    values: VariableValues, signature: GraphQLVariableSignature, value: Any, *, hide: bool
) -> list[tuple[str, list[str | int]]]:
    """Adds a variable to `values` and returns the errors in it."""
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
        return [(f"The variable ${name} is nested too deeply.", [])]
    coerced = coerce_input_value(value, type_)
    if coerced is not Undefined:
        values.coerced[name] = coerced
        return []
    problems: list[tuple[str, list[str | int]]] = []

    def report(error: GraphQLError, path: list[str | int]) -> None:
        if isinstance(error.original_error, BadValue):
            problems.append((str(error.original_error), path))
        else:
            # graphql-core quotes the whole object around an invalid value, which may contain a password.
            problems.append((_ECHO.sub(".", error.message), path))

    validate_input_value(value, type_, report, hide)
    return problems
