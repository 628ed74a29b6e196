"""HEAD is a GET without the body, at every address that supports GET; elsewhere it is 405."""

import pytest

from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

GETS = [
    "/graphql?query=%7B__typename%7D",
    "/graphql",
    "/graphiql",
    "/",
    "/activate?token=x",
    "/activated",
    "/reset-password",
    "/password-reset",
    "/healthz",
    "/readyz",
    "/oauth2/jwks",
    "/.well-known/oauth-authorization-server",
    "/assets/page.css",
    "/nowhere",
]
# The body of an answer says how much of the caller's budget is left, in as many digits as it takes.
VARYING = {"x-request-id", "ratelimit-remaining", "ratelimit-reset", "content-length"}


@pytest.mark.parametrize("path", GETS)
async def test_head_is_get_without_the_body(client: Client, path: str) -> None:
    got, head = await client.http.get(path), await client.http.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers.keys() == got.headers.keys()
    assert {name: value for name, value in head.headers.items() if name not in VARYING} == {
        name: value for name, value in got.headers.items() if name not in VARYING
    }


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"])
async def test_head_is_405_where_only_post_works(client: Client, path: str) -> None:
    head = await client.http.head(path)
    assert (head.status_code, head.headers["allow"], head.content) == (405, "POST", b"")


async def test_the_header_allow_names_head(client: Client) -> None:
    refused = await client.http.put("/graphql")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_mutation_is_not_run_by_head(client: Client) -> None:
    head = await client.http.head("/graphql?query=mutation%7BsignOut%7B__typename%7D%7D")
    assert (head.status_code, head.headers["allow"]) == (405, "POST")
