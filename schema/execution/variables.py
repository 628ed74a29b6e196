"""Measures the variables of an operation, and coerces them to their declared types. Collects errors, up to a limit.

The time is proportional to the size of the variables: they are measured before any value is examined, and the search
for errors ends with the last one that is reported.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, Undefined, VariableDefinitionNode
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, input_is_nested_too_deeply
from graphql.type import is_non_null_type
from graphql.utilities import coerce_input_value, validate_input_value
from graphql.utilities.coerce_input_value import coerce_default_value

from schema.declare.filters import LIST_LENGTH
from schema.declare.scalars import BadValue, malformed_values_kept
from schema.execution.errors import MOST_ERRORS, QueryCode, QueryError, QueryRejected
from schema.execution.input_validation import list_too_long
from schema.execution.reported_errors import keeps_malformed

ValuePath = list[str | int]
"""Where a value is within a variable: names of fields, and indexes of lists."""

_Report = Callable[[str, ValuePath], None]

_ECHO = re.compile(r"(?:, found|\. Found): [\[{].*", re.DOTALL)


class _EnoughErrors(Exception):
    """As many errors were found as are reported."""


def coerced_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    *,
    most_values: int,
    suggestions: bool = True,
) -> VariableValues:
    """Returns the declared variables in the form that graphql-core uses, at most `most_values` values. Values that a
    result reports as malformed are `Malformed`. Raises QueryRejected with all errors, up to `MOST_ERRORS`; with
    `suggestions`, they suggest similar names."""
    definitions = operation.variable_definitions or ()
    values, problems = VariableValues({}, {}), list[QueryError]()

    def report(definition: VariableDefinitionNode, message: str, path: ValuePath) -> None:
        problems.append(_problem(definition, message, path))
        if len(problems) == MOST_ERRORS:
            raise _EnoughErrors

    try:
        _measure(definitions, variables, most_values, report)
        for definition in definitions if not problems else ():
            signature = get_variable_signature(schema, definition)
            assert isinstance(signature, GraphQLVariableSignature), "validation rejects unknown types"
            value = variables.get(signature.name, Undefined)
            with malformed_values_kept(keeps_malformed(schema, operation, definition)):
                _coerce(values, signature, value, partial(report, definition), hide=not suggestions)
    except _EnoughErrors:
        pass
    if problems:
        raise QueryRejected(problems)
    return values


def _measure(
    definitions: Iterable[VariableDefinitionNode],
    variables: Mapping[str, Any],
    most_values: int,
    report: Callable[[VariableDefinitionNode, str, ValuePath], None],
) -> None:
    """Reports lists that are too long. Raises QueryRejected if the variables hold too many values."""
    # An explicit stack, because JSON may be nested more deeply than Python calls. A path is linked to the outer one.
    waiting: list[tuple[VariableDefinitionNode, Any, Any]] = [
        (definition, (), variables.get(definition.variable.name.value)) for definition in definitions
    ]
    count = 0
    while waiting:
        definition, path, value = waiting.pop()
        if isinstance(value, dict | list):
            if isinstance(value, list) and len(value) > LIST_LENGTH:
                report(definition, list_too_long(), _unlinked(path))
                continue
            count += len(value)
            if count > most_values:
                message = f"The variables hold more than {most_values:,} values."
                raise QueryRejected([QueryError(QueryCode.TOO_LARGE, message, definition.variable.name.value)])
            members = value.items() if isinstance(value, dict) else enumerate(value)
            waiting.extend((definition, (path, key), member) for key, member in members)


def _unlinked(path: Any) -> ValuePath:
    keys: ValuePath = []
    while path:
        path, key = path
        keys.append(key)
    return keys[::-1]


def _problem(definition: VariableDefinitionNode, message: str, path: ValuePath) -> QueryError:
    location = definition.loc and (definition.loc.start_token.line, definition.loc.start_token.column)
    argument = ".".join([definition.variable.name.value, *map(str, path)])
    return QueryError(QueryCode.BAD_USER_INPUT, message, argument, locations=(location,) if location else ())


def _coerce(
    values: VariableValues, signature: GraphQLVariableSignature, value: Any, report: _Report, *, hide: bool
) -> None:
    """Adds a variable to `values`, or reports the errors in it."""
    name, type_ = signature.name, signature.type
    if value is Undefined:
        values.sources[name] = VariableValueSource(signature)
        if signature.default is not None:
            values.coerced[name] = coerce_default_value(signature)
        elif is_non_null_type(type_):
            report(f"The variable ${name} is missing.", [])
        return
    values.sources[name] = VariableValueSource(signature, value)
    if input_is_nested_too_deeply(value, type_):
        report(f"The variable ${name} is nested too deeply.", [])
        return
    coerced = coerce_input_value(value, type_)
    if coerced is not Undefined:
        values.coerced[name] = coerced
        return

    def on_error(error: GraphQLError, path: ValuePath) -> None:
        if isinstance(error.original_error, BadValue):
            report(str(error.original_error), path)
        else:
            # graphql-core quotes the whole object around an invalid value, which may contain a password.
            report(_ECHO.sub(".", error.message), path)

    validate_input_value(value, type_, on_error, hide)
