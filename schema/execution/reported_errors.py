"""Which fields report malformed values of their arguments in their result, so that a form can show each at its field.

These are the fields whose result has a list `errors` of `MutationError`: all mutations, and the query `accessPreview`.
Malformed values of any other argument are errors of the operation.
"""

from typing import Any

from graphql import (
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    get_named_type,
    is_input_object_type,
    is_object_type,
    specified_rules,
)
from graphql.type import GraphQLInputType, GraphQLNamedType
from graphql.utilities import type_from_ast

from schema.declare.scalars import malformed_values_kept

ERRORS, ERROR = "errors", "MutationError"
"""The field of a result with its errors, and their type."""


def reports_errors(field: GraphQLField) -> bool:
    """Whether the result of a field has a list of errors."""
    type_ = get_named_type(field.type)
    errors = type_.fields.get(ERRORS) if is_object_type(type_) else None
    return errors is not None and get_named_type(errors.type).name == ERROR


def keeps_malformed(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variable: VariableDefinitionNode
) -> bool:
    """Whether malformed values in a variable are left to the field that takes them: in a mutation, and in an input that
    only fields with `errors` take. If another field takes such a variable, too, the planner rejects the operation."""
    if operation.operation is OperationType.MUTATION:
        return True
    type_ = type_from_ast(schema, variable.type)
    return type_ is not None and get_named_type(type_).name in _inputs_of_queries(schema)


def _inputs_of_queries(schema: GraphQLSchema) -> set[str]:
    """The input objects that the arguments of query fields with `errors` hold."""
    assert schema.query_type is not None
    found: set[str] = set()
    fields = [field for field in schema.query_type.fields.values() if reports_errors(field)]
    waiting: list[GraphQLInputType] = [argument.type for field in fields for argument in field.args.values()]
    while waiting:
        type_: GraphQLNamedType = get_named_type(waiting.pop())
        if is_input_object_type(type_) and type_.name not in found:
            found.add(type_.name)
            waiting.extend(field.type for field in type_.fields.values())
    return found


class _ValuesRule(ValuesOfCorrectTypeRule):
    """Accepts malformed values in the document where the field that takes them reports them."""

    def is_valid_value_node(self, *arguments: Any) -> Any:
        """Reports the errors in a value."""
        # The default value of a variable belongs to no field.
        field = self.context.get_field_def()
        with malformed_values_kept(field is not None and reports_errors(field)):
            return super().is_valid_value_node(*arguments)


VALIDATION_RULES = tuple(_ValuesRule if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)
"""The rules of the GraphQL specification, with that exception."""
