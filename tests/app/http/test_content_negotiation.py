"""Which media type an answer has, and the status that goes with it."""

import pytest

from app.http.content_negotiation import GRAPHQL_RESPONSE, JSON, negotiate_media_type
from tests.support.server import Client, codes

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RECOMMENDED = "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (BROWSER, JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        (RECOMMENDED, GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json;q=0.5", JSON),
        ("application/json;q=0, */*", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0, */*;q=0.1", JSON),
        ("application/graphql-response+json; Q=0.1, text/html", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=high", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=nan", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0", None),
        ("text/html", None),
        ("image/avif,image/webp", None),
        ("application/json-seq", None),
        (";;,,q=1", None),
        ("x/y," * 5000 + "*/*", None),
    ],
)
def test_the_media_type_is_the_one_that_the_client_likes_best(accept: str | None, expected: str | None) -> None:
    assert negotiate_media_type(accept.encode() if accept is not None else None) == expected


@pytest.mark.asyncio(loop_scope="module")
async def test_who_takes_neither_type_is_refused_before_anything_happens(client: Client) -> None:
    token = await client.session("pia@pear.example")
    refused = await client.post({"query": "mutation { signOut { signedOut } }"}, token, Accept="image/webp")
    assert (refused.status_code, codes(refused.json())) == (406, ["NOT_ACCEPTABLE"])
    assert refused.json()["errors"][0]["extensions"]["argument"] == "Accept"
    assert (await client.data("{ viewer { user { email } } }", token))["viewer"] is not None


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("body", "content_type", "status"), [(b"{", "application/json", 400), (b"{}", "text/plain", 415)]
)
async def test_refusals_come_in_the_type_that_was_asked_for(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    answer = await client.post(body, **{"Content-Type": content_type, "Accept": RECOMMENDED})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert codes(answer.json())


@pytest.mark.asyncio(loop_scope="module")
async def test_a_mutation_by_get_is_refused_in_that_type_too(client: Client) -> None:
    asked = {"query": "mutation { signOut { signedOut } }"}
    answer = await client.http.get("/graphql", params=asked, headers={"Accept": RECOMMENDED})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
