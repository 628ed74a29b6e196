"""Single sign-on that is required: nobody signs in by password, except one admin, which others are told."""

from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.responses import Response

from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from tests.support.openid.portal import ADA, CONFIGURE, ORGANIZATION, SETTINGS, Page, configure, linked, use_names
from tests.support.openid.scripted_provider import CLIENT, SECRET, Person, ScriptedProvider, scripted_provider
from tests.support.second_factors import enroll, ticket_for
from tests.support.server import SIGN_IN, Client, serving

BEN, SAM, STAFF = "ben@acme.example", "sam@acme.example", "staff@portico.example"
MAX = "max@globex.example"


def user(email: str) -> str:
    return f"usr_{named_key(email)}"


async def attempt(client: Client, email: str, password: str = PASSWORD) -> list[str]:
    payload = (await client.data(SIGN_IN, email=email, password=password))["signIn"]
    return [error["code"] for error in payload["errors"]]


async def require(server: Client, provider: ScriptedProvider) -> Person:
    """Let ACME require it, with Ada for when the provider is down."""
    person = await linked(server, provider)
    page = Page(server)
    assert (await page.sign_in(await page.code(provider, person)))["errors"] == []
    payload = await configure(server, required=True, breakGlassUser=user(ADA))
    assert payload["errors"] == []
    return person


async def test_nobody_signs_in_by_password_but_the_named_admin(server: Client, provider: ScriptedProvider) -> None:
    assert await attempt(server, BEN) == []
    person = await require(server, provider)
    for email in (BEN, SAM, "nobody@acme.example", "rob@acme.example"):
        assert await attempt(server, email) == ["SINGLE_SIGN_ON_REQUIRED"]
        assert await attempt(server, email, "wrong") == ["SINGLE_SIGN_ON_REQUIRED"]
    assert await attempt(server, MAX) == []
    page = Page(server)
    assert (await page.sign_in(await page.code(provider, person)))["errors"] == []


async def test_the_named_admin_gets_in_while_the_provider_is_down_and_others_are_told(
    server: Client, provider: ScriptedProvider
) -> None:
    await require(server, provider)
    assert await attempt(server, ADA, "wrong") == ["SINGLE_SIGN_ON_REQUIRED"]
    assert await attempt(server, ADA) == []
    assert await attempt(server, ADA) == []
    async with server.backend.engine.connect() as connection:
        mails = (
            await connection.execute(text("SELECT recipient FROM outbox_mails WHERE kind = 'BREAK_GLASS_USED'"))
        ).all()
        sql = "SELECT changes FROM audit_events WHERE kind = 'session.started' ORDER BY id DESC LIMIT 1"
        changes = (await connection.execute(text(sql))).scalar_one()
    assert mails == [(ADA,)]
    assert changes == {"breakGlass": [None, True]}


async def is_open(client: Client, token: str) -> bool:
    return (await client.data("{ viewer { user { id } } }", token))["viewer"] is not None


async def make_admin(client: Client, email: str) -> None:
    """Let a user with all contract accounts manage users."""
    add = "INSERT INTO user_permissions (organization_id, user_id, permission) VALUES (:acme, :user, 'USER_MANAGEMENT')"
    async with client.backend.engine.begin() as connection:
        await connection.execute(text(add), {"acme": named_key(ACME), "user": named_key(email)})


async def test_what_began_with_a_password_ends_when_it_is_required(server: Client, provider: ScriptedProvider) -> None:
    await make_admin(server, BEN)
    writing = server.backend.mutation_context
    app = await enroll(writing, SAM)
    ticket = (await ticket_for(writing, SAM)).token
    at_provider = await linked(server, provider, SAM)
    page = Page(server)
    by_provider = (await page.sign_in(await page.code(provider, at_provider, SAM)))["token"]
    by_password = {email: await server.session(email) for email in (ADA, BEN, SAM, "noc@pear.example", MAX, STAFF)}
    acting = await server.session(ADA)
    given = {"organization": ORGANIZATION, "required": True, "breakGlassUser": user(BEN)}
    assert (await server.data(CONFIGURE, acting, i=given))["configureSingleSignOn"]["errors"] == []
    left = {email for email, token in by_password.items() if await is_open(server, token)}
    # The admin for emergencies, and whoever is none of the organization's business.
    assert left == {BEN, MAX, STAFF}
    assert await is_open(server, by_provider)
    assert await is_open(server, acting)
    complete = "mutation ($i: CompleteSignInInput!) { completeSignIn(input: $i) { token errors { code } } }"
    second_step = (await server.data(complete, i={"ticket": ticket, "code": app.code()}))["completeSignIn"]
    assert second_step == {"token": None, "errors": [{"code": "TICKET_INVALID"}]}
    # Another admin for emergencies: the former one's sessions end, too.
    given = {"organization": ORGANIZATION, "breakGlassUser": user(ADA)}
    assert (await server.data(CONFIGURE, acting, i=given))["configureSingleSignOn"]["errors"] == []
    assert not await is_open(server, by_password[BEN])
    # What has nothing to do with it leaves them alone.
    ada = await server.session(ADA)
    assert (await configure(server, clientSecret=SECRET))["errors"] == []
    assert await is_open(server, ada)
    assert await is_open(server, by_provider)


async def test_it_cannot_be_required_before_it_has_worked(server: Client, provider: ScriptedProvider) -> None:
    payload = await configure(server, required=True, breakGlassUser=user(ADA))
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [("INVALID", ["input", "required"])]


@pytest.mark.parametrize("who", [None, BEN, SAM, "pat@acme.example", MAX, "nobody@acme.example"])
async def test_who_cannot_be_named(server: Client, provider: ScriptedProvider, who: str | None) -> None:
    """Not nobody, no one without the right to change the settings, and no one of another organization."""
    await linked(server, provider)
    payload = await configure(server, required=True, breakGlassUser=user(who) if who else None)
    [error] = payload["errors"]
    assert error["path"] == ["input", "breakGlassUser"]
    assert error["code"] == ("NOT_FOUND" if who in (MAX, "nobody@acme.example") else "INVALID")


async def test_another_provider_cannot_be_required_at_once(server: Client, provider: ScriptedProvider) -> None:
    await require(server, provider)
    async with scripted_provider("/other") as other:
        payload = await configure(server, issuer=other.issuer, clientSecret=SECRET)
        assert [error["path"] for error in payload["errors"]] == [["input", "required"]]
        assert (await configure(server, issuer=other.issuer, clientSecret=SECRET, required=False))["errors"] == []


async def test_it_can_be_switched_off_while_the_provider_is_down(server: Client, provider: ScriptedProvider) -> None:
    await require(server, provider)
    provider.answer = lambda _: Response(status_code=500)
    assert (await configure(server, required=False))["errors"] == []
    assert await attempt(server, BEN) == []


async def test_staff_have_their_own_provider(demo_database_url: str, tmp_path: Path) -> None:
    async with scripted_provider() as provider:
        given = {
            "staff_issuer": provider.issuer,
            "staff_client_id": CLIENT,
            "staff_client_secret": SECRET,
            "staff_domains": "portico.example",
        }
        async with serving(demo_database_url, tmp_path / "optional", **SETTINGS, **given) as server:
            use_names(server)
            person = await linked(server, provider, STAFF)
            page = Page(server)
            assert (await page.sign_in(await page.code(provider, person, STAFF)))["errors"] == []
            assert await attempt(server, STAFF) == []
        async with serving(
            demo_database_url, tmp_path / "required", **SETTINGS, **given, staff_required=True
        ) as server:
            assert await attempt(server, STAFF) == ["SINGLE_SIGN_ON_REQUIRED"]
            assert await attempt(server, BEN) == []
            page = Page(server)
            assert (await page.sign_in(await page.code(provider, person, STAFF)))["errors"] == []
