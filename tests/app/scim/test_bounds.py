"""Every request is bounded and paid for, and its failure has the form of SCIM and says nothing about the inside."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from resolvers.query.reader import Reader
from tests.support.integration.scim import PATCH, USER, Scim, new_name, scim_as
from tests.support.server import Client, serving

LONG = "a" * 2_000

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def no_refill(shared_demo_database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """A server on which each caller has 300 nodes, and one more each second."""
    given = {"max_cost": 300, "cost_capacity": 300, "cost_refill": 1}
    async with serving(shared_demo_database_url, tmp_path, **given) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("POST", "/Users", b"{", (400, "invalidSyntax")),
        ("POST", "/Users", b"[]", (400, "invalidSyntax")),
        ("POST", "/Users", b"\xff", (400, "invalidSyntax")),
        ("POST", "/Users", b"[" * 100_000, (400, "invalidSyntax")),
        ("POST", "/Users", b'"' + b"x" * 300_000 + b'"', (413, None)),
        ("PATCH", "/Users/usr_1", b"{}", (400, "invalidValue")),
        ("PATCH", "/Users/usr_1", {"Operations": []}, (400, "invalidValue")),
        ("PATCH", "/Users/usr_1", {"Operations": [{"op": "add"}] * 101}, (400, "tooMany")),
        ("PATCH", "/Users/usr_1", {"Operations": [{"op": "move", "path": "active"}]}, (400, "invalidValue")),
        ("PATCH", "/Users/usr_1", {"Operations": [{"op": "add", "path": LONG, "value": 1}]}, (400, "invalidValue")),
        ("PATCH", "/Users/usr_1", {"Operations": [{"op": "add", "path": "name[", "value": 1}]}, (400, "invalidPath")),
        ("PATCH", "/Users/usr_1", {"Operations": [{"op": "remove", "path": "userName"}]}, (400, "mutability")),
        ("PATCH", "/Users/usr_1", {"Operations": [{"op": "remove"}]}, (400, "noTarget")),
        ("PATCH", "/Users/usr_1", {"Operations": [1]}, (400, "invalidValue")),
        ("GET", "/Users?" + "a=1&" * 30, None, (400, "invalidSyntax")),
        ("GET", "/Users?filter=" + "a" * 9_000, None, (400, "invalidValue")),
        ("GET", "/Users?count=many", None, (400, "invalidValue")),
        ("GET", "/Users/usr_1", None, (404, None)),
        ("GET", "/Users/%00", None, (404, None)),
        ("DELETE", "/Users/cli_00000000-0000-7000-8000-000000000000", None, (404, None)),
    ],
)
async def test_a_bad_request_is_refused_in_the_form_of_scim(
    client: Client, method: str, path: str, body: object, error: tuple[int, str | None]
) -> None:
    scim = await scim_as(client)
    assert await scim.refused(method, path, body) == error


async def test_another_content_type_is_refused(client: Client) -> None:
    scim = await scim_as(client)
    headers = {"Content-Type": "application/xml"}
    assert await scim.refused("POST", "/Users", b"<User/>", **headers) == (415, None)
    json = {"Content-Type": "application/json; charset=utf-8"}
    body = {"schemas": [USER], "userName": new_name()}
    await scim.ok("POST", "/Users", body, 201, **json)


async def test_an_id_twice_in_one_object_is_refused(client: Client) -> None:
    scim = await scim_as(client)
    created = await scim.add_user()
    body = b'{"schemas": ["%s"], "Operations": [{"op": "replace", "path": "active", "value": true, "value": false}]}'
    answer = await scim.refused("PATCH", f"/Users/{created['id']}", body % PATCH.encode())
    assert answer == (400, "invalidSyntax")


async def test_the_token_pays_before_the_work_and_its_maker_does_not(no_refill: Client) -> None:
    scim = await scim_as(no_refill)
    statuses = [(await scim.send("GET", "/Users?count=100")).status_code for _ in range(4)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    refused = await scim.send("GET", "/Users?count=100")
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["status"] == "429"
    assert (await no_refill.data("{ viewer { user { id } } }", await no_refill.session("ada@acme.example")))["viewer"]


async def test_unknown_tokens_are_limited_by_address(no_refill: Client) -> None:
    wrong = Scim(no_refill, "scim_" + "A" * 65)
    statuses = {(await wrong.send("GET", "/Users")).status_code for _ in range(40)}
    assert statuses == {401, 429}


async def test_a_failure_of_the_server_says_nothing_about_the_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    scim = await scim_as(client)

    async def broken(*_: object) -> bytes:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(Reader, "read", broken)
    answer = await scim.send("GET", "/Users")
    assert (answer.status_code, answer.json()["detail"]) == (500, "Internal error")
    assert "secret inside" not in answer.text
