"""Single sign-on in the console: an admin sets it up, links their identity, and signs in at the provider."""

import re
import shutil
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Page, expect

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import sign_in
from tests.support.databases import fresh_database
from tests.support.embedded_server import public_folder
from tests.support.openid.authlib_provider import CLIENT, SECRET, AuthlibProvider, authlib_provider
from tests.support.openid.portal import Names, use_names

ADA = "ada@acme.example"


@pytest.fixture
def server(server_url: str, demo_database: str) -> Iterator[ConsoleServer]:
    """A server that may use a provider on this machine."""
    folder = public_folder()
    try:
        with fresh_database(server_url, demo_database) as url:
            serving = ConsoleServer(url, folder, egress_loopback=True)
            try:
                serving.start()
                yield serving
            finally:
                serving.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def names(server: ConsoleServer) -> Names:
    return use_names(cast("Any", SimpleNamespace(application=server._application)))


@pytest.fixture
def provider(server: ConsoleServer) -> Iterator[AuthlibProvider]:
    with authlib_provider(f"{server.address}/sso/callback/org_{named_key(ACME)}") as opened:
        opened.claims = {"email": ADA}
        yield opened


def set_up(page: Page, provider: AuthlibProvider, names: Names) -> None:
    """As Ada, set the provider, and verify the domain."""
    sign_in(page, ADA, "/provisioning")
    page.get_by_label("Issuer").fill(provider.issuer)
    page.get_by_label("Client ID").fill(CLIENT)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_role("button", name="Test and save").click()
    expect(page.get_by_text("The provider answers as it should.")).to_be_visible()
    page.get_by_label("New domain").fill("acme.example")
    page.get_by_role("button", name="Add domain").click()
    record = page.get_by_role("region", name="Text of the TXT record")
    page.get_by_role("button", name="Verify acme.example").click()
    expect(page.get_by_text("was found yet")).to_be_visible()
    assert names.texts is not None
    names.texts["_portico.acme.example"] = [record.inner_text()]
    page.get_by_role("button", name="Verify acme.example").click()
    expect(page.get_by_text("Verified", exact=True)).to_be_visible()


def test_an_admin_sets_it_up_and_signs_in_at_the_provider(page: Page, provider: AuthlibProvider, names: Names) -> None:
    set_up(page, provider, names)
    page.goto(page.url.replace("/provisioning", "/account"))
    page.get_by_role("button", name="Link my identity").click()
    expect(page).to_have_url(re.compile(r"/console/account$"))
    expect(page.get_by_text(f"You can sign in at {provider.issuer}.")).to_be_visible()
    page.goto(page.url.replace("/account", "/provisioning"))
    page.get_by_label("Require single sign-on").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Name an admin who can sign in by password")).to_be_visible()
    page.context.clear_cookies()
    page.goto(page.url.replace("/provisioning", "/sign-in"))
    page.get_by_label("Email").fill(ADA)
    page.get_by_role("button", name="Sign in with single sign-on").click()
    expect(page.get_by_role("heading", name="My organization")).to_be_visible()
    assert "code" not in page.url


def test_a_mistake_is_said_at_its_field(page: Page, names: Names) -> None:
    sign_in(page, ADA, "/provisioning")
    page.get_by_label("Issuer").fill("http://provider.example")
    page.get_by_label("Client ID").fill("portico")
    page.get_by_label("Client secret").fill("secret")
    page.get_by_role("button", name="Test and save").click()
    expect(page.get_by_label("Issuer")).to_have_attribute("aria-invalid", "true")


def test_others_have_no_such_page(page: Page, names: Names) -> None:
    sign_in(page, "sam@acme.example", "/provisioning")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_role("link", name="Sign-in and provisioning")).to_have_count(0)
