"""Changing and resetting passwords over GraphQL: payloads, and which sessions continue."""

import pytest

from app.demo.example_users import PASSWORD
from tests.support.passwords import mailed_reset_token
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRONG = "violet ladder humming quietly"
WHO = "{ viewer { user { email } } }"
CHANGE = """mutation ($current: String!, $new: String!) {
  changePassword(input: {currentPassword: $current, newPassword: $new}) { me: user { email } errors { code path } }
}"""
REQUEST = """mutation ($email: EmailAddress!) {
  requestPasswordReset(input: {email: $email}) { accepted errors { code path } }
}"""
RESET = """mutation ($link: String!, $password: String!) {
  resetPassword(input: {token: $link, password: $password}) { user { email status } errors { code path } }
}"""


async def test_after_a_change_this_session_continues_and_the_others_end(client: Client) -> None:
    here, there = await client.session("sue@acme.example"), await client.session("sue@acme.example")
    assert (await client.data(WHO, there))["viewer"] is not None
    wrong = (await client.data(CHANGE, here, current="wrong", new="1234"))["changePassword"]
    assert wrong == {
        "me": None,
        "errors": [
            {"code": "CREDENTIALS_INVALID", "path": ["input", "currentPassword"]},
            {"code": "PASSWORD_TOO_WEAK", "path": ["input", "newPassword"]},
        ],
    }
    done = (await client.data(CHANGE, here, current=PASSWORD, new=STRONG))["changePassword"]
    assert done == {"me": {"email": "sue@acme.example"}, "errors": []}
    assert (await client.data(WHO, here))["viewer"] == {"user": {"email": "sue@acme.example"}}
    assert (await client.data(WHO, there))["viewer"] is None
    ended = (await client.data(CHANGE, there, current=STRONG, new=PASSWORD))["changePassword"]
    assert ended == {"me": None, "errors": [{"code": "UNAUTHENTICATED", "path": []}]}
    await client.sign_in("sue@acme.example", STRONG)


async def test_staff_can_change_their_password(client: Client) -> None:
    token = await client.session("staff@portico.example")
    done = (await client.data(CHANGE, token, current=PASSWORD, new=STRONG))["changePassword"]
    assert done == {"me": {"email": "staff@portico.example"}, "errors": []}


@pytest.mark.parametrize(
    "email",
    ["nobody@acme.example", "pat@acme.example", "eve@acme.example", "rob@acme.example", "Ben@ACME.example"],
)
async def test_the_result_is_the_same_for_every_email(client: Client, email: str) -> None:
    answer = await client.post({"query": REQUEST, "variables": {"email": email}})
    assert answer.json()["data"] == {"requestPasswordReset": {"accepted": True, "errors": []}}
    assert "set-cookie" not in answer.headers


async def test_an_admin_gets_not_activated_for_a_pending_user(client: Client) -> None:
    answer = await client.data(REQUEST, await client.session("ada@acme.example"), email="Eve@acme.example")
    refused = {"accepted": False, "errors": [{"code": "NOT_ACTIVATED", "path": ["input", "email"]}]}
    assert answer["requestPasswordReset"] == refused


async def test_requests_are_rate_limited_for_every_email(client: Client) -> None:
    for email in ("noc@pear.example", "nobody@pear.example"):
        results = [(await client.data(REQUEST, email=email))["requestPasswordReset"] for _ in range(6)]
        assert results[4] == {"accepted": True, "errors": []}
        assert results[5] == {"accepted": False, "errors": [{"code": "RATE_LIMITED", "path": []}]}


async def test_an_invalid_email_is_rejected(client: Client) -> None:
    refused = {"accepted": False, "errors": [{"code": "INVALID", "path": ["input", "email"]}]}
    assert (await client.data(REQUEST, email="nobody"))["requestPasswordReset"] == refused


async def test_a_reset_returns_the_user_and_ends_every_session(client: Client) -> None:
    session = await client.session("dan@pear.example")
    assert (await client.data(WHO, session))["viewer"] is not None
    assert (await client.data(REQUEST, email="dan@pear.example"))["requestPasswordReset"]["accepted"]
    link = await mailed_reset_token(client, "dan@pear.example")
    weak = (await client.data(RESET, link=link, password="1234"))["resetPassword"]
    assert weak == {"user": None, "errors": [{"code": "PASSWORD_TOO_WEAK", "path": ["input", "password"]}]}
    done = (await client.data(RESET, link=link, password=STRONG))["resetPassword"]
    assert done == {"user": {"email": "dan@pear.example", "status": "ACTIVE"}, "errors": []}
    assert (await client.data(WHO, session))["viewer"] is None
    again = (await client.data(RESET, link=link, password=STRONG))["resetPassword"]
    assert again == {"user": None, "errors": [{"code": "TOKEN_INVALID", "path": ["input", "token"]}]}
    await client.sign_in("dan@pear.example", STRONG)
