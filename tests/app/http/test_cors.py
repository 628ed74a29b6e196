"""What a page of another origin can ask, and what it can't."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.http.cors import REQUEST_HEADERS, RESPONSE_HEADERS
from app.settings import SettingsError, load
from tests.support.server import Client, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

OURS, FOREIGN = "https://portal.example.com", "https://evil.example"
VIEWER = {"query": "{ viewer { user { email } } }"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_to_ours(
    shared_demo_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client of a server that one foreign origin may use."""
    folder = tmp_path_factory.mktemp("data")
    async with serving(shared_demo_database_url, folder, cors_origins=f"{OURS}, http://localhost:5173") as opened:
        yield opened


def allowances(answer: httpx.Response) -> Mapping[str, str]:
    """What the answer allows to pages of the origin that asked."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-allow")}


async def preflight(client: Client, origin: str, path: str = "/graphql", **further: str) -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    wanted = {"Access-Control-Request-Headers": ", ".join(REQUEST_HEADERS).lower()}
    return await client.http.options(path, headers=asked | wanted | further)


@pytest.mark.parametrize("origin", [OURS, "http://localhost:5173"])
async def test_a_page_of_a_named_origin_may_ask_with_all_headers_of_ours(open_to_ours: Client, origin: str) -> None:
    answer = await preflight(open_to_ours, origin)
    assert answer.status_code == 200
    allowed = allowances(answer)
    assert allowed["access-control-allow-origin"] == origin
    assert set(REQUEST_HEADERS) <= set(allowed["access-control-allow-headers"].split(", "))
    assert allowed["access-control-allow-methods"] == "GET, POST"
    assert "access-control-allow-credentials" not in allowed


async def test_it_reads_answers_and_the_headers_that_tell_something(open_to_ours: Client) -> None:
    token = await open_to_ours.session("pia@pear.example")
    answer = await open_to_ours.post(VIEWER, token, Origin=OURS)
    assert answer.json()["data"]["viewer"]["user"]["email"] == "pia@pear.example"
    assert allowances(answer) == {"access-control-allow-origin": OURS}
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == set(RESPONSE_HEADERS)
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("origin", "further"),
    [
        (FOREIGN, {}),
        ("null", {}),
        (f"{OURS}.evil.example", {}),
        ("http://portal.example.com", {}),
        (f"{OURS}:8443", {}),
        ("HTTPS://PORTAL.EXAMPLE.COM", {}),
    ],
)
async def test_a_page_of_any_other_origin_is_allowed_nothing(
    open_to_ours: Client, origin: str, further: Mapping[str, str]
) -> None:
    refused = await preflight(open_to_ours, origin, **further)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert "access-control-allow-origin" not in (await open_to_ours.post(VIEWER, None, Origin=origin)).headers


@pytest.mark.parametrize(
    "further", [{"Access-Control-Request-Method": "DELETE"}, {"Access-Control-Request-Headers": "x-other"}]
)
async def test_what_nobody_needs_is_not_allowed(open_to_ours: Client, further: Mapping[str, str]) -> None:
    assert (await preflight(open_to_ours, OURS, **further)).status_code == 400


@pytest.mark.parametrize("path", ["/activate", "/reset-password", "/graphiql", "/healthz", "/nowhere"])
async def test_only_graphql_is_open_to_them(open_to_ours: Client, path: str) -> None:
    assert allowances(await preflight(open_to_ours, OURS, path)) == {}
    assert allowances(await open_to_ours.http.get(path, headers={"Origin": OURS})) == {}


async def test_refusals_and_failures_can_be_read_too(
    open_to_ours: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    too_large = await open_to_ours.post(b" " * 1_000_001, Origin=OURS)
    assert (too_large.status_code, allowances(too_large)) == (413, {"access-control-allow-origin": OURS})

    def broken(*_: Any) -> None:
        raise RuntimeError("a failure that nobody foresaw")

    monkeypatch.setattr("app.graphql.endpoint.negotiate", broken)
    failed = await open_to_ours.post(VIEWER, None, Origin=OURS)
    assert (failed.status_code, allowances(failed)) == (500, {"access-control-allow-origin": OURS})
    assert failed.json()["errors"][0]["extensions"]["requestId"] == failed.headers["x-request-id"]
    assert "a failure that nobody foresaw" in caplog.text


async def test_without_the_setting_no_origin_is_allowed(client: Client) -> None:
    assert (await preflight(client, OURS)).status_code == 405
    answer = await client.post(VIEWER, None, Origin=OURS)
    assert [name for name in answer.headers if name.startswith("access-control")] == []


async def test_a_foreign_page_can_send_nothing_that_changes_something(client: Client) -> None:
    """What a browser sends without asking first: a GET, and a POST of one of three types."""
    token = await client.session("ada@acme.example")
    sign_out = "mutation { signOut { signedOut } }"
    # A browser would not add the token; even with it nothing happens.
    headers = {"Authorization": f"Bearer {token}", "Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"}
    got = await client.http.get("/graphql", params={"query": sign_out}, headers=headers)
    assert got.status_code == 405
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        body = b'{"query": "mutation { signOut { signedOut } }"}'
        sent = await client.http.post("/graphql", content=body, headers=headers | {"Content-Type": content_type})
        assert sent.status_code == 415
    assert (await client.data(VIEWER["query"], token))["viewer"] is not None
    assert "set-cookie" not in got.headers


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("", ""),
        ("https://Portal.Example.com/", "https://portal.example.com"),
        ("https://portal.example.com:443,http://localhost:5173", "https://portal.example.com, http://localhost:5173"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
async def test_origins_are_taken_as_browsers_write_them(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str
) -> None:
    monkeypatch.setenv("PORTICO_CORS_ORIGINS", given)
    assert load().cors_origins == taken


@pytest.mark.parametrize(
    "given",
    ["*", "null", "portal.example.com", "https://*.example.com", "https://x.example/path", "https://u@x.example",
     "file:///", "https://x.example?", "https://x.example:port", "https://", "https://x.example https://y.example"],
)  # fmt: skip
async def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("PORTICO_CORS_ORIGINS", given)
    with pytest.raises(SettingsError, match="PORTICO_CORS_ORIGINS: must be origins such as"):
        load()
