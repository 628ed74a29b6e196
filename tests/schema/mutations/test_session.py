"""One's own sessions: which are listed, and how they end. What a sign-in leaves behind for admins."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from app.demo.example_users import PASSWORD
from resolvers.identity.hashing import token_hash
from resolvers.types.session import MAX_LISTED
from tests.support.oauth import access_token, program
from tests.support.queries import ask
from tests.support.server import SIGN_IN, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

SESSIONS = "{ viewer { sessions { id current createdAt lastSeenAt address userAgent } } }"
WHO = "{ viewer { user { email } } }"
END = """mutation ($id: ID!) {
  endSession(input: {id: $id}) { endedSession viewer { sessions { id } } errors { code path } }
}"""
END_OTHERS = "mutation { endOtherSessions { endedCount viewer { sessions { current } } errors { code path } } }"
NOT_FOUND = {
    "endedSession": None,
    "viewer": None,
    "errors": [{"code": "NOT_FOUND", "path": ["input", "id"]}],
}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


async def sessions(client: Client, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.data(SESSIONS, token))["viewer"]["sessions"]
    return found


async def current_id(client: Client, token: str) -> str:
    (id_,) = [session["id"] for session in await sessions(client, token) if session["current"]]
    return str(id_)


async def change(client: Client, sql: str, **values: object) -> int:
    async with client.backend.engine.begin() as connection:
        return (await connection.execute(text(sql), values)).rowcount


async def signed_in(client: Client, email: str) -> str:
    body = {"query": SIGN_IN, "variables": {"email": email, "password": PASSWORD}}
    answer = await client.post(body, **{"User-Agent": FIREFOX})
    return str(answer.json()["data"]["signIn"]["token"])


async def test_sessions_are_listed_with_where_they_come_from(client: Client) -> None:
    other = await client.session("sam@acme.example")
    sql = "UPDATE sessions SET last_seen_at = now() - interval '1 hour' WHERE token_hash = :hash"
    await change(client, sql, hash=token_hash(other))
    token = await signed_in(client, "sam@acme.example")
    first, second = await sessions(client, token)
    assert (first["current"], first["address"], first["userAgent"]) == (True, "192.0.2.0/24", "Firefox on Linux")
    assert (second["current"], second["address"], second["userAgent"]) == (False, None, None)
    assert second["id"] == await current_id(client, other)
    started, seen = (datetime.fromisoformat(first[name]) for name in ("createdAt", "lastSeenAt"))
    assert started == seen
    assert token not in str(first)
    assert token_hash(token).hex() not in str(first)


async def test_sessions_that_have_ended_are_not_listed_and_no_more_than_a_bound(client: Client) -> None:
    token = await client.session("staff@portico.example")
    for column, moment in (("last_seen_at", "2 hours"), ("expires_at", "0")):
        ended = await client.session("staff@portico.example")
        sql = f"UPDATE sessions SET {column} = now() - interval '{moment}' WHERE token_hash = :hash"
        await change(client, sql, hash=token_hash(ended))
    assert [session["current"] for session in await sessions(client, token)] == [True]
    many = """INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at, last_seen_at)
        SELECT gen_random_uuid(), tenant_id, user_id, sha256(n::text::bytea), expires_at, now() - interval '1 minute'
        FROM sessions, generate_series(1, :n) AS n WHERE token_hash = :hash"""
    await change(client, many, n=MAX_LISTED, hash=token_hash(token))
    listed = await sessions(client, token)
    assert len(listed) == MAX_LISTED
    assert listed[0]["current"]
    ended_all = (await client.data(END_OTHERS, token))["endOtherSessions"]
    assert ended_all == {"endedCount": MAX_LISTED, "viewer": {"sessions": [{"current": True}]}, "errors": []}


async def test_a_session_ends_at_once_and_only_ones_own(client: Client) -> None:
    here, there = await client.session("ben@acme.example"), await client.session("ben@acme.example")
    foreign = await client.session("ada@acme.example")
    there_id, foreign_id = await current_id(client, there), await current_id(client, foreign)
    for id_ in (foreign_id, "ses_01900000-0000-7000-8000-000000000000", there_id.replace("ses_", "usr_")):
        assert (await client.answer(END, here, id=id_)).get("data") in ({"endSession": NOT_FOUND}, None)
    assert (await client.data(WHO, foreign))["viewer"] is not None
    done = (await client.data(END, here, id=there_id))["endSession"]
    left = {"sessions": [{"id": await current_id(client, here)}]}
    assert done == {"endedSession": there_id, "viewer": left, "errors": []}
    assert (await client.data(WHO, there))["viewer"] is None
    assert (await client.data(END, here, id=there_id))["endSession"] == NOT_FOUND
    own = await current_id(client, here)
    assert (await client.data(END, here, id=own))["endSession"] == {"endedSession": own, "viewer": None, "errors": []}
    assert (await client.data(WHO, here))["viewer"] is None
    late = (await client.data(END, here, id=own))["endSession"]
    assert late["errors"] == [{"code": "UNAUTHENTICATED", "path": []}]


async def test_all_others_end_and_nobody_elses(client: Client) -> None:
    here, *others = [await client.session("dan@pear.example") for _ in range(3)]
    foreign = await client.session("ada@acme.example")
    assert (await client.data(END_OTHERS, here))["endOtherSessions"]["endedCount"] == 2
    for token in others:
        assert (await client.data(WHO, token))["viewer"] is None
    assert (await client.data(WHO, here))["viewer"] is not None
    assert (await client.data(WHO, foreign))["viewer"] is not None
    assert (await client.data(END_OTHERS, here))["endOtherSessions"]["endedCount"] == 0
    events = "{ auditEvents(filter: {kind: [SESSION_ENDED]}) { totalCount } }"
    before = (await ask(client, "ada@acme.example", events))["auditEvents"]["totalCount"]
    await client.session("dan@pear.example")
    await client.data(END_OTHERS, here)
    assert (await ask(client, "ada@acme.example", events))["auditEvents"]["totalCount"] == before + 1


async def test_an_api_client_has_no_sessions(client: Client) -> None:
    token = await access_token(client, await program(client))
    assert (await client.data(SESSIONS, token))["viewer"] == {"sessions": []}
    own = await current_id(client, await client.session("ada@acme.example"))
    for query, name in ((END, "endSession"), (END_OTHERS, "endOtherSessions")):
        payload = (await client.data(query, token, **({"id": own} if name == "endSession" else {})))[name]
        assert payload["errors"] == [{"code": "FORBIDDEN", "path": []}]


USER = """{ users(filter: {search: "pia"}) { nodes { version updatedAt lastSignInAt } } }"""
BY_SIGN_IN = "query ($f: UserFilter, $o: UserOrder) { users(filter: $f, orderBy: $o) { nodes { email } totalCount } }"


async def test_a_sign_in_shows_and_is_no_change_of_the_user(client: Client) -> None:
    (before,) = (await ask(client, "ada@acme.example", USER))["users"]["nodes"]
    assert before["lastSignInAt"] is None
    (failed,) = (await client.data(SIGN_IN, email="pia@pear.example", password="wrong"))["signIn"]["errors"]
    assert failed["code"] == "CREDENTIALS_INVALID"
    assert (await ask(client, "ada@acme.example", USER))["users"]["nodes"] == [before]
    await signed_in(client, "pia@pear.example")
    (after,) = (await ask(client, "ada@acme.example", USER))["users"]["nodes"]
    assert after == before | {"lastSignInAt": after["lastSignInAt"]}
    assert after["lastSignInAt"] is not None


async def test_users_are_found_and_ordered_by_their_last_sign_in(client: Client) -> None:
    await change(client, "UPDATE users SET last_sign_in_at = NULL")
    moments = {"sue@acme.example": "2026-01-01", "ben@acme.example": "2026-03-01", "dan@pear.example": "2026-02-01"}
    for email, day in moments.items():
        moment = datetime.fromisoformat(f"{day}T00:00:00+00:00")
        await change(client, "UPDATE users SET last_sign_in_at = :at WHERE email = :email", at=moment, email=email)
    token = await client.session("ada@acme.example")

    async def found(order: str | None = None, **filter_: str) -> list[str]:
        users = (await client.data(BY_SIGN_IN, token, f=filter_, o=order or "LAST_SIGN_IN_AT_DESC"))["users"]
        emails = [node["email"] for node in users["nodes"]]
        assert users["totalCount"] == len(emails)
        return emails

    everybody = await found()
    assert everybody[:3] == ["ben@acme.example", "dan@pear.example", "sue@acme.example"]
    assert await found("LAST_SIGN_IN_AT_ASC") == everybody[::-1]
    february = "2026-02-01T00:00:00Z"
    assert await found(lastSignInSince=february) == everybody[:2]
    assert await found(lastSignInBefore=february) == everybody[2:]
    assert await found(lastSignInSince="1970-01-02T00:00:00Z") == everybody[:3]
    assert await found(lastSignInBefore="1970-01-02T00:00:00Z") == everybody[3:]


async def test_numbers_of_days_have_bounds(client: Client) -> None:
    for days in (0, 3_651, -2_000_000_000):
        found = await client.answer(f"{{ users(filter: {{notSignedInForDays: {days}}}) {{ totalCount }} }}")
        [error] = found["errors"]
        assert error["message"] == "This is not a number from 1 to 3,650."
        assert error["extensions"]["argument"] == "filter.notSignedInForDays"
