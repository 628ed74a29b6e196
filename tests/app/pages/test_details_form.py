"""The page behind the link of an invitation: it asks who somebody is, and keeps what they typed."""

import re
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.support.resolver_fixtures import activation_token, invited
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRONG = "violet ladder humming quietly"
NAMES = ("kind", "firstName", "lastName", "phone", "country")


async def invite(client: Client, email: str) -> str:
    """The token in the link that somebody gets who is invited."""
    await invited(client.backend.mutation_context, email)
    return await activation_token(client.backend.mutation_context, email)


async def post(client: Client, token: str, **fields: str) -> httpx.Response:
    passwords = {"password": STRONG, "repeated": STRONG}
    return await client.http.post("/activate", data={"token": token} | passwords | fields)


async def stored(client: Client, email: str) -> Any:
    async with client.backend.engine.connect() as connection:
        return (await connection.execute(text("SELECT * FROM users WHERE email = :email"), {"email": email})).one()


def control(page: str, name: str) -> str:
    """The tag of a field of the form."""
    [tag] = re.findall(rf'<(?:input|select|fieldset) id="{name}"[^>]*>', page)
    return str(tag)


def mistake(page: str, name: str) -> str:
    """What is said to be wrong beside a field; the field must point to it."""
    assert 'aria-invalid="true"' in control(page, name)
    assert f"{name}-wrong" in re.findall(r'aria-describedby="([^"]*)"', control(page, name))[0].split()
    [words] = re.findall(rf'<p class="mistake" id="{name}-wrong">([^<]*)</p>', page)
    return unescape(words)


async def test_the_invited_are_asked_who_they_are_and_others_are_not(client: Client) -> None:
    asked = await client.http.get("/activate", params={"token": await invite(client, "a@new.example")})
    assert asked.status_code == 200
    scripts = re.findall(r'<script src="assets/([\w-]+)\.js" type="module">', asked.text)
    assert sorted(scripts) == ["activation-passkey", "password-strength"]
    assert asked.text.count("<script") == len(scripts)
    for name in NAMES[1:]:
        assert f'<label for="{name}">' in asked.text
        assert f'name="{name}"' in control(asked.text, name)
        assert "aria-invalid" not in control(asked.text, name)
    assert "<legend>" in asked.text
    assert re.findall(r'value="(\w+)" checked', asked.text) == ["PERSONAL"]
    assert '<option value="AX">Åland Islands</option>' in asked.text
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    known = await client.http.get("/activate", params={"token": token})
    assert known.status_code == 200
    assert not any(f'name="{name}"' in known.text for name in NAMES)


async def test_what_was_typed_stays_and_each_mistake_stands_at_its_field(client: Client) -> None:
    token = await invite(client, "b@new.example")
    answer = await post(
        client,
        token,
        firstName='Bo "<b>"',
        phone="020 123",
        country="NL",
        kind="PERSONAL",
        password="violet",
        repeated="ladder",
    )
    assert answer.status_code == 422
    page = answer.text
    assert "country code" in mistake(page, "phone")
    assert mistake(page, "lastName") == "Give your last name."
    assert "10 characters" in mistake(page, "password")
    assert mistake(page, "repeated") == "The two passwords differ."
    assert "aria-invalid" not in control(page, "firstName")
    summary = page[page.index('role="alert"') : page.index("</ul>")]
    assert re.findall(r'href="#(\w+)"', summary) == ["lastName", "phone", "password", "repeated"]
    assert re.findall(r'id="(\w+)"[^>]* autofocus', page) == ["lastName"]
    assert 'value="Bo &#34;&lt;b&gt;&#34;"' in control(page, "firstName")
    assert 'value="020 123"' in control(page, "phone")
    assert '<option value="NL" selected>' in page
    assert "violet" not in page
    assert "ladder" not in page


async def test_a_slip_on_the_page_alone_changes_nothing(client: Client) -> None:
    token = await invite(client, "c@new.example")
    before = await stored(client, "c@new.example")
    name = {"firstName": "Cy", "lastName": "Cole"}
    for slip in ({"phone": "+1 not a number"}, {"repeated": "x"}, {"kind": "ROBOT"}, {"country": "Atlantis"}):
        answer = await post(client, token, **name, **slip)
        assert answer.status_code == 422
        [field] = slip
        assert mistake(answer.text, field)
        assert await stored(client, "c@new.example") == before
    assert (await post(client, token, **name)).status_code == 303


async def test_the_invited_activate_with_their_details(client: Client) -> None:
    token = await invite(client, "d@new.example")
    answer = await post(
        client, token, kind="PERSONAL", firstName="Dée", lastName="Dahl", phone="+31 20 123 4567", country="nl"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "activated")
    user = await stored(client, "d@new.example")
    assert (user.first_name, user.last_name, user.phone, user.country) == ("Dée", "Dahl", "+31201234567", "NL")
    await client.sign_in("d@new.example", STRONG)


async def test_a_group_leaves_its_names_empty(client: Client) -> None:
    token = await invite(client, "e@new.example")
    answer = await post(client, token, kind="GROUP", firstName="", lastName=" ", phone="", country="", password="x")
    assert answer.status_code == 422
    assert re.findall(r'value="(\w+)" checked', answer.text) == ["GROUP"]
    assert "aria-invalid" not in control(answer.text, "lastName")
    answer = await post(client, token, kind="GROUP", firstName="", lastName=" ", phone="", country="")
    assert answer.status_code == 303
    user = await stored(client, "e@new.example")
    assert (user.kind, user.first_name, user.last_name) == ("GROUP", None, None)
