"""The page behind the link of the activation mail."""

import asyncio
import re
from html import unescape

import pytest

from app.http.access_log import COLLECT_SECONDS
from tests.support.resolver_fixtures import activation_token
from tests.support.server import BASE_URL, Client

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("activation_link")]

STRONG = "violet ladder humming quietly"


def words(page: str) -> str:
    """The text of a page as a person reads it."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


async def test_the_form_is_shown_as_often_as_the_link_is_opened(client: Client) -> None:
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    for method in ("GET", "HEAD", "GET"):
        answer = await client.http.request(method, "/activate", params={"token": token, "language": "en"})
        assert answer.status_code == 200
    assert "Set your password" in words(answer.text)
    assert "pat@acme.example" in words(answer.text)
    assert answer.text.count(token) == 1


async def test_the_page_leaks_no_token(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    answer = await client.http.get("/activate", params={"token": token, "language": "en"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "set-cookie" not in answer.headers
    await asyncio.sleep(2 * COLLECT_SECONDS)
    messages = (record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    ours = [line for message in messages for line in message.splitlines()]
    assert any(line.startswith("GET /activate 200") for line in ours)
    assert not any(token in line for line in ours)


async def test_addresses_come_from_the_settings_and_not_from_the_request(client: Client) -> None:
    answer = await client.http.get("/activated", headers={"Host": "evil.example"})
    assert f'href="{BASE_URL}/console/"' in answer.text
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\N{SNOWMAN}", "x" * 5000, "%00", "<script>"])
async def test_a_wrong_link_says_what_to_do(client: Client, token: str) -> None:
    answer = await client.http.get("/activate", params={"token": token, "language": "en"})
    assert answer.status_code == 410
    assert "This link is invalid or no longer valid" in words(answer.text)
    assert "<script>" not in answer.text


async def test_an_expired_link_says_so_to_its_holder(client: Client) -> None:
    token = await activation_token(client.backend.mutation_context, "eve@acme.example")
    answer = await client.http.get("/activate", params={"token": token, "language": "en"})
    assert answer.status_code == 410
    assert "This link has expired" in words(answer.text)
    form = {"token": token, "password": STRONG, "repeated": STRONG}
    posted = await client.http.post("/activate", data=form)
    assert posted.status_code == 410
    assert "This link has expired" in words(posted.text)


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        ({"password": STRONG, "repeated": STRONG + " "}, "The two passwords differ"),
        ({"password": STRONG, "repeated": ""}, "The two passwords differ"),
        ({"password": "password1", "repeated": "password1"}, "There is a problem"),
        ({"password": "pat@acme.example", "repeated": "pat@acme.example"}, "There is a problem"),
        ({"password": "", "repeated": ""}, "There is a problem"),
    ],
)
async def test_what_is_wrong_with_a_password_is_said_and_uses_nothing_up(
    client: Client, form: dict[str, str], advice: str
) -> None:
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    answer = await client.http.post("/activate", data={"token": token, "language": "en"} | form)
    assert answer.status_code == 422
    assert advice in words(answer.text)
    assert 'role="alert"' in answer.text
    assert form["password"] not in answer.text or not form["password"] or form["password"] == "pat@acme.example"
    assert (await client.http.get("/activate", params={"token": token, "language": "en"})).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"), [(b"token=%ff", 400), (b"\xff", 400), (b"x" * 20_000, 413), (b"&" * 100, 400), (b"", 410)]
)
async def test_a_form_that_cant_be_read_is_a_page_too(client: Client, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.http.post("/activate", content=body, headers=headers)
    assert answer.status_code == status
    assert "<h1>" in answer.text


async def test_the_password_is_set_once(client: Client) -> None:
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    form = {"token": token, "password": STRONG}
    answer = await client.http.post("/activate", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "activated")
    done = await client.http.get("/activated")
    assert "Your password is set" in words(done.text)
    again = await client.http.post("/activate", data=form | {"password": "x" + STRONG})
    assert again.status_code == 410
    assert "This link is invalid or no longer valid" in words(again.text)
    token = await client.sign_in("pat@acme.example", STRONG)
    assert (await client.data("{ viewer { user { status } } }", token))["viewer"] == {"user": {"status": "ACTIVE"}}
