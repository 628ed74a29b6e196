"""The activation page with a passkey instead of a password: what the form sends, and what the page shows."""

import re
from html import unescape

import pytest

from app.documents.page_documents import START_PASSKEY_MUTATION
from tests.support.passkeys.authenticator import Authenticator
from tests.support.resolver_fixtures import activation_token, invited
from tests.support.server import BASE_URL, Client

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("activation_link")]

STRONG = "violet ladder humming quietly"


def words(page: str) -> str:
    """The text of a page as a person reads it."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


async def made_with(client: Client, token: str) -> str:
    """What a browser makes with the options that the script of the page asks for."""
    answer = await client.post({"query": START_PASSKEY_MUTATION, "variables": {"token": token}})
    return Authenticator(BASE_URL).create(answer.json()["data"]["startPasskeyRegistration"]["options"])


async def test_the_page_shows_the_recovery_codes_once(client: Client) -> None:
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    form = {"token": token, "language": "en", "password": "", "repeated": ""}
    form["credential"] = await made_with(client, token)
    answer = await client.http.post("/activate", data=form)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "Your passkey is ready" in words(answer.text)
    assert len(re.findall(r"<li><code>[^<]{10,}</code></li>", answer.text)) == 10
    assert f'href="{BASE_URL}/console/"' in answer.text
    assert (await client.http.post("/activate", data=form)).status_code == 410


async def test_what_is_wrong_is_said_and_the_link_stays_valid(client: Client) -> None:
    await invited(client.backend.mutation_context, "ivy@acme.example")
    token = await activation_token(client.backend.mutation_context, "ivy@acme.example")
    form = {"token": token, "language": "de", "credential": await made_with(client, token)}
    answer = await client.http.post("/activate", data=form)
    assert answer.status_code == 422
    assert "Bitte korrigieren" in words(answer.text)
    assert form["credential"] not in answer.text
    form |= {"firstName": "Ivy", "lastName": "Ito", "credential": "{}"}
    answer = await client.http.post("/activate", data=form)
    assert answer.status_code == 422
    assert 'id="credential-wrong"' in answer.text
    form["credential"] = await made_with(client, token)
    answer = await client.http.post("/activate", data=form)
    assert "Ihr Passkey ist bereit" in words(answer.text)


async def test_the_form_works_without_a_script(client: Client) -> None:
    await invited(client.backend.mutation_context, "nora@acme.example")
    token = await activation_token(client.backend.mutation_context, "nora@acme.example")
    page = await client.http.get("/activate", params={"token": token, "language": "en"})
    assert re.search(r'<div id="credential"[^>]* hidden>', page.text)
    names = {"firstName": "Nora", "lastName": "New", "phone": "", "country": "", "kind": "PERSONAL", "language": "en"}
    hidden = {"token": token, "username": "nora@acme.example", "credential": ""}
    posted = await client.http.post("/activate", data=hidden | names | {"password": STRONG, "repeated": STRONG})
    assert posted.status_code == 303
