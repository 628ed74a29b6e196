"""Whole sign-ins at two providers that others have written, over real connections."""

import os
import warnings
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.openid.authlib_provider import CLIENT, SECRET, authlib_provider, serving_wsgi
from tests.support.openid.portal import ADA, ORGANIZATION, Names, Page, add_domain, configure
from tests.support.server import BASE_URL, Client

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock

REDIRECT = f"{BASE_URL}/sso/callback/{ORGANIZATION}"


async def linked_and_signed_in(server: Client, page_at: object) -> None:
    """Link the person at the provider with Ada, and sign in as her."""
    page = Page(server)
    code = await page_at(page)  # type: ignore[operator]
    assert (await page.link(code, ADA))["errors"] == []
    page = Page(server)
    payload = await page.sign_in(await page_at(page))  # type: ignore[operator]
    assert payload["errors"] == []
    assert payload["viewer"]["user"]["email"] == ADA


async def test_a_provider_on_authlib(server: Client, names: Names) -> None:
    with authlib_provider(REDIRECT) as provider:
        given = {"issuer": provider.issuer, "clientId": CLIENT, "clientSecret": SECRET}
        assert (await configure(server, **given))["errors"] == []
        await add_domain(server, names, "acme.example")

        async def at(page: Page) -> str:
            async with httpx.AsyncClient() as browser:
                response = await browser.get(await page.start())
            assert response.status_code == 302, response.text
            return (await page.come_back(response.headers["location"]))["code"]

        await linked_and_signed_in(server, at)

        page = Page(server)
        async with httpx.AsyncClient() as browser:
            response = await browser.get((await page.start()).replace("callback", "elsewhere"))
        assert response.status_code == 400
        assert (await configure(server, clientSecret="wrong"))["errors"] == []
        async with httpx.AsyncClient() as browser:
            response = await browser.get(await page.start())
        assert await page.come_back(response.headers["location"]) == {"error": "provider_failed"}


@pytest.mark.filterwarnings("ignore")
async def test_the_oidc_provider_mock(server: Client, names: Names) -> None:
    # It has no TLS of its own, and its issuer is the name that it is asked by.
    user = oidc_provider_mock.User(sub="mocked-ada", claims={"email": ADA, "email_verified": True, "name": "Ada A"})
    with serving_wsgi(oidc_provider_mock.app(user_claims=[user])) as issuer:
        given = {"issuer": issuer, "clientId": "any", "clientSecret": os.urandom(8).hex()}
        payload = await configure(server, **given)
        assert payload["errors"] == []
        await add_domain(server, names, "acme.example")

        async def at(page: Page) -> str:
            async with httpx.AsyncClient() as browser:
                response = await browser.post(await page.start(), data={"sub": "mocked-ada"})
            assert response.status_code == 302, response.text
            location = response.headers["location"]
            assert "code" in parse_qs(urlsplit(location).query)
            return (await page.come_back(location))["code"]

        await linked_and_signed_in(server, at)
