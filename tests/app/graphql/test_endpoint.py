"""What `/graphql` takes, what it refuses, and how it answers."""

import logging
from typing import Any

import orjson
import pytest
from asyncpg.connection import LoggedQuery

from app.graphql.endpoint import ALLOWED
from resolvers.query.reader import Reader
from tests.support.counts.sent_statements import sent_statements
from tests.support.server import SIGN_IN, Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWER = "{ viewer { user { email } } }"
SERVICES = "{ services(orderBy: CODE_ASC) { nodes { code } } }"
TYPES = "{ __schema { queryType { name } } }"


async def test_a_query_answers_what_the_caller_may_see(client: Client) -> None:
    token = await client.session("pia@pear.example")
    answer = await client.post({"query": SERVICES}, token)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told.keys() == {"data", "extensions"}
    assert told["data"] == {"services": {"nodes": [{"code": "SVC-000001"}, {"code": "SVC-000002"}]}}


async def test_nobody_sees_no_viewer_and_is_asked_to_sign_in_for_the_rest(client: Client) -> None:
    assert await client.data(VIEWER) == {"viewer": None}
    assert await client.data("{ __typename }") == {"__typename": "Query"}
    answer = await client.answer("{ viewer { permissions } mine: services { totalCount } }")
    assert "data" not in answer
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["mine"], "UNAUTHENTICATED")


async def test_an_unknown_token_is_nobody(client: Client) -> None:
    for token in ("x", "a" * 43, "a b", "é" * 30, "x" * 2000):
        answer = await client.http.post(
            "/graphql", json={"query": VIEWER}, headers=[(b"Authorization", f"Bearer {token}".encode())]
        )
        assert answer.json()["data"] == {"viewer": None}


async def test_the_answer_is_the_text_of_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(*_: Any) -> bytes:
        return b'{"b": 1,"a":"\\u00e9"}'

    monkeypatch.setattr(Reader, "read", read)
    answer = await client.post({"query": VIEWER})
    assert answer.content.startswith(b'{"data":{"b": 1,"a":"\\u00e9"},"extensions":{"cost":{')
    assert answer.headers["content-length"] == str(len(answer.content))


RUNS = "SELECT sum(generic_plans) FROM pg_prepared_statements WHERE statement LIKE 'WITH guard%'"
"""How often the prepared statements of reads have run on a connection."""


async def test_the_same_body_again_is_answered_for_each_caller_anew(client: Client) -> None:
    pia, ada = await client.session("pia@pear.example"), await client.session("ada@acme.example")
    first, second, third = [await client.post({"query": VIEWER}, token) for token in (pia, ada, None)]
    assert first.json()["data"]["viewer"]["user"]["email"] == "pia@pear.example"
    assert second.json()["data"]["viewer"]["user"]["email"] == "ada@acme.example"
    assert third.json()["data"]["viewer"] is None


async def test_a_read_is_one_statement_once_the_caller_is_known(client: Client) -> None:
    token = await client.session("ada@acme.example")
    await client.data(SERVICES, token)
    others: list[str] = []

    def note(record: LoggedQuery) -> None:
        others.append(record.query)

    async with client.backend.pool.acquire() as connection:
        runs = await connection.fetchval(RUNS)
        connection.add_query_logger(note)
    with sent_statements() as sent:
        for _ in range(3):
            await client.data(SERVICES, token)
    async with client.backend.pool.acquire() as connection:
        connection.remove_query_logger(note)
        assert await connection.fetchval(RUNS) == runs + 3
    assert len(sent.reads) == 3
    assert (sent.others, others) == ([], [])


async def test_introspection_and_data_come_in_one_answer(client: Client) -> None:
    token = await client.session("ada@acme.example")
    answer = await client.data("{ a: __typename __schema { queryType { name } } viewer { user { email } } }", token)
    assert answer == {
        "a": "Query",
        "__schema": {"queryType": {"name": "Query"}},
        "viewer": {"user": {"email": "ada@acme.example"}},
    }


BAD_BODIES = [
    (b"", None),
    (b"{", None),
    (b"not json", None),
    (b'{"query": "{ __typename }" "x"}', None),
    (b"\xff\xfe", None),
    (b'{"query": "\xe9"}', None),
    (b'{"query": "\\ud800"}', None),
    (b'{"query": "{ __typename }", "variables": {"x": "\\udc00"}}', None),
    (b'{"query": "{ __typename }", "variables": {"x": NaN}}', None),
    (b"[" * 5000, None),
    (b"null", None),
    (b'"{ __typename }"', None),
    (b"[]", None),
    (b'[{"query": "{ __typename }"}]', None),
    (b"{}", "query"),
    (b'{"query": null}', "query"),
    (b'{"query": "  "}', "query"),
    (b'{"query": 1}', "query"),
    (b'{"query": ["{ __typename }"]}', "query"),
    (b'{"query": "{ __typename }", "operationName": 5}', "operationName"),
    (b'{"query": "{ __typename }", "variables": []}', "variables"),
    (b'{"query": "{ __typename }", "variables": "{}"}', "variables"),
    (b'{"query": "{ __typename }", "extensions": 1}', "extensions"),
    (b'{"query": "{ __typename \\u0000 }"}', "query"),
    (b'{"query": "{ __typename }", "operationName": "a\\u0000"}', "operationName"),
    (b'{"query": "{ __typename }", "variables": {"input": {"names": ["a", "b\\u0000c"]}}}', "input.names.1"),
    (b'{"query": "{ __typename }", "variables": {"a\\u0000b": 1}}', "ab"),
]


@pytest.mark.parametrize(("body", "argument"), BAD_BODIES)
async def test_a_body_that_cant_be_read_is_refused_with_its_argument(
    client: Client, body: bytes, argument: str | None
) -> None:
    answer = await client.post(body)
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    extensions = {"code": "BAD_REQUEST", "requestId": answer.headers["x-request-id"]}
    assert error["extensions"] == extensions | ({"argument": argument} if argument else {})
    assert "Traceback" not in answer.text


async def test_a_batch_is_refused_in_words(client: Client) -> None:
    answer = await client.post([{"query": VIEWER}, {"query": VIEWER}])
    assert "Batches are not supported" in answer.json()["errors"][0]["message"]


async def test_nested_deeper_than_python_can_call_is_refused(client: Client) -> None:
    deep = b'{"query": "{ __typename }", "variables": {"x": ' + b"[" * 900 + b'"\\u0000"' + b"]" * 900 + b"}}"
    assert (await client.post(deep)).status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_only_json_is_taken(client: Client, content_type: str) -> None:
    answer = await client.post(orjson.dumps({"query": VIEWER}), **{"Content-Type": content_type})
    assert answer.status_code == 415
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert error["extensions"]["argument"] == "Content-Type"


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_is_json_however_it_is_spelled(client: Client, content_type: str) -> None:
    assert (await client.post(orjson.dumps({"query": VIEWER}), **{"Content-Type": content_type})).status_code == 200


async def test_a_body_over_the_limit_is_refused(client: Client) -> None:
    large = b" " * 1_000_001
    answer = await client.post(large)
    assert (answer.status_code, codes(answer.json())) == (413, ["BODY_TOO_LARGE"])

    async def undeclared() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    streamed = await client.http.post("/graphql", content=undeclared(), headers={"Content-Type": "application/json"})
    assert (streamed.status_code, codes(streamed.json())) == (413, ["BODY_TOO_LARGE"])


async def test_what_is_no_graphql_says_where(client: Client) -> None:
    answer = await client.post({"query": "{ viewer {"}, None)
    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert error["extensions"] == {
        "code": "GRAPHQL_PARSE_FAILED",
        "requestId": answer.headers["x-request-id"],
    }
    assert error["locations"] == [{"line": 1, "column": 11}]
    assert codes(await client.answer("{ viewer { nothing } }")) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_who_accepts_graphql_responses_reads_the_outcome_in_the_status(client: Client) -> None:
    accept = {"Accept": "application/graphql-response+json, application/json;q=0.9"}
    good = await client.post({"query": VIEWER}, None, **accept)
    assert (good.status_code, good.headers["content-type"]) == (200, "application/graphql-response+json; charset=utf-8")
    assert (await client.post({"query": "{"}, None, **accept)).status_code == 400
    refused = await client.post({"query": SERVICES}, None, **accept)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


async def test_depth_aliases_and_tokens_are_limited(client: Client) -> None:
    deep = "{ viewer { organization " + "{ users { nodes { organization " * 20 + "{ name }" + " } } }" * 20 + " } }"
    assert codes(await client.answer(deep)) == ["TOO_DEEP"]
    assert codes(await client.answer("{ " + " ".join(f"a{i}: __typename" for i in range(251)) + " }")) == ["TOO_LARGE"]
    assert codes(await client.answer("{ " + "__typename " * 5001 + " }")) == ["TOO_LARGE"]


async def test_a_get_answers_queries(client: Client) -> None:
    token = await client.session("pia@pear.example")
    headers = {"Authorization": f"Bearer {token}"}
    query = "query A($n: Int) { services(first: $n, orderBy: CODE_ASC) { nodes { code } } } query B { __typename }"
    asked = {"query": query, "operationName": "A", "variables": '{"n": 1}'}
    answer = await client.http.get("/graphql", params=asked, headers=headers)
    assert answer.json()["data"] == {"services": {"nodes": [{"code": "SVC-000001"}]}}
    assert (await client.http.get("/graphql", params={"query": TYPES})).status_code == 200


async def test_a_get_never_changes_anything(client: Client) -> None:
    mutation = 'mutation { signIn(input: {email: "ada@acme.example", password: "portico-demo"}) { token } }'
    answer = await client.http.get("/graphql", params={"query": mutation})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert codes(answer.json()) == ["METHOD_NOT_ALLOWED"]


@pytest.mark.parametrize(
    ("query_string", "argument"),
    [
        ("", "query"),
        ("query=%7B__typename%7D&variables=%7B", "variables"),
        ("query=%7B__typename%7D&variables=5", "variables"),
        ("query=%ff", None),
        ("query=%00", "query"),
    ],
)
async def test_a_get_that_cant_be_read_is_refused(client: Client, query_string: str, argument: str | None) -> None:
    answer = await client.http.get(f"/graphql?{query_string}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"].get("argument") == argument


async def test_a_browser_is_led_to_the_page(client: Client) -> None:
    answer = await client.http.get("/graphql?query=%7B__typename%7D", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["location"]) == (303, "graphiql?query=%7B__typename%7D")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(client: Client, method: str) -> None:
    answer = await client.http.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, ALLOWED)


async def test_no_address_is_made_of_the_host_header(client: Client) -> None:
    answer = await client.http.get("/graphql/", headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "evil.example" not in str(answer.headers)


async def test_a_failing_read_tells_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def read(*_: Any) -> bytes:
        raise RuntimeError("SELECT secret FROM users")

    monkeypatch.setattr(Reader, "read", read)
    answer = await client.post({"query": VIEWER}, None, **{"X-Request-Id": "call-99"})
    assert answer.status_code == 500
    extensions = {"code": "INTERNAL", "requestId": "call-99"}
    assert answer.json()["errors"] == [{"message": "Internal error", "extensions": extensions}]
    assert "SELECT secret FROM users" in caplog.text


async def test_a_failing_mutation_tells_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(*_: Any, **__: Any) -> None:
        raise RuntimeError("SELECT secret FROM users")

    monkeypatch.setattr("resolvers.identity.sessions.sign_in", failing)
    answer = await client.answer(SIGN_IN, email="ada@acme.example", password="portico-demo")
    [error] = answer["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("Internal error", "INTERNAL")
    assert "SELECT secret" not in str(answer)
    assert "SELECT secret FROM users" in caplog.text


async def test_bodies_with_passwords_are_not_kept(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    kept = len(client.endpoint.body_cache)
    await client.answer(SIGN_IN, email="ada@acme.example", password="wrong-password-here")
    assert len(client.endpoint.body_cache) == kept
    assert "wrong-password-here" not in caplog.text
    await client.answer("{ viewer { permissions } permissions { __typename } }")
    assert len(client.endpoint.body_cache) == kept + 1
