"""Who asks: what is kept of a token is never believed longer than it is true."""

import base64
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.auth.bearer import BearerToken, bearer_of, flush_once
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import Credential, SessionToken
from resolvers.identity.hashing import token_hash
from resolvers.identity.sessions import touch_sessions
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.depth import examples
from tests.support.oauth import assert_refused
from tests.support.server import Client, codes

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("stale_traits")]

VIEWER = "{ viewer { user { email } permissions } }"
SERVICES = "{ services { totalCount } }"


async def change(client: Client, sql: str, **values: object) -> None:
    async with client.backend.engine.begin() as connection:
        assert (await connection.execute(text(sql), values)).rowcount == 1


@contextmanager
def counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Credential]]:
    """The look-ups of tokens while the block runs."""
    look_ups: list[Credential] = []
    load_actor = client.backend.authentication.load_actor

    async def counting(credential: Credential) -> object:
        look_ups.append(credential)
        return await load_actor(credential)

    monkeypatch.setattr(client.backend.authentication, "load_actor", counting)
    yield look_ups


async def test_a_token_is_looked_up_once_and_then_known(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await client.session("sue@acme.example")
    with counted(client, monkeypatch) as look_ups:
        for _ in range(5):
            assert (await client.data(VIEWER, token))["viewer"]["user"] == {"email": "sue@acme.example"}
    assert look_ups == [SessionToken.of(token.encode())]


async def test_what_is_known_is_looked_up_again_after_a_while(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await client.session("sue@acme.example")
    with counted(client, monkeypatch) as look_ups:
        await client.data(VIEWER, token)
        later = time.monotonic() + client.backend.authentication.cache_seconds + 1
        monkeypatch.setattr("app.auth.bearer.time", SimpleNamespace(monotonic=lambda: later))
        await client.data(VIEWER, token)
    assert len(look_ups) == 2


async def test_a_taken_permission_is_gone_with_the_next_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await client.session("ben@acme.example")
    billing = "{ contractAccounts(first: 1) { nodes { billing { currency } } } }"
    assert (await client.data(billing, token))["contractAccounts"]["nodes"][0]["billing"]
    ben = "SELECT id FROM users WHERE email = 'ben@acme.example'"
    take = f"DELETE FROM user_permissions WHERE user_id = ({ben}) AND permission = 'BILLING_VIEW'"
    await change(client, take)
    with counted(client, monkeypatch) as look_ups:
        assert await client.data(billing, token) == {"contractAccounts": {"nodes": [{"billing": None}]}}
        await client.data(billing, token)
    assert len(look_ups) == 1


@pytest.mark.parametrize(
    "end",
    [
        "DELETE FROM sessions WHERE token_hash = :hash",
        "UPDATE sessions SET expires_at = now() WHERE token_hash = :hash",
        "UPDATE sessions SET last_seen_at = now() - interval '2 hours' WHERE token_hash = :hash",
    ],
)
async def test_a_session_that_has_ended_is_nobodys_at_once(client: Client, end: str) -> None:
    token = await client.session("sue@acme.example")
    assert (await client.data(VIEWER, token))["viewer"] is not None
    await change(client, end, hash=token_hash(token))
    assert await client.data(VIEWER, token) == {"viewer": None}
    assert codes(await client.answer(SERVICES, token)) == ["UNAUTHENTICATED"]


async def test_a_removed_user_is_nobody_at_once(client: Client) -> None:
    token = await client.session("noc@pear.example")
    assert (await client.data(SERVICES, token))["services"] == {"totalCount": 2}
    await change(client, "UPDATE users SET removed_at = now() WHERE email = 'noc@pear.example'")
    assert codes(await client.answer(SERVICES, token)) == ["UNAUTHENTICATED"]


async def test_a_given_permission_opens_with_the_next_read(client: Client) -> None:
    """What is refused without a statement must not be refused for what was true some seconds ago."""
    question = '{ emailAvailability(email: "x@acme.example") { state } }'
    token = await client.session("ben@acme.example")
    assert codes(await client.answer(question, token)) == ["FORBIDDEN"]
    given = "SELECT id, organization_id, 'USER_MANAGEMENT' FROM users WHERE email = 'ben@acme.example'"
    await change(client, f"INSERT INTO user_permissions (user_id, organization_id, permission) {given}")
    assert (await client.data(question, token))["emailAvailability"]["state"] == "AVAILABLE"
    taken = "SELECT id FROM users WHERE email = 'ben@acme.example'"
    await change(client, f"DELETE FROM user_permissions WHERE permission = 'USER_MANAGEMENT' AND user_id = ({taken})")
    assert codes(await client.answer(question, token)) == ["FORBIDDEN"]


async def test_use_moves_last_seen_in_the_background(client: Client) -> None:
    async def note(sessions: Collection[tuple[UUID, UUID]]) -> None:
        await run_in_transaction(client.backend.mutation_context, Caller(), lambda work: touch_sessions(work, sessions))

    used, unused = await client.session("sue@acme.example"), await client.session("sue@acme.example")
    for token in (used, unused):
        earlier = "UPDATE sessions SET last_seen_at = now() - interval '1 hour' WHERE token_hash = :hash"
        await change(client, earlier, hash=token_hash(token))
    await client.data(VIEWER, used)
    await flush_once(client.backend.authentication, note)
    recent = text("SELECT now() - last_seen_at < interval '1 minute' FROM sessions WHERE token_hash = :hash")
    async with client.backend.engine.connect() as connection:
        seen = [(await connection.execute(recent, {"hash": token_hash(token)})).scalar() for token in (used, unused)]
    assert seen == [True, False]
    assert client.backend.authentication.used_sessions == set()


async def test_use_that_could_not_be_noted_is_noted_later(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    async def failing(_: object) -> None:
        raise ConnectionRefusedError

    await client.data(VIEWER, await client.session("sue@acme.example"))
    before = set(client.backend.authentication.used_sessions)
    await flush_once(client.backend.authentication, failing)
    assert before
    assert client.backend.authentication.used_sessions == before
    assert "Could not record" in caplog.text


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (b"Bearer abc", True),
        (b"bearer  abc ", True),
        (b"BEARER abc", True),
        (b"Bearer", False),
        (b"Bearer ", False),
        (b"Basic abc", False),
        (b"abc", False),
        (b"", False),
        (b"Bearer " + b"a" * 513, False),
    ],
)
async def test_the_header_is_read_as_rfc_6750_says(value: bytes, known: bool) -> None:
    found = bearer_of({"type": "http", "headers": [(b"accept", b"*/*"), (b"authorization", value)]})
    assert found == (BearerToken(token_hash("abc")) if known else None)


async def test_every_token_with_the_dots_of_a_jwt_is_refused(client: Client) -> None:
    """An encrypted JWT has five parts (RFC 7516): its sender must not mistake the answer for their own either."""
    for token in ("a.b.c", "a.b.c.d", "a.b.c.d.e", "....", "eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA", "." * 4097):
        await assert_refused(client, token)


@given(
    parts=st.lists(
        st.one_of(
            st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=")),
            st.sampled_from([b"", b"e30", b"eyJhbGciOiJSUzI1NiJ9", b"eyJhbGciOiJub25lIn0", b"eyJraWQiOiJcdWQ4MDAifQ"]),
            st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b"")),
        ),
        max_size=7,
    )
)
@settings(
    max_examples=examples(100),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whatever_is_sent_as_a_token_is_nobodys(client: Client, parts: list[bytes]) -> None:
    token = b".".join(parts).strip()
    answer = await client.http.post(
        "/graphql", json={"query": VIEWER}, headers=[(b"authorization", b"Bearer " + token)]
    )
    if token.count(b".") >= 2:
        assert (answer.status_code, codes(answer.json())) == (401, ["UNAUTHENTICATED"])
    else:
        assert (answer.status_code, answer.json()["data"]) == (200, {"viewer": None})
