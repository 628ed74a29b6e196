"""Builds the type registry of the query planner from the declarations of the Strawberry types."""

from collections.abc import Mapping

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.types.field import StrawberryField

from resolvers.query.registry import (
    Encoding,
    Expression,
    Field,
    Group,
    ObjectType,
    Registry,
    Scalar,
    ToList,
    ToMany,
    ToOne,
)
from schema.declare.fields import (
    AS_TEXT,
    KEY,
    NODE_BINDINGS,
    ONLY_BY_POST,
    AsText,
    Binding,
    ConnectionBinding,
    EmbeddedBinding,
    ListBinding,
    NodesBinding,
    PartBinding,
    PayloadNodeBinding,
    PayloadNodesBinding,
    PublicIdBinding,
    StaticBinding,
    ToOneBinding,
    ValueBinding,
)

DEFINITION = "strawberry-definition"
"""The key in the extensions of a GraphQL type or field under which Strawberry keeps its own definition."""

_ENCODINGS: Mapping[str, Encoding] = {
    "Boolean": Encoding.RAW,
    "Int": Encoding.RAW,
    "Float": Encoding.RAW,
    "DateTime": Encoding.TIME,
    # Check constraints of the tables limit both to characters that need no escaping.
    "CountryCode": Encoding.PLAIN,
    "PhoneNumber": Encoding.PLAIN,
}


def build_registry(schema: GraphQLSchema) -> Registry:
    """Returns the registry of all types of the schema that declare the sources of their fields.

    Raises ValueError if a declaration doesn't fit the type of its field.
    """
    types = [type_ for type_ in schema.type_map.values() if is_object_type(type_) and not type_.name.startswith("__")]
    objects = [_object(type_) for type_ in types]
    return Registry({object_.name: object_ for object_ in objects if object_.fields})


def binding_of(field: GraphQLField) -> Binding | None:
    """Returns the declared source of a field, or None if it declares none."""
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField):
        return None
    binding: Binding | None = definition.metadata.get(KEY)
    return binding


def is_only_by_post(field: GraphQLField) -> bool:
    """Returns whether a query must not ask for the field by GET (`ONLY_BY_POST`)."""
    definition = field.extensions.get(DEFINITION)
    return isinstance(definition, StrawberryField) and ONLY_BY_POST.items() <= definition.metadata.items()


def as_text_of(field: GraphQLField) -> AsText | None:
    """Returns how a query field is answered before an executor runs, or None if it isn't."""
    definition = field.extensions.get(DEFINITION)
    as_text: AsText | None = definition.metadata.get(AS_TEXT) if isinstance(definition, StrawberryField) else None
    return as_text


def _object(type_: GraphQLObjectType) -> ObjectType:
    node = NODE_BINDINGS.get(type_.name)
    prefix = node.model.id_prefix if node else ""
    fields: dict[str, Field] = {}
    for name, field in type_.fields.items():
        registered = _field(field, prefix)
        if registered is not None:
            fields[name] = registered
    if node is None:
        return ObjectType(type_.name, fields)
    return ObjectType(type_.name, fields, node.model, prefix, node.filters, node.orders)


def _field(field: GraphQLField, prefix: str) -> Field | None:
    binding = binding_of(field)
    target = get_named_type(field.type).name
    nullable = not is_non_null_type(field.type)
    match binding:
        case ValueBinding():
            return Scalar(_expression(binding, field), binding.encoding or _encoding(field.type), nullable)
        case PublicIdBinding():
            return Scalar(lambda row, _access: row.c.id, Encoding.ID, nullable=False, prefix=prefix)
        case ToOneBinding():
            to = target if is_object_type(get_named_type(field.type)) else None
            return ToOne(to, binding.join, nullable, binding.arguments, binding.owner, binding.crosses)
        case ConnectionBinding():
            return ToMany(binding.target, binding.join, binding.action, binding.crosses)
        case EmbeddedBinding():
            return Group(
                target,
                binding.action,
                binding.present,
                binding.row,
                binding.arguments,
                binding.permitted,
                binding.rate_limit,
            )
        case ListBinding():
            return ToList(target, binding.rows)
        case NodesBinding() | StaticBinding() | PartBinding() | PayloadNodeBinding() | PayloadNodesBinding() | None:
            return None


def _expression(value: ValueBinding, field: GraphQLField) -> Expression:
    if value.expression is not None:
        return value.expression
    column = value.column or field.extensions[DEFINITION].python_name
    return lambda row, _access: row.c[column]


def _encoding(type_: GraphQLOutputType) -> Encoding:
    named = get_named_type(type_)
    if is_list_type(get_nullable_type(type_)):
        if not isinstance(named, GraphQLEnumType):
            raise ValueError(f"a list of {named} needs an explicit encoding")
        return Encoding.PLAIN_LIST
    if isinstance(named, GraphQLEnumType):
        return Encoding.PLAIN
    return _ENCODINGS.get(named.name, Encoding.TEXT)
