"""Signing in at a provider, from the email to the session, and how identities are linked first."""

import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from app.demo.fixed_ids import named_key
from models import TokenPurpose
from resolvers.identity.hashing import derive_token
from tests.support.openid.portal import ADA, ORGANIZATION, Names, Page, change, configure, linked
from tests.support.openid.scripted_provider import SECRET, Person, ScriptedProvider
from tests.support.resolver_fixtures import SECRET_KEY
from tests.support.server import Client

BEN, PAT = "ben@acme.example", "pat@acme.example"
METHODS = "query ($email: EmailAddress!) { signInMethods(email: $email) { singleSignOnUrl password } }"
CREATE_TEMPLATE = """mutation ($i: CreateAccessTemplateInput!) {
  createAccessTemplate(input: $i) { accessTemplate { id } errors { code } } }"""


async def stored(client: Client, sql: str, **values: object) -> list[Any]:
    async with client.backend.engine.connect() as connection:
        return list((await connection.execute(text(sql), values)).all())


async def mailed_token(client: Client, purpose: TokenPurpose, email: str) -> str:
    sql = """SELECT t.id, t.tenant_id FROM one_time_tokens t
             JOIN users u ON (u.tenant_id, u.id) = (t.tenant_id, t.user_id)
             WHERE u.email = :email AND t.purpose = :purpose AND t.used_at IS NULL AND t.revoked_at IS NULL"""
    [row] = await stored(client, sql, email=email, purpose=purpose.value)
    return derive_token(SECRET_KEY, purpose, *row)


async def test_a_user_whose_identity_is_linked_signs_in(server: Client, provider: ScriptedProvider) -> None:
    person = await linked(server, provider)
    page = Page(server)
    payload = await page.sign_in(await page.code(provider, person))
    assert payload["errors"] == []
    assert payload["viewer"]["user"] == {"email": ADA, "identity": {"issuer": provider.issuer}}
    assert (await server.data("{ viewer { user { email } } }", payload["token"]))["viewer"]["user"]["email"] == ADA


async def test_the_domain_alone_says_how_to_sign_in(server: Client, provider: ScriptedProvider) -> None:
    for email in (ADA, "nobody@acme.example"):
        found = (await server.data(METHODS, email=email))["signInMethods"]
        assert found["password"] is True
        assert found["singleSignOnUrl"].startswith("https://portico.example/sso/start?email=")
    found = (await server.data(METHODS, email="max@globex.example"))["signInMethods"]
    assert found == {"singleSignOnUrl": None, "password": True}


async def test_an_email_alone_links_nothing(server: Client, provider: ScriptedProvider) -> None:
    """Also not one that the provider has verified: its administrators say what is in a token."""
    page, person = Page(server), Person("stranger", {"email": ADA, "email_verified": True})
    payload = await page.sign_in(await page.code(provider, person))
    assert [error["code"] for error in payload["errors"]] == ["IDENTITY_NOT_LINKED"]
    assert await stored(server, "SELECT 1 FROM user_identities") == []


async def test_the_link_in_the_mail_links_in_the_browser_that_signed_in(
    server: Client, provider: ScriptedProvider
) -> None:
    page, person = Page(server), Person("ben", {"email": BEN})
    code = await page.code(provider, person, BEN)
    assert [error["code"] for error in (await page.sign_in(code))["errors"]] == ["IDENTITY_NOT_LINKED"]
    token = await mailed_token(server, TokenPurpose.IDENTITY_LINK, BEN)
    elsewhere = await Page(server).link(code, token=token)
    assert [error["code"] for error in elsewhere["errors"]] == ["TOKEN_INVALID"]
    assert (await page.link(code, token=token))["user"]["identity"] == {"issuer": provider.issuer}
    again = Page(server)
    assert (await again.sign_in(await again.code(provider, person, BEN)))["viewer"]["user"]["email"] == BEN


async def test_the_answer_says_nothing_about_whether_there_is_such_a_user(
    server: Client, provider: ScriptedProvider
) -> None:
    answers = []
    for email in (BEN, "nobody@acme.example", "eve@acme.example", "rob@acme.example"):
        page = Page(server)
        answers.append((await page.sign_in(await page.code(provider, Person(email, {"email": email}))))["errors"])
    assert answers[1:] == answers[:-1]
    [(recipient,)] = await stored(server, "SELECT recipient FROM outbox_mails WHERE kind = 'USER_IDENTITY_LINK'")
    assert recipient == BEN


async def test_an_activation_link_activates_without_a_password(server: Client, provider: ScriptedProvider) -> None:
    page, person = Page(server), Person("pat", {"email": "other@elsewhere.example"})
    token = await mailed_token(server, TokenPurpose.ACTIVATION, PAT)
    payload = await page.link(await page.code(provider, person, PAT), token=token)
    assert payload["errors"] == []
    assert payload["user"] == {"email": PAT, "status": "ACTIVE", "identity": {"issuer": provider.issuer}}
    assert (await stored(server, "SELECT password_hash FROM users WHERE email = :email", email=PAT)) == [(None,)]
    again = Page(server)
    assert (await again.sign_in(await again.code(provider, person, PAT)))["viewer"]["user"]["email"] == PAT


async def test_an_identity_is_linked_to_one_user(server: Client, provider: ScriptedProvider) -> None:
    await linked(server, provider, ADA, subject="one")
    page = Page(server)
    payload = await page.link(await page.code(provider, Person("one")), BEN)
    assert [error["code"] for error in payload["errors"]] == ["IDENTITY_TAKEN"]


async def template(server: Client, *permissions: str, who: str = ADA) -> str:
    input_ = {
        "name": "Viewers",
        "audience": "ORGANIZATION",
        "permissions": list(permissions),
        "allContractAccounts": True,
    }
    payload = await change(server, who, CREATE_TEMPLATE, **input_)
    assert payload["errors"] == []
    return str(payload["accessTemplate"]["id"])


async def test_nobody_becomes_a_user_unless_the_organization_wants_it(
    server: Client, provider: ScriptedProvider
) -> None:
    page = Page(server)
    person = Person("new", {"email": "new@acme.example", "email_verified": True, "name": "Nora New"})
    payload = await page.sign_in(await page.code(provider, person))
    assert [error["code"] for error in payload["errors"]] == ["IDENTITY_NOT_LINKED"]
    assert await stored(server, "SELECT 1 FROM users WHERE email = 'new@acme.example'") == []


async def test_a_person_becomes_a_user_with_the_template_and_nothing_more(
    server: Client, provider: ScriptedProvider
) -> None:
    assert (await configure(server, newUserTemplate=await template(server, "SUPPORT_VIEW")))["errors"] == []
    page = Page(server)
    claims = {"email": "new@acme.example", "email_verified": True, "given_name": "Nora", "family_name": "New"}
    claims |= {"groups": ["admins"], "permissions": ["USER_MANAGEMENT"]}
    payload = await page.sign_in(await page.code(provider, Person("new", claims)))
    assert payload["errors"] == []
    query = "{ viewer { user { displayName status permissions allContractAccounts allDeliveryAccounts } } }"
    assert (await server.data(query, payload["token"]))["viewer"]["user"] == {
        "displayName": "Nora New",
        "status": "ACTIVE",
        "permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
        "allContractAccounts": True,
        "allDeliveryAccounts": False,
    }
    mails = await stored(server, "SELECT status FROM outbox_mails WHERE recipient = 'new@acme.example'")
    assert mails == [("FAILED",)]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "new@acme.example"},
        {"email": "new@acme.example", "email_verified": False},
        {"email": "new@elsewhere.example", "email_verified": True},
        {"email": "max@globex.example", "email_verified": True},
        {"email": "sue@acme.example", "email_verified": True},
        {"email_verified": True},
        {"email": "new@acme.example", "email_verified": True, "given_name": None, "family_name": None},
    ],
)
async def test_who_does_not_become_a_user(
    server: Client, provider: ScriptedProvider, claims: dict[str, object]
) -> None:
    assert (await configure(server, newUserTemplate=await template(server)))["errors"] == []
    page = Page(server)
    names = {"given_name": "Nora", "family_name": "New"}
    users = "SELECT id, activated_at FROM users ORDER BY id"
    before = await stored(server, users)
    payload = await page.sign_in(await page.code(provider, Person("new", names | claims)))
    assert [error["code"] for error in payload["errors"]] == ["IDENTITY_NOT_LINKED"]
    assert await stored(server, users) == before


async def test_an_admin_who_may_give_it_no_longer_creates_nobody(server: Client, provider: ScriptedProvider) -> None:
    assert (await configure(server, newUserTemplate=await template(server, "BILLING_VIEW")))["errors"] == []
    async with server.backend.engine.begin() as connection:
        sql = "DELETE FROM user_permissions WHERE user_id = :ada AND permission = 'BILLING_VIEW'"
        await connection.execute(text(sql), {"ada": named_key(ADA)})
    page = Page(server)
    claims = {"email": "new@acme.example", "email_verified": True, "name": "Nora New"}
    payload = await page.sign_in(await page.code(provider, Person("new", claims)))
    assert [error["code"] for error in payload["errors"]] == ["IDENTITY_NOT_LINKED"]
    assert await stored(server, "SELECT 1 FROM users WHERE email = 'new@acme.example'") == []


async def test_the_flow_of_an_organization_begins_without_an_email(
    server: Client, provider: ScriptedProvider, names: Names
) -> None:
    person = await linked(server, provider)
    page = Page(server)
    url = await page.start("", organization=ORGANIZATION)
    code = (await page.come_back(provider.authorize(url, person)))["code"]
    assert (await page.sign_in(code))["errors"] == []


async def test_no_log_has_a_secret_or_a_code(
    server: Client, provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page, person = Page(server), await linked(server, provider)
    url = provider.authorize(await page.start(), person)
    code = (await page.come_back(url))["code"]
    token = (await page.sign_in(code))["token"]
    provider.claim_changes = {"aud": "another client"}
    assert await page.come_back(provider.authorize(await page.start(), person)) == {"error": "provider_failed"}
    [state] = parse_qs(urlsplit(url).query)["state"]
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("portico"))
    assert "failed: token" in ours
    assert not [secret for secret in (SECRET, code, token, state, page.verifier) if secret in ours]
