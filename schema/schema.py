"""The public contract: the Strawberry schema, made once, and the two things that are derived from it."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema, is_enum_type, is_object_type
from strawberry.schema.config import StrawberryConfig

from resolvers.errors import ErrorCode
from resolvers.query.registry import Registry
from schema.declare.fields import Binding, PayloadNodeBinding, PayloadNodesBinding
from schema.declare.registry import binding_of, build_registry
from schema.declare.scalars import SCALARS
from schema.execution.build_selection import key_of_each
from schema.execution.context import PayloadContext
from schema.mutation import Mutation
from schema.query import Query
from schema.types.access_review import AccessReview, AccessReviewEntry
from schema.types.api_client import ApiClient
from schema.types.audit_event import AuditEvent
from schema.types.contract_account import ContractAccount
from schema.types.delivery_account import DeliveryAccount
from schema.types.organization import Organization
from schema.types.service import Service
from schema.types.user import User

PASSING = (ErrorCode.RATE_LIMITED, ErrorCode.UNAUTHENTICATED)
"""Why a mutation may be refused now and done a moment later, though nothing else changes."""


@cache
def strawberry_schema() -> strawberry.Schema:
    """The schema as Strawberry has it."""
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
        ApiClient,
    ]
    return strawberry.Schema(query=Query, mutation=Mutation, types=nodes, config=config)


@cache
def graphql_schema() -> GraphQLSchema:
    """The schema as graphql-core has it, with the fields that are bound to data resolved from what was read already."""
    schema: GraphQLSchema = strawberry_schema()._schema  # noqa: SLF001 -- Strawberry gives it out in no other way
    assert schema.mutation_type is not None
    assert schema.query_type is not None
    questions = [field for field in schema.query_type.fields.values() if binding_of(field) is None]
    for field in schema.mutation_type.fields.values():
        assert field.resolve is not None
        field.resolve = _telling_its_claim(field.resolve)
    for field in (*schema.mutation_type.fields.values(), *questions):
        assert field.resolve is not None
        field.resolve = _under_its_name(field.resolve)
    for type_ in schema.type_map.values():
        if is_enum_type(type_):
            type_.coerce_output_value = _by_name(type_.values, type_.coerce_output_value)  # type: ignore[assignment,method-assign]
        if is_object_type(type_):
            # Objects are what the planner made of them, JSON: no class of ours tells their type.
            type_.is_type_of = None
            for field in type_.fields.values():
                binding = binding_of(field)
                if binding is not None:
                    field.resolve = _resolver(binding)
    return schema


@cache
def registry() -> Registry:
    """What the planner works from."""
    return build_registry(graphql_schema())


def printed_schema() -> str:
    """The schema in the schema definition language, as `schema/schema.graphql` holds it."""
    return strawberry_schema().as_str() + "\n"


def _under_its_name(mutate: GraphQLFieldResolver) -> GraphQLFieldResolver:
    """The mutation or question, told its own name: the audit trail has it where it is refused, and none forgets it."""

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        running: PayloadContext = info.context
        caller = replace(running.context.caller, operation=info.field_name)
        running = replace(running, context=replace(running.context, caller=caller))
        return mutate(source, info._replace(context=running), **arguments)

    return resolve


def _telling_its_claim(mutate: GraphQLFieldResolver) -> GraphQLFieldResolver:
    """The mutation. The claim under which it runs, if any, is told where it was refused for a reason that passes."""

    async def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        payload = await mutate(source, info, **arguments)
        claim = info.context.context.caller.claim
        if claim is not None and any(error.code in PASSING for error in payload.errors):
            claim.passing = True
        return payload

    return resolve


def _by_name(values: Collection[str], serialize: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """How a value of an enum gets into an answer: what was read is its name already (`BASIC_READ`), which is not always
    what is stored (`basic.read`); what a function returns is the word itself."""

    def serialized(value: Any) -> Any:
        return value if type(value) is str and value in values else serialize(value)

    return serialized


def _resolver(binding: Binding) -> Callable[..., Any]:
    match binding:
        case PayloadNodeBinding():
            return _from_payload
        case PayloadNodesBinding():
            return _from_listed
        case _:
            return _from_answer


def _from_answer(source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    return source[info.path.key]


def _from_payload(source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    return source.answer.get(info.path.key)


def _from_listed(source: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    place = info.path.prev
    assert place is not None
    assert place.prev is not None
    nodes = source.answer.get(key_of_each(str(place.prev.key), str(info.path.key)))
    return nodes[place.key] if nodes else None
