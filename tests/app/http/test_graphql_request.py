"""Bodies that are sent to do harm: compressed, slow, with two meanings. Refused with a code, and nothing changed."""

import gzip
from typing import Any

import orjson
import pytest

from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUERY = orjson.dumps({"query": "{ __typename }"})


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "deflate", "identity, gzip", "zstd", "x"])
async def test_nothing_is_unpacked(client: Client, coding: str) -> None:
    answer = await client.post(gzip.compress(b" " * 10_000_000), **{"Content-Encoding": coding})
    assert (answer.status_code, codes(answer.json())) == (415, ["UNSUPPORTED_MEDIA_TYPE"])
    assert answer.json()["errors"][0]["extensions"]["argument"] == "Content-Encoding"
    assert answer.headers["accept-encoding"] == "identity"


async def test_a_body_that_is_not_encoded_may_say_so(client: Client) -> None:
    assert (await client.post(QUERY, **{"Content-Encoding": "Identity"})).status_code == 200


TWICE = [
    (b'{"query": "{ __typename }", "query": "{ viewer { permissions } }"}', '"query"'),
    (b'{"query": "{ __typename }", "\\u0071uery": "{ viewer { permissions } }"}', '"query"'),
    (b'{"query": "{ __typename }", "variables": {"input": {"email": "a", "x": [1], "email": "b"}}}', '"email"'),
    (b'{"query": "{ __typename }", "variables": {"a": [{"' + b"n" * 99 + b'": 1, "' + b"n" * 99 + b'": 2}]}}', "nnn"),
]


@pytest.mark.parametrize(("body", "named"), TWICE)
async def test_a_name_that_stands_twice_is_refused(client: Client, body: bytes, named: str) -> None:
    answer = await client.post(body)
    assert (answer.status_code, codes(answer.json())) == (400, ["BAD_REQUEST"])
    message = answer.json()["errors"][0]["message"]
    assert named in message
    assert "twice" in message
    assert len(message) < 120


@pytest.mark.parametrize("number", [b"1" * 5000, b"1e400", b"-1" + b"0" * 400, b"0." + b"3" * 5000])
async def test_numbers_of_any_length_break_nothing(client: Client, number: bytes) -> None:
    query = b'{"query": "query ($n: Int) { services(first: $n) { totalCount } }", "variables": {"n": ' + number + b"}}"
    answer = await client.post(query)
    assert answer.status_code in (200, 400)
    assert codes(answer.json())[0] in ("BAD_REQUEST", "BAD_USER_INPUT")


@pytest.mark.parametrize("depth", [500, 950, 1000, 5000, 200_000])
async def test_nesting_of_any_depth_breaks_nothing(client: Client, depth: int) -> None:
    body = b'{"query": "{ __typename }", "variables": {"x": ' + b"[" * depth + b"]" * depth + b"}}"
    answer = await client.post(body)
    assert answer.status_code in (200, 400)
    assert (await client.post(QUERY)).json()["data"] == {"__typename": "Query"}


async def test_a_list_where_an_object_belongs_is_refused(client: Client) -> None:
    token = await client.session("ada@acme.example")
    query = "mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } errors { code } } }"
    instead: list[Any] = [[], [{"email": "a@acme.example"}], [[[]]], "{}", 7, True, None]
    for given in instead:
        answer = await client.answer(query, token, input=given)
        assert codes(answer) == ["BAD_USER_INPUT"], given
        assert "data" not in answer


@pytest.mark.parametrize("name", ["query", "variables", "operationName", "other"])
async def test_a_parameter_that_stands_twice_is_refused(client: Client, name: str) -> None:
    answer = await client.http.get(f"/graphql?query=%7B__typename%7D&{name}=%7B%7D&{name}=%7B%7D")
    assert (answer.status_code, codes(answer.json())) == (400, ["BAD_REQUEST"])
    assert answer.json()["errors"][0]["extensions"]["argument"] == name


TYPES = ["; charset=utf8", "; charset=iso-8859-1", ";", "; profile=x; charset=utf-8", ' ; a="b;c"', ";charset=UTF-8"]


@pytest.mark.parametrize("parameters", TYPES)
async def test_parameters_of_the_media_type_are_ignored(client: Client, parameters: str) -> None:
    answer = await client.post(QUERY, **{"Content-Type": f"Application/JSON{parameters}"})
    assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})


@pytest.mark.parametrize(
    "type_", ["text/plain; application/json", "application/json-seq", "application/json, a/b", ";"]
)
async def test_any_other_media_type_is_refused(client: Client, type_: str) -> None:
    answer = await client.post(QUERY, **{"Content-Type": type_})
    assert (answer.status_code, codes(answer.json())) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16"])
async def test_a_body_that_is_not_utf_8_is_refused(client: Client, charset: str) -> None:
    text = '{"query": "{ __typename }", "operationName": "é"}'
    for coding in ("iso-8859-1", "utf-16"):
        answer = await client.post(text.encode(coding), **{"Content-Type": f"application/json; charset={charset}"})
        assert (answer.status_code, codes(answer.json())) == (400, ["BAD_REQUEST"])
