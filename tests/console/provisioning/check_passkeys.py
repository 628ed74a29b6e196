"""Passkeys in the browser: as the second factor, alone, suggested, where one is required, and to activate with."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.accessibility import violations
from tests.support.console.mailbox import mailed_link
from tests.support.console.passkeys import (
    REQUESTS,
    SAM,
    add_passkey,
    asked,
    at_localhost,
    give_password,
    sql,
    with_device,
)
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import accounts, choose, sign_in
from tests.support.console.watched_page import OpenVisitor

ADA = "ada@acme.example"


def test_a_passkey_is_the_second_factor_and_proves_who_one_is(page: Page, server: ConsoleServer) -> None:
    with_device(page)
    add_passkey(page, server, "Laptop")
    page.get_by_role("button", name="Sign out").click()
    give_password(page, SAM)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="My organization")).to_be_visible()

    page.goto(at_localhost(server, "/account"))
    page.get_by_role("button", name="Rename Laptop").click()
    page.get_by_role("alertdialog").get_by_role("textbox", name="Name").fill("Old laptop")
    page.get_by_role("alertdialog").get_by_role("button", name="Save").click()
    sql(server, "UPDATE sessions SET proved_at = now() - interval '1 hour'")
    page.get_by_role("button", name="Remove Old laptop").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    page.get_by_role("dialog", name="Confirm that it is you").get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Remove Old laptop")).to_have_count(0)


def test_a_passkey_signs_in_alone(visit: OpenVisitor, server: ConsoleServer) -> None:
    visitor = visit()
    visitor.expect_error("401")
    page = visitor.new_page()
    device = with_device(page)
    add_passkey(page, server, "Laptop")
    sql(server, "DELETE FROM sessions")
    page.get_by_role("button", name="Rename Laptop").click()
    page.get_by_role("alertdialog").get_by_role("textbox", name="Name").fill("Phone")
    page.get_by_role("alertdialog").get_by_role("button", name="Save").click()
    ended = page.get_by_role("dialog", name="Your session has ended")
    ended.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("list", name="Passkeys").get_by_role("heading", name="Phone")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="My organization")).to_be_visible()
    page.goto(at_localhost(server, "/account"))
    expect(page.get_by_role("list", name="Passkeys").get_by_role("heading", name="Phone")).to_be_visible()
    assert violations(page) == []
    device.session.detach()
    page.get_by_role("button", name="Sign out").click()
    give_password(page, SAM)
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    assert violations(page) == []


def test_a_passkey_is_suggested_in_the_field_for_the_email(page: Page, server: ConsoleServer) -> None:
    with_device(page, REQUESTS)
    add_passkey(page, server, "Laptop")
    page.get_by_role("button", name="Sign out").click()
    # Chosen at once.
    expect(page.get_by_role("heading", name="My organization")).to_be_visible()
    assert [request["mediation"] for request in page.evaluate("asked")][-1] == "conditional"


def test_the_button_ends_the_suggestions(page: Page, server: ConsoleServer) -> None:
    device = with_device(page, REQUESTS)
    add_passkey(page, server, "Laptop")
    device.set_present(is_present=False)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Email")).to_have_attribute("autocomplete", "username webauthn")
    asked(page, 2)
    # From the next request on.
    device.set_present(is_present=True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    assert asked(page, 3)[1] == {"mediation": "conditional", "end": "AbortError"}
    expect(page.get_by_role("heading", name="My organization")).to_be_visible()


def test_an_invited_user_activates_with_a_passkey(visit: OpenVisitor, server: ConsoleServer) -> None:
    ada, email = visit().new_page(), "ivy@acme.example"
    sign_in(ada, ADA, "/users/organization")
    ada.get_by_role("button", name="Invite many").click()
    ada.get_by_role("textbox", name="Email addresses").fill(email)
    accounts(ada, "Contract accounts").get_by_role("checkbox", name="ACME South").check()
    ada.get_by_role("button", name="Send invitations").click()
    link = mailed_link(server.data_dir, email)

    page = visit().new_page()
    device = with_device(page)
    # Passkeys are for names, not for addresses.
    page.goto(link)
    expect(page.get_by_label("New password")).to_be_visible()
    expect(page.get_by_role("button", name="Create a passkey")).to_have_count(0)
    page.goto(link.replace("127.0.0.1", "localhost"))
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_label("First name")).to_be_focused()
    page.get_by_label("First name").fill("Ivy")
    page.get_by_label("Last name").fill("Ito")
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("heading", name="Your passkey is ready")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(10)
    page.get_by_role("link", name="Sign in").click()
    page.goto(at_localhost(server, "/sign-in?next=/account"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("list", name="Passkeys").get_by_role("heading", name="Passkey")).to_be_visible()
    device.session.detach()


def test_whoever_makes_no_passkey_is_told(page: Page, server: ConsoleServer) -> None:
    sign_in(page, ADA, "/users/organization")
    choose(page, "Pat Petit", "Resend activation email")
    page.get_by_role("alertdialog").get_by_role("button", name="Send").click()
    link = mailed_link(server.data_dir, "pat@acme.example").replace("127.0.0.1", "localhost")
    link = link.replace("language=de", "language=en")
    # Without an authenticator, there is nothing that could make one.
    refused = "navigator.credentials.create = async () => { throw new DOMException('', 'NotAllowedError'); }"
    page.add_init_script(refused)
    page.goto(link)
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("No passkey was made"))
    expect(page.get_by_role("button", name="Create a passkey")).to_be_enabled()
    assert violations(page) == []


def test_a_passkey_is_added_where_a_second_factor_is_required(page: Page, server: ConsoleServer) -> None:
    sql(server, "UPDATE organizations SET requires_second_factor = true")
    with_device(page)
    page.goto(at_localhost(server, "/sign-in?next=/account"))
    give_password(page, SAM)
    expect(page.get_by_text("You need a second factor here")).to_be_visible()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="I have saved them").click()
    expect(page.get_by_role("list", name="Passkeys").get_by_role("heading", name="Passkey")).to_be_visible()
    assert violations(page) == []
