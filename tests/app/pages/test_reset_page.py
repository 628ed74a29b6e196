"""The page behind the link of the mail for a new password."""

import asyncio
import threading
from typing import Any, cast

import pytest
from sqlalchemy import QueuePool, text

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.identity import argon2id, password_strength
from resolvers.identity.hashing import derive_token
from resolvers.identity.passwords import request_password_reset
from resolvers.rate_limits.hashing_queue import HashingQueue, Line
from resolvers.worker_thread import QueueFull
from tests.support.resolver_fixtures import SECRET_KEY
from tests.support.server import BASE_URL, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRONG = "violet ladder humming quietly"


async def token_of(client: Client, email: str, purpose: TokenPurpose = TokenPurpose.PASSWORD_RESET) -> str:
    """The newest token of a user for a purpose."""
    newest = text(
        "SELECT id, tenant_id FROM one_time_tokens WHERE user_id = :user AND purpose = :purpose "
        "ORDER BY id DESC LIMIT 1"
    )
    async with client.backend.engine.connect() as connection:
        row = (await connection.execute(newest, {"user": named_key(email), "purpose": purpose.value})).one()
    return derive_token(SECRET_KEY, purpose, row.id, row.tenant_id)


async def requested(client: Client, email: str) -> str:
    await request_password_reset(client.backend.mutation_context, Caller(), email)
    return await token_of(client, email)


def count_calls(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[object]:
    """The calls of a function from now on."""
    calls: list[object] = []
    function = getattr(module, name)

    def counted(*arguments: object) -> object:
        calls.append(arguments)
        return function(*arguments)

    monkeypatch.setattr(module, name, counted)
    return calls


async def test_opening_the_link_shows_the_form_and_uses_nothing_up(client: Client) -> None:
    token = await requested(client, "sam@acme.example")
    for method in ("GET", "HEAD", "GET"):
        answer = await client.http.request(method, "/reset-password", params={"token": token, "language": "en"})
        assert answer.status_code == 200
    assert "<h1>Choose a new password</h1>" in answer.text
    assert "<title>Choose a new password · Portico</title>" in answer.text
    assert 'action="reset-password"' in answer.text
    assert "sam@acme.example" in answer.text
    assert answer.text.count(token) == 1
    await client.sign_in("sam@acme.example", PASSWORD)


async def test_it_carries_the_headers_of_the_activation_page(client: Client) -> None:
    reset = await client.http.get("/reset-password", params={"token": await requested(client, "sam@acme.example")})
    token = await token_of(client, "pat@acme.example", TokenPurpose.ACTIVATION)
    activation = await client.http.get("/activate", params={"token": token, "language": "en"})
    own = ("content-length", "x-request-id")
    headers = [{name: value for name, value in each.headers.items() if name not in own} for each in (reset, activation)]
    assert headers[0] == headers[1]
    assert headers[0]["cache-control"] == "no-store"
    assert headers[0]["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers[0]["content-security-policy"]


async def test_a_link_is_good_on_its_own_page_only(client: Client) -> None:
    reset = await requested(client, "sam@acme.example")
    activation = await token_of(client, "pat@acme.example", TokenPurpose.ACTIVATION)
    for path, token in (("/activate", reset), ("/reset-password", activation), ("/reset-password", "<script>")):
        opened = await client.http.get(path, params={"token": token, "language": "en"})
        posted = await client.http.post(path, data={"token": token, "password": STRONG})
        for answer in (opened, posted):
            assert answer.status_code == 410
            assert "This link is invalid or no longer valid" in answer.text
            assert "<script>" not in answer.text
    assert (await client.http.get("/reset-password", params={"token": reset})).status_code == 200


async def test_an_expired_link_says_so_to_its_holder(client: Client) -> None:
    token = await requested(client, "noc@pear.example")
    async with client.backend.engine.begin() as connection:
        expired = "UPDATE one_time_tokens SET expires_at = now() WHERE purpose = 'PASSWORD_RESET' AND user_id = :user"
        await connection.execute(text(expired), {"user": named_key("noc@pear.example")})
    opened = await client.http.get("/reset-password", params={"token": token, "language": "en"})
    posted = await client.http.post("/reset-password", data={"token": token, "password": STRONG})
    for answer in (opened, posted):
        assert answer.status_code == 410
        assert "This link has expired" in answer.text


@pytest.mark.parametrize(
    ("password", "repeated", "advice"),
    [(STRONG, STRONG + " ", "The two passwords differ"), ("password1", "password1", "There is a problem")],
)
async def test_what_is_wrong_with_a_password_is_said(client: Client, password: str, repeated: str, advice: str) -> None:
    form = {"token": await requested(client, "sue@acme.example"), "password": password, "repeated": repeated}
    form["language"] = "en"
    answer = await client.http.post("/reset-password", data=form)
    assert answer.status_code == 422
    assert advice in answer.text
    assert "<title>Error: Choose a new password" in answer.text
    assert password not in answer.text


async def test_the_form_sets_the_password_once_and_ends_every_session(client: Client) -> None:
    session = await client.session("ben@acme.example")
    form = {"token": await requested(client, "ben@acme.example"), "password": STRONG, "repeated": STRONG}
    answer = await client.http.post("/reset-password", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "password-reset")
    done = await client.http.get("/password-reset", headers={"Host": "evil.example"})
    assert "Your new password is set" in done.text
    assert f'href="{BASE_URL}/console/"' in done.text
    assert "evil.example" not in done.text
    assert (await client.http.post("/reset-password", data=form)).status_code == 410
    assert (await client.data("{ viewer { user { email } } }", session))["viewer"] is None
    await client.sign_in("ben@acme.example", STRONG)


async def test_nothing_is_held_while_the_password_is_hashed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With hashing at a standstill, all connections are free and the user's row is unlocked."""
    token, began, released = await requested(client, "ada@acme.example"), threading.Event(), threading.Event()
    hash_secret = argon2id.hash_secret

    def slow(secret: bytes) -> str:
        began.set()
        released.wait()
        return hash_secret(secret)

    monkeypatch.setattr(argon2id, "hash_secret", slow)
    form = {"token": token, "password": STRONG, "repeated": STRONG}
    client.backend.mutation_context.hashing.patience = 600
    pool = cast("QueuePool", client.backend.engine.pool)
    idle = pool.checkedout()
    posts = [asyncio.create_task(client.http.post("/reset-password", data=form)) for _ in range(10)]
    try:
        async with asyncio.timeout(60):
            while not began.is_set():
                await asyncio.sleep(0.01)
        lock = text("SELECT 1 FROM users WHERE email = 'ada@acme.example' FOR UPDATE NOWAIT")
        async with client.backend.engine.begin() as connection:
            assert (await connection.execute(lock)).scalar_one() == 1
        async with asyncio.timeout(60):
            while client.backend.mutation_context.hashing.waiting(Line.LINK) < 9 or pool.checkedout() > idle:
                await asyncio.sleep(0.01)
    finally:
        released.set()
    statuses = [answer.status_code for answer in await asyncio.gather(*posts)]
    assert sorted(statuses) == [303] + [410] * 9


async def test_one_link_can_be_tried_twenty_times(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await requested(client, "dan@pear.example")
    evaluated = count_calls(monkeypatch, password_strength, "_guessability")
    hashes = count_calls(monkeypatch, argon2id, "hash_secret")
    form = {"token": token, "password": STRONG, "repeated": "something else"}
    statuses = [(await client.http.post("/reset-password", data=form)).status_code for _ in range(22)]
    assert statuses == [422] * 20 + [429] * 2
    limited = await client.http.post("/reset-password", data={"token": token, "password": STRONG})
    assert limited.status_code == 429
    assert 0 < int(limited.headers["retry-after"]) <= 3600
    assert "Too many attempts" in limited.text
    # A form whose passwords differ costs neither an evaluation nor a hash.
    assert (evaluated, hashes) == ([], [])


async def test_a_link_that_is_no_good_costs_no_hash(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = count_calls(monkeypatch, argon2id, "hash_secret")
    for path in ("/reset-password", "/activate"):
        answer = await client.http.post(path, data={"token": "unknown", "password": STRONG, "repeated": STRONG})
        assert answer.status_code == 410
    assert hashes == []


async def test_a_full_queue_is_503_and_keeps_the_link(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await requested(client, "pia@pear.example")
    form = {"token": token, "password": STRONG, "repeated": STRONG}

    async def full(*_: object) -> None:
        raise QueueFull

    with monkeypatch.context() as patch:
        patch.setattr(HashingQueue, "run", full)
        for _ in range(30):
            answer = await client.http.post("/reset-password", data=form)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert "Try again" in answer.text
    assert (await client.http.post("/reset-password", data=form)).status_code == 303
