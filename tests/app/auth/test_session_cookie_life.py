"""How a session cookie is set, how it ends, and that nobody can choose its session."""

from collections.abc import Mapping

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from resolvers.identity.hashing import token_hash
from tests.support.http.browser import NAME, SIGN_IN, Browser, is_session
from tests.support.passwords import mailed_reset_token
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = "https://evil.example"
SUE, PIA, BEN = "sue@acme.example", "pia@pear.example", "ben@acme.example"
VIEWER = "{ viewer { user { email } } }"
SIGN_OUT = "mutation { signOut { signedOut errors { code } } }"
SESSIONS = "{ viewer { sessions { id current } } }"
END = "mutation ($id: ID!) { endSession(input: {id: $id}) { endedSession viewer { user { id } } errors { code } } }"
RESET = """mutation ($link: String!) {
  resetPassword(input: {token: $link, password: "violet ladder humming quietly"}) { errors { code path } }
}"""


@pytest.fixture
def browser(client: Client) -> Browser:
    """A browser that is not signed in."""
    return Browser(client)


@pytest_asyncio.fixture(loop_scope="module")
async def signed_in(client: Client) -> Browser:
    """A browser with a session of Sue's."""
    return Browser(client, {NAME: await client.session(SUE)})


async def test_a_sign_in_sets_it_and_tells_no_token(browser: Browser) -> None:
    answer = await browser.send(SIGN_IN, email=SUE, password=PASSWORD)
    payload = answer.json()["data"]["signIn"]
    assert payload["errors"] == []
    assert payload["token"] is None
    assert payload["expiresAt"] is not None
    assert payload["viewer"] == {"user": {"email": SUE}, "sessions": payload["viewer"]["sessions"]}
    assert {"current": True} in payload["viewer"]["sessions"]
    (line,) = answer.headers.get_list("set-cookie")
    token = browser.cookies[NAME]
    assert line == f"{NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Secure"
    assert token not in answer.text
    assert await is_session(browser.client, token)
    assert await browser.data(VIEWER) == {"viewer": {"user": {"email": SUE}}}


async def test_a_sign_in_needs_no_header_of_ours_and_no_cookie(browser: Browser) -> None:
    headers = {"Portico-Session": None, "Origin": None, "Sec-Fetch-Site": None}
    await browser.send(SIGN_IN, headers, email=SUE, password=PASSWORD)
    assert await browser.data(VIEWER) == {"viewer": {"user": {"email": SUE}}}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL, "Portico-Session": None},
        {"Origin": None, "Sec-Fetch-Site": "cross-site", "Portico-Session": None},
        {"Origin": "null", "Portico-Session": None, "Sec-Fetch-Site": None},
    ],
)
async def test_no_foreign_page_signs_a_browser_in(browser: Browser, headers: Mapping[str, str | None]) -> None:
    answer = await browser.send(SIGN_IN, headers, email=SUE, password=PASSWORD)
    (error,) = answer.json()["data"]["signIn"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "session"])
    assert browser.cookies == {}


async def test_a_failed_sign_in_sets_none_and_leaves_the_session(signed_in: Browser) -> None:
    before = dict(signed_in.cookies)
    payload = await signed_in.sign_in(SUE, password="wrong")
    assert [error["code"] for error in payload["errors"]] == ["CREDENTIALS_INVALID"]
    assert signed_in.cookies == before
    assert await signed_in.data(VIEWER) == {"viewer": {"user": {"email": SUE}}}


async def test_a_sign_in_with_a_token_sets_none(signed_in: Browser) -> None:
    before = dict(signed_in.cookies)
    query = f'mutation {{ signIn(input: {{email: "{SUE}", password: "{PASSWORD}"}}) {{ token }} }}'
    assert (await signed_in.data(query))["signIn"]["token"]
    assert signed_in.cookies == before


# Fixation


async def test_a_sign_in_makes_a_new_session_and_ends_the_one_of_the_cookie(browser: Browser) -> None:
    planted = await browser.client.session(PIA)
    browser.cookies[NAME] = planted
    await browser.sign_in(SUE)
    assert browser.cookies[NAME] != planted
    assert not await is_session(browser.client, planted)
    assert await browser.data(VIEWER) == {"viewer": {"user": {"email": SUE}}}


async def test_an_unknown_cookie_is_ignored_and_deleted(browser: Browser) -> None:
    for planted in ("chosen-by-somebody-else", "a.b.c", "x" * 2000, "", '"quoted"'):
        browser.cookies[NAME] = planted
        assert await browser.data(VIEWER) == {"viewer": None}
        assert browser.cookies == {}
        browser.cookies[NAME] = planted
        await browser.sign_in(SUE)
        assert browser.cookies[NAME] != planted


async def test_of_two_cookies_with_the_name_none_counts(signed_in: Browser) -> None:
    twice = f"{NAME}={signed_in.cookies[NAME]}; {NAME}={await signed_in.client.session(PIA)}"
    answer = await signed_in.send(VIEWER, {"Cookie": twice})
    assert answer.json()["data"] == {"viewer": None}
    assert signed_in.cookies == {}


async def test_an_access_token_is_no_session(browser: Browser) -> None:
    browser.cookies[NAME] = "eyJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJ4In0.c2lnbmF0dXJl"
    assert await browser.data(VIEWER) == {"viewer": None}


# How it ends


async def test_signing_out_ends_it_and_deletes_the_cookie(browser: Browser) -> None:
    await browser.sign_in(SUE)
    token = browser.cookies[NAME]
    answer = await browser.send(SIGN_OUT)
    assert answer.json()["data"]["signOut"] == {"signedOut": True, "errors": []}
    assert answer.headers.get_list("set-cookie") == [f"{NAME}=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure"]
    assert not await is_session(browser.client, token)
    browser.cookies[NAME] = token
    again = await browser.send(SIGN_OUT)
    assert again.json()["data"]["signOut"] == {"signedOut": False, "errors": [{"code": "UNAUTHENTICATED"}]}
    assert browser.cookies == {}


async def test_a_session_that_was_ended_elsewhere_is_nobodys_and_the_cookie_goes(signed_in: Browser) -> None:
    assert await signed_in.data(VIEWER) == {"viewer": {"user": {"email": SUE}}}
    async with signed_in.client.backend.engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM sessions WHERE token_hash = :hash"), {"hash": token_hash(signed_in.cookies[NAME])}
        )
    answer = await signed_in.send("{ services { totalCount } }")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert signed_in.cookies == {}


async def test_ending_this_session_deletes_the_cookie_and_ending_another_does_not(signed_in: Browser) -> None:
    await signed_in.client.session(SUE)
    sessions = (await signed_in.data(SESSIONS))["viewer"]["sessions"]
    (current,) = (session["id"] for session in sessions if session["current"])
    other = next(session["id"] for session in sessions if not session["current"])
    payload = (await signed_in.data(END, id=other))["endSession"]
    assert (payload["endedSession"], payload["errors"]) == (other, [])
    assert payload["viewer"] is not None
    assert signed_in.cookies
    assert (await signed_in.data(END, id=current))["endSession"] == {
        "endedSession": current,
        "viewer": None,
        "errors": [],
    }
    assert signed_in.cookies == {}


@pytest.mark.usefixtures("short_tick")
async def test_a_password_reset_deletes_the_cookie_of_its_user_only(browser: Browser) -> None:
    for email, is_kept in ((BEN, False), (PIA, True)):
        browser.cookies = {NAME: await browser.client.session(email)}
        await browser.data(f'mutation {{ requestPasswordReset(input: {{email: "{BEN}"}}) {{ accepted }} }}')
        link = await mailed_reset_token(browser.client, BEN)
        assert (await browser.data(RESET, link=link))["resetPassword"] == {"errors": []}
        assert bool(browser.cookies) is is_kept


async def test_a_key_and_a_budget_are_those_of_the_user_whatever_they_are_signed_in_by(
    signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, query = {"Idempotency-Key": "a-key-of-sue"}, "mutation { endOtherSessions { endedCount } }"
    assert "idempotency-replayed" not in (await signed_in.send(query, key)).headers
    token = await signed_in.client.session(SUE)
    body = {"query": query, "variables": {}}
    first = await signed_in.send(query, key)
    second = await signed_in.client.post(body, token, **key)
    assert [answer.headers.get("idempotency-replayed") for answer in (first, second)] == ["true", "true"]
    other = Browser(signed_in.client, {NAME: await signed_in.client.session(PIA)})
    assert "idempotency-replayed" not in (await other.send(query, key)).headers
    keys: list[str] = []
    leases = signed_in.client.backend.leases
    charge = leases.charge

    async def noting(key: str, *nodes: int) -> None:
        keys.append(key)
        await charge(key, *nodes)

    monkeypatch.setattr(leases, "charge", noting)
    for header in ({}, {"Authorization": f"Bearer {token}"}):
        await signed_in.send(VIEWER, header)
    assert set(keys) == {f"user:{named_key(SUE)}"}
