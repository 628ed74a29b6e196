"""`POST /oauth2/token`, by the letter of RFC 6749: how a program gets an access token, and all the ways not to."""

import asyncio
import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

import httpx
import pytest
from limits import RateLimitItemPerMinute

from app.http.access_log import COLLECT_SECONDS
from models import Scope
from resolvers.identity.hashing import new_client_secret
from resolvers.rate_limits.limiter import RateLimiter, Rates
from tests.support.oauth import ADA, GRANT, Program, access_token, post, program
from tests.support.resolver_fixtures import add_secret, contents, organization_of, rows, run
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = "basic.read billing.read users.write events.read"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOBODY = "cli_00000000-0000-7000-8000-000000000000"
STRANGER = Program(UUID(int=7), new_client_secret(UUID(int=8)))


def basic(text: str | bytes) -> dict[str, str]:
    raw = text.encode() if isinstance(text, str) else text
    return {"Authorization": f"Basic {base64.b64encode(raw).decode()}"}


def expect(answer: httpx.Response, status: int, error: str) -> None:
    """A refusal in the one form that RFC 6749 has for it (section 5.2)."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.json().keys() == {"error", "error_description"}
    assert re.fullmatch(r"[ !#-\[\]-~]+", answer.json()["error_description"])
    assert answer.headers["content-type"] == "application/json"
    assert_uncached(answer)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    if status == 401:
        assert answer.headers["www-authenticate"] == 'Basic realm="portico"'


def assert_uncached(answer: httpx.Response) -> None:
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def events(client: Client, kind: str, of: Program) -> Sequence[Any]:
    statement = "SELECT * FROM audit_events WHERE kind = :kind AND subject_id = :id ORDER BY id"
    return await rows(client.backend.mutation_context, statement, kind=kind, id=of.id)


async def test_a_program_gets_a_token_by_basic_and_by_the_body(client: Client) -> None:
    mine = await program(client)
    for answer in (
        await post(client, "token", GRANT, auth=mine.basic),
        await post(client, "token", GRANT | mine.posted),
        await post(client, "token", GRANT | {"client_id": mine.client_id}, auth=mine.basic),
        await post(client, "token", GRANT | {"unknown": "is ignored", "scope": ""}, auth=mine.basic),
        await post(client, "token", GRANT, headers=basic(f"{quote_plus(mine.client_id)}:{quote_plus(mine.secret)}")),
        await post(client, "token", GRANT, headers=basic(f"{mine.client_id.replace('_', '%5F')}:{mine.secret}")),
    ):
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body.pop("access_token").count(".") == 2
        assert body == {"token_type": "Bearer", "expires_in": 600, "scope": ALL}
        assert_uncached(answer)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("basic.read", "basic.read"),
        ("users.write basic.read", "basic.read users.write"),
        ("basic.read basic.read", "basic.read"),
        (ALL, ALL),
    ],
)
async def test_scope_narrows(client: Client, asked: str, given: str) -> None:
    answer = await post(client, "token", GRANT | {"scope": asked}, auth=(await program(client)).basic)
    assert answer.json()["scope"] == given


@pytest.mark.parametrize(
    "scope", ["users.write", "basic.read users.write", "everything", "basic.read  billing.read", " basic.read", "BASIC"]
)
async def test_scope_never_widens(client: Client, scope: str) -> None:
    mine = await program(client, ADA, [Scope.BASIC_READ, Scope.BILLING_READ])
    expect(await post(client, "token", GRANT | {"scope": scope}, auth=mine.basic), 400, "invalid_scope")


async def test_it_stands_in_the_trail_without_the_token(client: Client) -> None:
    mine = await program(client)
    token = await access_token(client, mine, scope="basic.read")
    [event] = await events(client, "access_token.issued", mine)
    [client_row] = await rows(client.backend.mutation_context, "SELECT * FROM api_clients WHERE id = :id", id=mine.id)
    assert (event.api_client_id, event.actor_id) == (mine.id, client_row.owner_id)
    assert (event.organization_id, event.address) == (client_row.organization_id, "192.0.2.7")
    assert event.changes["scopes"] == [None, ["basic.read"]]
    assert set(event.changes) == {"tokenId", "scopes"}
    stored = str(await rows(client.backend.mutation_context, "SELECT to_jsonb(e)::text FROM audit_events e"))
    assert token not in stored
    assert mine.secret not in stored


async def test_use_is_noted_once_a_minute(client: Client) -> None:
    mine, writing = await program(client), client.backend.mutation_context
    used = """SELECT c.last_used_at AS client, s.last_used_at AS secret FROM api_clients c
              JOIN api_client_secrets s ON s.api_client_id = c.id WHERE c.id = :id"""
    assert list(*await rows(writing, used, id=mine.id)) == [None, None]
    await access_token(client, mine)
    [first] = await rows(writing, used, id=mine.id)
    await access_token(client, mine)
    assert await rows(writing, used, id=mine.id) == [first]
    earlier = "last_used_at = now() - interval '2 minutes'"
    await run(writing, f"UPDATE api_client_secrets SET {earlier} WHERE api_client_id = :id", id=mine.id)
    await access_token(client, mine)
    [again] = await rows(writing, used, id=mine.id)
    assert (again.client, again.secret > first.secret) == (first.client, True)


@pytest.mark.parametrize(
    "grant",
    ["authorization_code", "refresh_token", "password", "implicit", "CLIENT_CREDENTIALS", "client_credentials "],
)
async def test_there_is_one_grant_type(client: Client, grant: str) -> None:
    form = {"grant_type": grant, "code": "SplxlOBeZQQYbYS6WxSbIA", "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA"}
    answer = await post(client, "token", form, auth=(await program(client)).basic)
    expect(answer, 400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"scope=basic.read", 400),
        (b"grant_type=", 400),
        (b"grant_type=client_credentials&grant_type=client_credentials", 400),
        (b"grant_type=client_credentials&scope=&scope=", 400),
        (b"grant_type=client_credentials&scope=%00", 400),
        (b"grant_type=client_credentials&scope=%ff", 400),
        (b"grant_type=client_credentials&scope=\xff", 400),
        (b"grant_type=client_credentials&" + b"&".join(b"a%d=1" % n for n in range(30)), 400),
        (b"grant_type=client_credentials&a=" + b"a" * 16_384, 413),
    ],
)
async def test_a_form_that_is_not_well_formed_is_refused(client: Client, body: bytes, status: int) -> None:
    expect(await post(client, "token", body, auth=(await program(client)).basic), status, "invalid_request")


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_only_forms_are_taken(client: Client, media_type: str) -> None:
    mine = await program(client)
    body = b'{"grant_type": "client_credentials"}' if "json" in media_type else b"grant_type=client_credentials"
    answer = await post(client, "token", body, auth=mine.basic, headers={"Content-Type": media_type})
    expect(answer, 400, "invalid_request")


@pytest.mark.parametrize("parameters", ["; charset=utf8", "; charset=iso-8859-1", ";", "; a=b; charset=UTF-8"])
async def test_parameters_of_the_media_type_are_ignored(client: Client, parameters: str) -> None:
    mine = await program(client)
    body = b"grant_type=client_credentials"
    answer = await post(
        client, "token", body, auth=mine.basic, headers={"Content-Type": FORM["Content-Type"] + parameters}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", ["token", "revoke", "introspect"])
async def test_only_post_is_taken_and_nothing_in_the_address(client: Client, path: str) -> None:
    mine = await program(client)
    for method in ("GET", "PUT", "DELETE"):
        answer = await client.http.request(method, f"/oauth2/{path}", auth=mine.basic)
        expect(answer, 405, "invalid_request")
        assert answer.headers["allow"] == "POST"
    answer = await post(client, path, GRANT | {"token": "x"}, params=mine.posted)
    expect(answer, 400, "invalid_request")


async def test_secrets_in_an_address_are_in_no_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    mine = await program(client)
    with caplog.at_level("INFO"):
        await post(client, "token", GRANT, params=mine.posted)
        await access_token(client, mine)
        await asyncio.sleep(2 * COLLECT_SECONDS)
    logged = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert any("/oauth2/token 400" in line for line in logged)
    assert all(mine.secret not in line for line in logged)


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic Y2xpX3g6cw",
        basic("no colon")["Authorization"],
        basic(b"\xff\xfe:\xff")["Authorization"],
        basic(b"cli%ff:%ff")["Authorization"],
        basic("cli\0:\0")["Authorization"],
        basic(":")["Authorization"],
        basic("cli_:x")["Authorization"],
        basic(f"usr{NOBODY[3:]}:x")["Authorization"],
        basic(f"{NOBODY}:{'x' * 5000}")["Authorization"],
        "Bearer abc",
        "Digest abc",
        "abc",
    ],
)
@pytest.mark.parametrize("path", ["token", "revoke", "introspect"])
async def test_a_header_that_shows_no_client_is_refused(client: Client, path: str, header: str) -> None:
    answer = await post(client, path, GRANT | {"token": "x"}, headers={"Authorization": header})
    expect(answer, 401, "invalid_client")


async def test_who_shows_nothing_or_half_of_it_is_refused(client: Client) -> None:
    mine = await program(client)
    for form in ({}, {"client_id": mine.client_id}, {"client_secret": mine.secret}):
        expect(await post(client, "token", GRANT | form), 401, "invalid_client")


async def test_who_shows_it_twice_is_refused(client: Client) -> None:
    mine, other = await program(client), await program(client)
    expect(await post(client, "token", GRANT | mine.posted, auth=mine.basic), 400, "invalid_request")
    expect(await post(client, "token", GRANT | {"client_id": other.client_id}, auth=mine.basic), 400, "invalid_request")
    two = [*FORM.items(), *basic(":".join(mine.basic)).items(), *basic(":".join(other.basic)).items()]
    answer = await client.http.post("/oauth2/token", content=b"grant_type=client_credentials", headers=two)
    expect(answer, 400, "invalid_request")


async def test_a_wrong_secret_an_unknown_client_and_a_dead_one_are_told_the_same(client: Client) -> None:
    mine, other, writing = await program(client), await program(client), client.backend.mutation_context
    gone = await program(client)
    await run(writing, "UPDATE api_clients SET revoked_at = now() WHERE id = :id", id=gone.id)
    orphan = await program(client, "sue@acme.example")
    await run(writing, "UPDATE users SET removed_at = now() WHERE email = 'sue@acme.example'")
    before = {**await contents(writing), "audit_events": []}
    shown = [
        (mine.client_id, other.secret),
        (mine.client_id, mine.secret[:-1]),
        (mine.client_id, f"{mine.secret} "),
        (STRANGER.client_id, mine.secret),
        gone.basic,
        orphan.basic,
    ]
    answers = [await post(client, "token", GRANT, auth=each) for each in shown]
    for answer in answers:
        expect(answer, 401, "invalid_client")
    assert len({answer.content for answer in answers}) == 1
    assert {**await contents(writing), "audit_events": []} == before
    for each, count in ((mine, 3), (gone, 1), (orphan, 1)):
        found = await events(client, "access_token.refused", each)
        assert [event.changes for event in found] == [{"clientId": [None, each.client_id]}] * count
    await run(writing, "UPDATE users SET removed_at = NULL WHERE email = 'sue@acme.example'")


async def test_secrets_overlap_until_one_is_retired(client: Client) -> None:
    mine = await program(client)
    second = Program(mine.id, new_client_secret(organization_of(ADA)))
    await add_secret(client.backend.mutation_context, organization_of(ADA), mine.id, second.secret)
    assert await access_token(client, mine) != await access_token(client, second)
    retire = "UPDATE api_client_secrets SET retired_at = now() WHERE api_client_id = :id AND hint = :hint"
    await run(client.backend.mutation_context, retire, id=mine.id, hint=mine.secret[-4:])
    expect(await post(client, "token", GRANT, auth=mine.basic), 401, "invalid_client")
    assert await access_token(client, second)


@pytest.fixture
def tight(client: Client) -> Iterator[None]:
    """Limits of a few tries a minute."""
    few, before = RateLimitItemPerMinute(3, 1), client.backend
    limits = RateLimiter(Rates(client_and_address=few, client_address=RateLimitItemPerMinute(6, 1), access_tokens=few))
    client.application.state.backend = replace(before, mutation_context=replace(before.mutation_context, limits=limits))
    yield
    client.application.state.backend = before


@pytest.mark.usefixtures("tight")
async def test_guessing_is_slowed_down_for_the_guesser_alone(client: Client) -> None:
    mine, other = await program(client), await program(client)
    guesses = [post(client, "token", GRANT, auth=(mine.client_id, "guess")) for _ in range(10)]
    answers = await asyncio.gather(*guesses)
    assert sorted(answer.status_code for answer in answers) == [401] * 3 + [429] * 7
    count = len(await events(client, "access_token.refused", mine))
    answer = await post(client, "token", GRANT, auth=mine.basic)
    expect(answer, 429, "temporarily_unavailable")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert len(await events(client, "access_token.refused", mine)) == count == 3
    assert await access_token(client, other)
    for _ in range(3):
        await post(client, "token", GRANT, auth=(STRANGER.client_id, "guess"))
    expect(await post(client, "token", GRANT, auth=other.basic), 429, "temporarily_unavailable")


@pytest.mark.usefixtures("tight")
async def test_a_client_that_gets_token_after_token_is_slowed_down(client: Client) -> None:
    mine, other = await program(client), await program(client)
    for _ in range(3):
        await access_token(client, mine)
    answer = await post(client, "token", GRANT, auth=mine.basic)
    expect(answer, 429, "temporarily_unavailable")
    assert await access_token(client, other)


async def test_many_at_once_get_their_tokens(client: Client) -> None:
    mine = await program(client)
    assert len(set(await asyncio.gather(*(access_token(client, mine) for _ in range(40))))) == 40
