"""What the outside relies on: the names and types of the contract, their descriptions, and the printed schema."""

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

from authz.model import resources as policy
from schema.declare import action_enums
from schema.declare import enums as vocabulary
from schema.declare.orders import DEFAULTS
from schema.schema import graphql_schema, printed_schema, registry
from tests.support.paths import ROOT

PRINTED = ROOT / "schema" / "schema.graphql"

CONTRACT = Path(__file__).with_name("contract.graphql").read_text()

NODES = (
    "Organization",
    "ContractAccount",
    "DeliveryAccount",
    "Service",
    "User",
    "AuditEvent",
    "AccessReview",
    "AccessReviewEntry",
)
# The contract names these and leaves them to us.
LEFT_TO_US = (
    "PermissionInfo",
    "OrganizationAction",
    "ServiceStatus",
    "MailStatus",
    "ErrorCode",
    *(f"{name}Connection" for name in NODES),
)
SCALARS = ("EmailAddress", "PhoneNumber", "CountryCode", "DateTime")
EXPECTED = build_schema(
    CONTRACT
    + "".join(f"type {name} {{ left: Boolean }} " for name in LEFT_TO_US)
    + "".join(f"scalar {name} " for name in SCALARS)
)


def is_ours(name: str, type_: GraphQLNamedType) -> bool:
    """Whether the contract spells the type out."""
    return name not in LEFT_TO_US and not name.startswith("__") and not is_scalar_type(type_)


def typed(type_: GraphQLNamedType) -> set[str]:
    """Each field as text: its name, its arguments, its type and its default; of a connection not the arguments."""
    (printed_type,) = parse(print_type(type_)).definitions
    fields = set()
    for field in printed_type.fields:  # type: ignore[attr-defined]
        is_connection = print_ast(field.type).endswith("Connection!")
        arguments = [] if is_connection else getattr(field, "arguments", None) or ()
        taken = ", ".join(f"{argument.name.value}: {print_ast(argument.type)}" for argument in arguments)
        default = getattr(field, "default_value", None)
        shown = f" = {print_ast(default)}" if default is not None else ""
        fields.add(f"{field.name.value}({taken}): {print_ast(field.type)}{shown}")
    return fields


@pytest.mark.parametrize("name", [name for name, type_ in EXPECTED.type_map.items() if is_ours(name, type_)])
def test_contract_is_there_by_name_and_type(name: str) -> None:
    expected, found = EXPECTED.type_map[name], graphql_schema().type_map[name]
    assert isinstance(found, type(expected)) or is_enum_type(found)
    if is_enum_type(expected):
        assert is_enum_type(found)
        assert list(found.values) == list(expected.values)
    else:
        assert typed(found) >= typed(expected)
    if is_object_type(expected):
        assert is_object_type(found)
        assert [each.name for each in found.interfaces] == [each.name for each in expected.interfaces]


def test_inputs_ask_for_nothing_that_the_contract_does_not() -> None:
    for name, expected in EXPECTED.type_map.items():
        if is_input_object_type(expected):
            found = graphql_schema().type_map[name]
            assert is_input_object_type(found)
            further = [each for field, each in found.fields.items() if field not in expected.fields]
            assert [field for field in found.fields if field in expected.fields] == list(expected.fields)
            assert not any(map(is_required_input_field, further))


@pytest.mark.parametrize("name", NODES)
def test_connection(name: str) -> None:
    connection, edge = (graphql_schema().type_map[f"{name}{kind}"] for kind in ("Connection", "Edge"))
    assert is_object_type(connection)
    assert is_object_type(edge)
    assert {field: str(each.type) for field, each in connection.fields.items()} == {
        "edges": f"[{name}Edge!]!",
        "nodes": f"[{name}!]!",
        "pageInfo": "PageInfo!",
        "totalCount": "Int!",
    }
    assert {field: str(each.type) for field, each in edge.fields.items()} == {"cursor": "String!", "node": f"{name}!"}


def test_every_connection_field_takes_the_same_arguments() -> None:
    checked = 0
    for type_ in graphql_schema().type_map.values():
        for name, field in type_.fields.items() if is_object_type(type_) else ():
            if str(field.type).endswith("Connection!"):
                target = str(field.type).removesuffix("Connection!")
                found = {argument: str(each.type) for argument, each in field.args.items()}
                assert found == {
                    "first": "Int",
                    "after": "String",
                    "last": "Int",
                    "before": "String",
                    "filter": f"{target}Filter",
                    "orderBy": f"{target}Order",
                }, f"{type_.name}.{name}"
                assert field.args["orderBy"].default_value is DEFAULTS[target]
                checked += 1
    assert checked >= 17


def test_filters_and_orders_of_the_contract_are_those_of_the_graph() -> None:
    for name in NODES:
        filter_, order = (graphql_schema().type_map[f"{name}{kind}"] for kind in ("Filter", "Order"))
        assert is_input_object_type(filter_)
        assert is_enum_type(order)
        assert set(filter_.fields) == set(registry().objects[name].filters)
        assert set(order.values) == set(registry().objects[name].orders)


@pytest.mark.parametrize(
    ("shown", "of"),
    [
        (action_enums.OrganizationAction, [policy.OrganizationAction]),
        (action_enums.AccountAction, [policy.DeliveryAccountAction]),
        (action_enums.ServiceAction, [policy.ServiceAction]),
        (action_enums.UserAction, [policy.UserAction]),
        (action_enums.ApiClientAction, [policy.ApiClientAction]),
    ],
)
def test_actions_are_those_of_the_policy(shown: type[StrEnum], of: list[type[StrEnum]]) -> None:
    assert [each.value.lower() for each in shown] == [each.value for vocabulary in of for each in vocabulary]


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
                missing += [f"{name}.{field_name}({each})" for each, arg in field.args.items() if not arg.description]
        elif is_input_object_type(type_):
            missing += [f"{name}.{each}" for each, field_ in type_.fields.items() if not field_.description]
        elif is_enum_type(type_):
            missing += [f"{name}.{each}" for each, value in type_.values.items() if not value.description]
    assert missing == []


def test_scalars_name_their_rfc() -> None:
    specified = {
        name: type_.specified_by_url for name, type_ in graphql_schema().type_map.items() if is_scalar_type(type_)
    }
    assert specified["DateTime"] == "https://www.rfc-editor.org/rfc/rfc3339"
    assert specified["EmailAddress"] == "https://www.rfc-editor.org/rfc/rfc5322"


def test_an_undescribed_word_is_refused() -> None:
    class Colour(StrEnum):
        RED = "RED"
        BLUE = "BLUE"

    with pytest.raises(ValueError, match="BLUE"):
        vocabulary.gql_enum(Colour, "A colour.", RED="Like blood.")


def test_printed_schema_is_true(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--rewrite"):
        PRINTED.write_text(printed_schema())
    assert PRINTED.read_text() == printed_schema(), "run the tests with --rewrite, and read the difference"
    build_schema(PRINTED.read_text())


def test_every_node_says_what_the_viewer_can_do_with_it() -> None:
    node = graphql_schema().get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    kinds = graphql_schema().get_possible_types(node)
    assert len(kinds) > 5
    assert [kind.name for kind in kinds if "viewerCan" not in kind.fields] == []
