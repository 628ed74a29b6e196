"""What an operation is charged: the objects of its response, never more than it requested."""

import json
from typing import Any

import pytest

from resolvers.query.price import COUNTED_BYTES, Price, Requested
from schema.operations import Operations

OPERATIONS = Operations()
NODE = {"node": {"id": "a"}}


def price(text: str) -> Price:
    return OPERATIONS.prepare(text, None, {}).price


def encoded(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("text", "data", "nodes"),
    [
        ("{ viewer { permissions } }", {"viewer": {"permissions": []}}, 2),
        ("{ viewer { permissions } }", {"viewer": None}, 1),
        ("{ __typename }", {"__typename": "Query"}, 1),
        ("{ users { nodes { id } } }", {"users": {"nodes": [{"id": "a"}, {"id": "b"}]}}, 4),
        ("{ users { totalCount nodes { id } } }", {"users": {"totalCount": 0, "nodes": []}}, 2),
        ("{ users { edges { node { id } } pageInfo { endCursor } } }",
         {"users": {"edges": [NODE, NODE], "pageInfo": {"endCursor": "c"}}}, 4),
        ("{ users { edges { cursor } } }", {"users": {"edges": [{"cursor": "a"}, {"cursor": "b"}]}}, 4),
        ("{ users { edges { n: node { id } } p: pageInfo { endCursor } } }",
         {"users": {"edges": [{"n": {"id": "a"}}], "p": {"endCursor": "c"}}}, 3),
        # Under the key of the nodes of edges, these objects would be free.
        ("{ users { edges { node { node: organization { id } } } } }",
         {"users": {"edges": [{"node": {"node": {"id": "o"}}}]}}, 5),
    ],
)  # fmt: skip
def test_the_objects_of_a_response_are_charged(text: str, data: Any, nodes: int) -> None:
    assert price(text).of_response(encoded(data), staff=False) == nodes


@pytest.mark.parametrize(
    ("name", "braces"), [('a"', 0), ('"node":', 0), ('"node":{', 1), ('{"pageInfo":{"', 2), ("\\{}", 1)]
)
def test_braces_in_text_count_and_no_text_makes_objects_free(name: str, braces: int) -> None:
    text = "{ services { edges { node { name } } pageInfo { endCursor } } }"
    data = {"services": {"edges": [{"node": {"name": name}}], "pageInfo": {"endCursor": "c"}}}
    assert price(text).of_response(encoded(data), staff=False) == 3 + braces


@pytest.mark.parametrize("rows", [100, 1_000, 5_000, 40_000])
def test_the_objects_of_a_large_response_are_estimated(rows: int) -> None:
    text = "{ services(first: 100) { edges { node { id site { city } } } } }"
    row = {"node": {"id": "svc_0190163d-8694-739b-aea5-966c26f8ad91", "site": {"city": "Berlin"}}}
    data = encoded({"services": {"edges": [row] * rows}})
    limited = Price(Requested(10**9), Requested(10**9), 0, price(text).shared)
    found = limited.of_response(data, staff=False)
    assert found == 2 + 2 * rows if len(data) <= COUNTED_BYTES else 0.97 < found / (2 * rows) < 1.03


def test_no_operation_is_charged_for_more_than_it_requested() -> None:
    listed = {"users": {"nodes": [{"accountEnds": [{"name": "x"}] * 1_000}]}}
    of_users = price("{ users(first: 1) { nodes { accountEnds { name } } } }")
    assert of_users.of_response(encoded(listed), staff=False) == of_users.by_member.nodes == 1 + 1 + 1 + 10
    assert price("{ __schema { types { name } } }").of_response(b'{"' * 10_000, staff=False) == 501


@pytest.mark.parametrize(("seconds", "nodes"), [(0.0, 8), (0.000_09, 17), (0.1, 107), (10.0, 107)])
def test_without_a_response_the_time_is_charged_instead(seconds: float, nodes: int) -> None:
    limited = Price(Requested(107), Requested(5_000), fixed=7)
    assert limited.without_response(seconds, staff=False) == nodes
    assert limited.without_response(10.0, staff=True) == 5_000
