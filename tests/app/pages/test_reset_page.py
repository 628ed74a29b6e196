"""The page behind the link of the mail for a new password."""

import pytest
from sqlalchemy import text

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.identity.hashing import derive_token
from resolvers.identity.passwords import request_password_reset
from tests.support.resolver_fixtures import SECRET_KEY
from tests.support.server import BASE_URL, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRONG = "violet ladder humming quietly"


async def token_of(client: Client, email: str, purpose: TokenPurpose = TokenPurpose.PASSWORD_RESET) -> str:
    """The newest token of a user for a purpose."""
    newest = text(
        "SELECT id FROM one_time_tokens WHERE user_id = :user AND purpose = :purpose ORDER BY id DESC LIMIT 1"
    )
    async with client.backend.engine.connect() as connection:
        row_id = (await connection.execute(newest, {"user": named_key(email), "purpose": purpose.value})).scalar_one()
    return derive_token(SECRET_KEY, purpose, row_id)


async def requested(client: Client, email: str) -> str:
    await request_password_reset(client.backend.mutation_context, Caller(), email)
    return await token_of(client, email)


async def test_opening_the_link_shows_the_form_and_uses_nothing_up(client: Client) -> None:
    token = await requested(client, "sam@acme.example")
    for method in ("GET", "HEAD", "GET"):
        answer = await client.http.request(method, "/reset-password", params={"token": token})
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
    activation = await client.http.get("/activate", params={"token": token})
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
        opened = await client.http.get(path, params={"token": token})
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
    opened = await client.http.get("/reset-password", params={"token": token})
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
    assert f'href="{BASE_URL}"' in done.text
    assert "evil.example" not in done.text
    assert (await client.http.post("/reset-password", data=form)).status_code == 410
    assert (await client.data("{ viewer { user { email } } }", session))["viewer"] is None
    await client.sign_in("ben@acme.example", STRONG)
