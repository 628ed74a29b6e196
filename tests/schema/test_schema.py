"""What clients rely on: names and types of the schema, descriptions, and the printed schema."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    build_schema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_required_input_field,
    is_scalar_type,
    parse,
    print_ast,
    print_type,
)

from authz.model import actions
from schema.declare import enums
from schema.declare.fields import NODE_BINDINGS
from schema.schema import graphql_schema, printed_schema, registry
from tests.support.paths import ROOT

PRINTED = ROOT / "schema" / "schema.graphql"

EXPECTED_SDL = Path(__file__).with_name("expected_schema.graphql").read_text()

NODES = (
    "Organization",
    "ContractAccount",
    "DeliveryAccount",
    "Service",
    "User",
    "AuditEvent",
    "AccessRequest",
    "AccessReview",
    "AccessReviewEntry",
)
# expected_schema.graphql names these types without defining them.
UNDEFINED_TYPES = (
    "PermissionInfo",
    "OrganizationAction",
    "ServiceStatus",
    "MailStatus",
    "ErrorCode",
    *(f"{name}Connection" for name in NODES),
)
SCALARS = ("EmailAddress", "PhoneNumber", "CountryCode", "DateTime")
EXPECTED = build_schema(
    EXPECTED_SDL
    + "".join(f"type {name} {{ left: Boolean }} " for name in UNDEFINED_TYPES)
    + "".join(f"scalar {name} " for name in SCALARS)
)


def is_defined(name: str, type_: GraphQLNamedType) -> bool:
    """Returns whether expected_schema.graphql defines the type."""
    return name not in UNDEFINED_TYPES and not name.startswith("__") and not is_scalar_type(type_)


def field_texts(type_: GraphQLNamedType) -> set[str]:
    """Returns each field as text: its name, arguments (except of connections), type and default."""
    (printed_type,) = parse(print_type(type_)).definitions
    fields = set()
    for field in printed_type.fields:  # type: ignore[attr-defined]
        is_connection = print_ast(field.type).endswith("Connection!")
        arguments = [] if is_connection else getattr(field, "arguments", None) or ()
        argument_texts = ", ".join(f"{argument.name.value}: {print_ast(argument.type)}" for argument in arguments)
        default = getattr(field, "default_value", None)
        default_text = f" = {print_ast(default)}" if default is not None else ""
        fields.add(f"{field.name.value}({argument_texts}): {print_ast(field.type)}{default_text}")
    return fields


@pytest.mark.parametrize("name", [name for name, type_ in EXPECTED.type_map.items() if is_defined(name, type_)])
def test_the_schema_has_what_clients_rely_on(name: str) -> None:
    expected, actual = EXPECTED.type_map[name], graphql_schema().type_map[name]
    assert isinstance(actual, type(expected)) or is_enum_type(actual)
    if is_enum_type(expected):
        assert is_enum_type(actual)
        assert list(actual.values) == list(expected.values)
    else:
        assert field_texts(actual) >= field_texts(expected)
    if is_object_type(expected):
        assert is_object_type(actual)
        assert [interface.name for interface in actual.interfaces] == [
            interface.name for interface in expected.interfaces
        ]


def test_inputs_require_nothing_that_clients_do_not_know() -> None:
    for name, expected in EXPECTED.type_map.items():
        if is_input_object_type(expected):
            actual = graphql_schema().type_map[name]
            assert is_input_object_type(actual)
            additional = [input_field for field, input_field in actual.fields.items() if field not in expected.fields]
            assert [field for field in actual.fields if field in expected.fields] == list(expected.fields)
            assert not any(map(is_required_input_field, additional))


@pytest.mark.parametrize("name", NODES)
def test_connection(name: str) -> None:
    connection, edge = (graphql_schema().type_map[f"{name}{kind}"] for kind in ("Connection", "Edge"))
    assert is_object_type(connection)
    assert is_object_type(edge)
    assert {name_: str(field.type) for name_, field in connection.fields.items()} == {
        "edges": f"[{name}Edge!]!",
        "nodes": f"[{name}!]!",
        "pageInfo": "PageInfo!",
        "totalCount": "Int!",
    }
    assert {name_: str(field.type) for name_, field in edge.fields.items()} == {"cursor": "String!", "node": f"{name}!"}


def test_every_connection_field_takes_the_same_arguments() -> None:
    checked = 0
    for type_ in graphql_schema().type_map.values():
        for name, field in type_.fields.items() if is_object_type(type_) else ():
            if str(field.type).endswith("Connection!"):
                target = str(field.type).removesuffix("Connection!")
                actual = {name_: str(argument.type) for name_, argument in field.args.items()}
                assert actual == {
                    "first": "Int",
                    "after": "String",
                    "last": "Int",
                    "before": "String",
                    "filter": f"{target}Filter",
                    "orderBy": f"{target}Order",
                }, f"{type_.name}.{name}"
                assert field.args["orderBy"].default_value is NODE_BINDINGS[target].default_order
                checked += 1
    assert checked >= 17


def test_filters_and_orders_of_the_schema_are_those_of_the_registry() -> None:
    for name in NODES:
        filter_, order = (graphql_schema().type_map[f"{name}{kind}"] for kind in ("Filter", "Order"))
        assert is_input_object_type(filter_)
        assert is_enum_type(order)
        filters = registry().objects[name].filters
        assert set(filter_.fields) == {name for name, each in filters.items() if not each.internal}
        assert set(order.values) == set(registry().objects[name].orders)


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("OrganizationAction", actions.OrganizationAction),
        ("AccountAction", actions.DeliveryAccountAction),
        ("AccountAction", [action for action in actions.ContractAccountAction if action != "view_billing"]),
        ("ServiceAction", actions.ServiceAction),
        ("UserAction", actions.UserAction),
        ("ApiClientAction", actions.ApiClientAction),
        ("AuditEventAction", actions.AuditEventAction),
        ("AccessReviewAction", [*actions.AccessReviewAction, "sign_off"]),
        ("AccessReviewEntryAction", actions.AccessReviewEntryAction),
    ],
)
def test_action_enums_have_the_actions_of_the_policy(name: str, actions: Iterable[str]) -> None:
    enum = graphql_schema().type_map[name]
    assert is_enum_type(enum)
    assert [value.lower() for value in enum.values] == list(actions)


def test_everything_has_a_description() -> None:
    missing = []
    for name, type_ in graphql_schema().type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Boolean", "ID", "Float"):
            continue
        if not type_.description:
            missing.append(name)
        if is_object_type(type_) or is_interface_type(type_):
            for field_name, field in type_.fields.items():
                missing += [] if field.description else [f"{name}.{field_name}"]
                missing += [
                    f"{name}.{field_name}({arg_name})" for arg_name, arg in field.args.items() if not arg.description
                ]
        elif is_input_object_type(type_):
            missing += [f"{name}.{field_name}" for field_name, field_ in type_.fields.items() if not field_.description]
        elif is_enum_type(type_):
            missing += [f"{name}.{value_name}" for value_name, value in type_.values.items() if not value.description]
    assert missing == []


def test_scalars_name_their_rfc() -> None:
    specified = {
        name: type_.specified_by_url for name, type_ in graphql_schema().type_map.items() if is_scalar_type(type_)
    }
    assert specified["DateTime"] == "https://www.rfc-editor.org/rfc/rfc3339"
    assert specified["EmailAddress"] == "https://www.rfc-editor.org/rfc/rfc5322"


def test_an_undescribed_enum_value_is_rejected() -> None:
    class Colour(StrEnum):
        RED = "RED"
        BLUE = "BLUE"

    with pytest.raises(ValueError, match="BLUE"):
        enums.gql_enum(Colour, "A colour.", RED="Like blood.")


def test_the_printed_schema_is_current(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--rewrite"):
        PRINTED.write_text(printed_schema())
    assert PRINTED.read_text() == printed_schema(), "run the tests with --rewrite, and read the difference"
    build_schema(PRINTED.read_text())


def test_every_node_has_viewer_can() -> None:
    node = graphql_schema().get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    kinds = graphql_schema().get_possible_types(node)
    assert len(kinds) > 5
    assert [kind.name for kind in kinds if "viewerCan" not in kind.fields] == []
