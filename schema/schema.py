"""The GraphQL schema: the Strawberry schema, built once, and the graphql-core schema and registry derived from it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import strawberry
from graphql import (
    GraphQLFieldResolver,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_object_type,
)
from strawberry.schema.config import StrawberryConfig

from resolvers.errors import ErrorCode, Problem
from resolvers.query.registry import Registry
from schema.declare.fields import Binding, PayloadNodeBinding, PayloadNodesBinding
from schema.declare.registry import binding_of, build_registry
from schema.declare.scalars import SCALARS
from schema.execution.build_selection import payload_nodes_key
from schema.execution.context import PayloadContext
from schema.execution.reported_errors import reports_errors
from schema.mutation import Mutation
from schema.query import Query
from schema.types.access_request import AccessRequest
from schema.types.access_review import AccessReview, AccessReviewEntry
from schema.types.access_template import AccessTemplate
from schema.types.api_client import ApiClient
from schema.types.audit_event import AuditEvent
from schema.types.contract_account import ContractAccount
from schema.types.delivery_account import DeliveryAccount
from schema.types.organization import Organization
from schema.types.rejected_payload import rejected_payload
from schema.types.service import Service
from schema.types.user import User

TRANSIENT_CODES = (ErrorCode.RATE_LIMITED, ErrorCode.UNAUTHENTICATED, ErrorCode.REAUTHENTICATION_REQUIRED)
"""Error codes of mutations that may succeed when they are retried unchanged."""


@cache
def strawberry_schema() -> strawberry.Schema:
    """Returns the Strawberry schema."""
    config = StrawberryConfig(scalar_map=SCALARS)
    nodes = [
        Organization,
        ContractAccount,
        DeliveryAccount,
        Service,
        User,
        AuditEvent,
        AccessReview,
        AccessReviewEntry,
        AccessTemplate,
        ApiClient,
        AccessRequest,
    ]
    return strawberry.Schema(query=Query, mutation=Mutation, types=nodes, config=config)


@cache
def graphql_schema() -> GraphQLSchema:
    """Returns the graphql-core schema. Its fields with a declared source are resolved from data read beforehand."""
    schema: GraphQLSchema = strawberry_schema()._schema  # noqa: SLF001 -- Strawberry has no public access to it
    assert schema.mutation_type is not None
    assert schema.query_type is not None
    resolver_fields = [field for field in schema.query_type.fields.values() if binding_of(field) is None]
    for field in schema.mutation_type.fields.values():
        assert field.resolve is not None
        field.resolve = _with_transient_claim(field.resolve)
    for field in filter(reports_errors, (*schema.mutation_type.fields.values(), *resolver_fields)):
        assert field.resolve is not None
        field.resolve = _unless_malformed(field.resolve, rejected_payload(get_named_type(field.type)))
    for field in (*schema.mutation_type.fields.values(), *resolver_fields):
        assert field.resolve is not None
        field.resolve = _with_operation_name(field.resolve)
    for type_ in schema.type_map.values():
        if is_enum_type(type_):
            type_.coerce_output_value = _name_or_serialized(type_.values, type_.coerce_output_value)  # type: ignore[assignment,method-assign]
        if is_object_type(type_):
            # Objects are plain JSON from the planner, not instances of the Strawberry classes.
            type_.is_type_of = None
            for field in type_.fields.values():
                binding = binding_of(field)
                if binding is not None:
                    field.resolve = _resolver(binding)
    return schema


@cache
def registry() -> Registry:
    """Returns the type registry of the query planner."""
    return build_registry(graphql_schema())


def printed_schema() -> str:
    """Returns the schema in the schema definition language, as in `schema/schema.graphql`."""
    return strawberry_schema().as_str() + "\n"


def _with_operation_name(resolver: GraphQLFieldResolver) -> GraphQLFieldResolver:
    """Sets the field name as the operation of the caller, so that the audit trail names every denied field."""

    def resolve(source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any) -> Any:
        context: PayloadContext = info.context
        caller = replace(context.context.caller, operation=info.field_name)
        context = replace(context, context=replace(context.context, caller=caller))
        return resolver(source, info._replace(context=context), **arguments)

    return resolve


def _unless_malformed(
    resolver: GraphQLFieldResolver, rejected: Callable[[Sequence[Problem]], Any]
) -> GraphQLFieldResolver:
    """Returns the problems that the planner has found in the arguments, if they prevent it from being run, instead of
    calling the resolver."""

    def resolve(source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any) -> Any:
        found = info.context.problems[str(info.path.key)]
        return rejected(found.problems) if found.prevent_run else resolver(source, info, **arguments)

    return resolve


def _with_transient_claim(mutation: GraphQLFieldResolver) -> GraphQLFieldResolver:
    """Marks the idempotency claim of the caller, if any, when the mutation fails with a transient code."""

    async def resolve(source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any) -> Any:
        payload = await mutation(source, info, **arguments)
        claim = info.context.context.caller.claim
        if claim is not None and any(error.code in TRANSIENT_CODES for error in payload.errors):
            claim.transient = True
        return payload

    return resolve


def _name_or_serialized(names: Collection[str], serialize: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Returns a serializer of enum values. Data from the planner holds names already (`BASIC_READ`), which differ from
    some stored values (`basic.read`). Resolver functions return the enum values themselves."""

    def serialized(value: Any) -> Any:
        return value if type(value) is str and value in names else serialize(value)

    return serialized


def _resolver(binding: Binding) -> Callable[..., Any]:
    match binding:
        case PayloadNodeBinding():
            return _from_payload
        case PayloadNodesBinding():
            return _from_payload_list
        case _:
            return _from_data


def _from_data(source: Any, info: GraphQLResolveInfo[Any], /, **_arguments: Any) -> Any:
    return source[info.path.key]


def _from_payload(source: Any, info: GraphQLResolveInfo[Any], /, **_arguments: Any) -> Any:
    return source.data.get(info.path.key)


def _from_payload_list(source: Any, info: GraphQLResolveInfo[Any], /, **_arguments: Any) -> Any:
    item = info.path.prev
    assert item is not None
    assert item.prev is not None
    nodes = source.data.get(payload_nodes_key(str(item.prev.key), str(info.path.key)))
    return nodes[item.key] if nodes else None
