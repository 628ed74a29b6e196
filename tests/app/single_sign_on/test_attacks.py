"""The attacks of RFC 9700 on a relying party: on the browser, on codes, and by one provider on another."""

import asyncio
import secrets
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.demo.fixed_ids import named_key
from tests.support.openid.portal import (
    ADA,
    ORGANIZATION,
    PAGE,
    Names,
    Page,
    add_domain,
    change,
    configure,
    failed,
    linked,
    refusals,
)
from tests.support.openid.scripted_provider import (
    CLIENT,
    SECRET,
    Person,
    ScriptedProvider,
    scripted_provider,
)
from tests.support.server import BASE_URL, Client

MAX = "max@globex.example"


async def stopped(page: Page, url: str) -> None:
    """Expect that the browser isn't sent to any page."""
    response = await page.get(url)
    assert response.status_code == 400
    assert "location" not in response.headers


async def test_login_csrf(server: Client, provider: ScriptedProvider) -> None:
    """An attacker has a victim's browser finish the attacker's flow: it has no cookie of it."""
    attacker, victim = Page(server), Page(server)
    url = provider.authorize(await attacker.start(), await linked(server, provider))
    await stopped(victim, url)
    await victim.start()
    await stopped(victim, url)


async def test_a_code_is_of_no_use_without_the_verifier(server: Client, provider: ScriptedProvider) -> None:
    """Who reads the address of the page, or plants its own there, has not begun the flow."""
    page = Page(server)
    code = await page.code(provider, await linked(server, provider))
    for verifier in (secrets.token_urlsafe(32), "", "short", str(create_s256_code_challenge(page.verifier))):
        assert await refusals(Page(server), code, verifier=verifier or "-") == ["TOKEN_INVALID"]
    assert await refusals(page, code) == []


async def test_a_code_counts_once(server: Client, provider: ScriptedProvider) -> None:
    page = Page(server)
    code = await page.code(provider, await linked(server, provider))
    results = await asyncio.gather(*(refusals(page, code) for _ in range(4)))
    assert sorted(results) == [[], *[["TOKEN_INVALID"]] * 3]


@pytest.mark.parametrize(
    "change_", [lambda code: code[:-4] + "AAAA", lambda code: code[4:], lambda _: "", lambda _: "é"]
)
async def test_a_code_that_was_changed(
    server: Client, provider: ScriptedProvider, change_: Callable[[str], str]
) -> None:
    page = Page(server)
    code = await page.code(provider, await linked(server, provider))
    assert await refusals(page, change_(code)) == ["TOKEN_INVALID"]


async def test_a_response_counts_once(server: Client, provider: ScriptedProvider) -> None:
    page = Page(server)
    url = provider.authorize(await page.start(), await linked(server, provider))
    assert "code" in await page.come_back(url)
    await stopped(page, url)


async def test_code_injection(server: Client, provider: ScriptedProvider) -> None:
    """A code that was given out for another flow, with the state of this one: PKCE, and the nonce, tell."""
    victim, attacker = Page(server), Page(server)
    stolen = parse_qs(urlsplit(provider.authorize(await victim.start(), await linked(server, provider))).query)["code"]
    for checks_pkce in (True, False):
        provider.checks_pkce = checks_pkce
        own = provider.authorize(await attacker.start(), Person("attacker"))
        parts = parse_qs(urlsplit(own).query)
        injected = {"code": stolen[0], "state": parts["state"][0], "iss": provider.issuer}
        await failed(attacker, f"{own.partition('?')[0]}?{urlencode(injected)}")


async def test_mix_up(server: Client, provider: ScriptedProvider, names: Names) -> None:
    """The provider of another organization sends a browser back with a response of ACME's, or at ACME's address."""
    async with scripted_provider() as other:
        await with_provider(server, other, names)
        person = await linked(server, provider)
        for page, email, mine, theirs in (
            (Page(server), ADA, provider, other),
            (Page(server), MAX, other, provider),
        ):
            url = mine.authorize(await page.start(email), person)
            parts = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
            await failed(page, f"{url.partition('?')[0]}?{urlencode(parts | {'iss': theirs.issuer})}")
            url = mine.authorize(await page.start(email), person)
            await failed(page, url.replace(urlencode({"iss": mine.issuer}), ""))
        page = Page(server)
        url, at_other = provider.authorize(await page.start(), person), await Page(server).start(MAX)
        redirect = parse_qs(urlsplit(at_other).query)["redirect_uri"][0]
        await stopped(page, f"{redirect}?{urlsplit(url).query}")


async def with_provider(server: Client, other: ScriptedProvider, names: Names) -> None:
    """Let Globex use the other provider."""
    globex = f"org_{named_key('Globex')}"
    given = {"issuer": other.issuer, "clientId": CLIENT, "clientSecret": SECRET, "organization": globex}
    assert (await configure(server, MAX, **given))["errors"] == []
    await add_domain(server, names, "globex.example", MAX, globex)


async def test_another_organization_with_the_same_provider_is_another_world(
    server: Client, provider: ScriptedProvider, names: Names
) -> None:
    """A person whom ACME knows at a provider is nobody to Globex, which uses the same one."""
    await with_provider(server, provider, names)
    person = await linked(server, provider)
    page = Page(server)
    code = (await page.come_back(provider.authorize(await page.start(MAX), person)))["code"]
    assert await refusals(page, code) == ["IDENTITY_NOT_LINKED"]


async def test_a_code_of_another_organization_links_nothing(
    server: Client, provider: ScriptedProvider, names: Names
) -> None:
    await with_provider(server, provider, names)
    page = Page(server)
    code = await page.code(provider, Person("max"), MAX)
    assert [error["code"] for error in (await page.link(code, ADA))["errors"]] == ["TOKEN_INVALID"]


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/console/signed-in",
        f"{PAGE}.evil.example",
        f"{PAGE}/../../graphiql",
        f"{PAGE}?x=1",
        f"{PAGE}#x",
        "//evil.example",
        "javascript:alert(1)",
        BASE_URL,
        "",
    ],
)
async def test_open_redirect(server: Client, provider: ScriptedProvider, page: str) -> None:
    challenge = str(create_s256_code_challenge("x" * 43))
    for email in (ADA, "nobody@unknown.example"):
        given = {"email": email, "code_challenge": challenge, "return_to": page}
        response = await Page(server).get("/sso/start", **given)
        assert response.status_code == 400
        assert "location" not in response.headers


async def test_a_person_who_is_not_let_in(server: Client, provider: ScriptedProvider) -> None:
    page = Page(server)
    url = provider.authorize(await page.start(), Person("ada"))
    parts = parse_qs(urlsplit(url).query)
    refusal = {"error": "access_denied", "state": parts["state"][0], "iss": provider.issuer}
    assert await page.come_back(f"{url.partition('?')[0]}?{urlencode(refusal)}") == {"error": "refused"}


async def test_a_parameter_that_comes_twice(server: Client, provider: ScriptedProvider) -> None:
    page = Page(server)
    url = provider.authorize(await page.start(), Person("ada"))
    await stopped(page, f"{url}&code=other")


async def test_two_cookies_of_flows_are_none(server: Client, provider: ScriptedProvider) -> None:
    """One of them may have been planted by another host of the same domain."""
    page = Page(server)
    url = provider.authorize(await page.start(), Person("ada"))
    [(name, value)] = page.http.cookies.items()
    response = await server.http.get(url, headers={"Cookie": f"{name}={value}; {name}={value}"})
    assert response.status_code == 400


async def test_the_cookie_is_for_this_server_alone(server: Client, provider: ScriptedProvider) -> None:
    challenge = str(create_s256_code_challenge("x" * 43))
    response = await Page(server).get("/sso/start", email=ADA, code_challenge=challenge)
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-portico-sso=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=900"} <= set(cookie.split("; "))
    assert response.headers["cache-control"] == "no-store"


async def test_a_provider_that_was_replaced_meanwhile(server: Client, provider: ScriptedProvider, names: Names) -> None:
    """What a former provider says counts no more, whether the browser is on its way back or has its code."""
    person = await linked(server, provider)
    early, late = Page(server), Page(server)
    code = await early.code(provider, person)
    url = provider.authorize(await late.start(), person)
    remove = "mutation ($i: RemoveSingleSignOnInput!) { removeSingleSignOn(input: $i) { errors { code } } }"
    assert (await change(server, ADA, remove, organization=ORGANIZATION))["errors"] == []
    assert await refusals(early, code) == ["TOKEN_INVALID"]
    assert await late.come_back(url) == {"error": "no_provider"}
