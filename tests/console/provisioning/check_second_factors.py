"""Second factors in the browser: setting one up, signing in with it, requiring it, and proving again who one is."""

import re
import time

import pyotp
from playwright.sync_api import Locator, Page, expect

from app.demo.example_users import PASSWORD
from tests.support.console.accessibility import violations
from tests.support.console.passkeys import give_password, sql
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor

ADA, SAM = "ada@acme.example", "sam@acme.example"


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)


def set_up(page: Page) -> tuple[str, list[str]]:
    """Set up an app on the page of one's account. Returns its key, and the recovery codes."""
    page.get_by_role("button", name="Set up an authenticator app").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Set up").click()
    return confirm(page.get_by_role("dialog"))


def confirm(within: Locator) -> tuple[str, list[str]]:
    expect(within.get_by_role("img", name="QR code of the key")).to_be_visible()
    secret = (within.get_by_role("region", name="Key").text_content() or "").strip()
    field = within.get_by_label("Code that the app shows")
    field.fill("000000" if code(secret) != "000000" else "000001")
    within.get_by_role("button", name="Confirm").click()
    expect(within.get_by_role("alert")).to_have_text(re.compile("doesn't match"))
    field.fill(code(secret))
    within.get_by_role("button", name="Confirm").click()
    codes = within.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    return secret, codes.all_text_contents()


def give_code(page: Page, given: str) -> None:
    page.get_by_label("Code", exact=True).fill(given)
    page.get_by_role("button", name="Continue").click()


def test_a_user_sets_up_an_app_and_signs_in_with_it_and_with_a_recovery_code(visit: OpenVisitor) -> None:
    page = visit().new_page()
    sign_in(page, SAM, "/account")
    secret, codes = set_up(page)
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.path().read_text().split() == codes
    page.get_by_role("button", name="I have saved them").click()
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()

    other = visit().new_page()
    other.goto("/console/sign-in")
    give_password(other, SAM)
    expect(other.get_by_text("Enter the code that your authenticator app shows")).to_be_visible()
    assert violations(other) == []
    give_code(other, "abcde")
    expect(other.get_by_role("alert")).to_have_text(re.compile("not valid"))
    give_code(other, codes[0])
    expect(other.get_by_role("heading", name="My organization")).to_be_visible()

    third = visit().new_page()
    third.goto("/console/sign-in?next=/account")
    give_password(third, SAM)
    give_code(third, code(secret, 1))
    expect(third.get_by_text("9 recovery codes are left.")).to_be_visible()
    third.get_by_role("button", name="Remove the app").click()
    third.get_by_role("alertdialog").get_by_role("button", name="Remove the app").click()
    expect(third.get_by_role("button", name="Set up an authenticator app")).to_be_visible()


def test_an_old_session_asks_who_one_is_and_then_does_what_was_asked(page: Page, server: ConsoleServer) -> None:
    sign_in(page, ADA, "/api-clients")
    sql(server, "UPDATE sessions SET proved_at = now() - interval '1 hour'")
    page.get_by_role("button", name="New API client").click()
    new = page.get_by_role("alertdialog", name="New API client")
    new.get_by_role("textbox", name="Name").fill("Export")
    new.get_by_role("checkbox", name="users.write").check()
    new.get_by_role("button", name="Create").click()
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Confirm").click()
    expect(dialog.get_by_role("alert")).to_have_text(re.compile("not your password"))
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("You see this secret only now.")).to_be_visible()


def test_whoever_gives_no_proof_changes_nothing(page: Page, server: ConsoleServer) -> None:
    sign_in(page, SAM, "/account")
    expect(page.get_by_role("button", name="Set up an authenticator app")).to_be_visible()
    sql(server, "UPDATE sessions SET proved_at = now() - interval '1 hour'")
    page.get_by_role("button", name="Set up an authenticator app").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Set up").click()
    page.get_by_role("dialog", name="Confirm that it is you").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alertdialog").get_by_role("alert")).to_have_text(re.compile("Confirm that it is you"))


def test_an_organization_requires_a_second_factor_and_an_admin_resets_one(visit: OpenVisitor) -> None:
    ada = visit().new_page()
    sign_in(ada, ADA, "/users/organization")
    ada.get_by_role("link", name="Sign-in and provisioning").click()
    ada.get_by_role("button", name="Require a second factor").click()
    ada.get_by_role("alertdialog").get_by_role("button", name="Require it").click()
    expect(ada.get_by_role("alertdialog").get_by_role("alert")).to_have_text(re.compile("for yourself first"))
    ada.get_by_role("button", name="Cancel").click()
    ada.goto("/console/account")
    set_up(ada)
    ada.get_by_role("button", name="I have saved them").click()
    ada.goto("/console/provisioning")
    ada.get_by_role("button", name="Require a second factor").click()
    ada.get_by_role("alertdialog").get_by_role("button", name="Require it").click()
    expect(ada.get_by_role("button", name="No longer require a second factor")).to_be_visible()
    assert violations(ada) == []

    sam = visit().new_page()
    sam.goto("/console/sign-in?next=/account")
    give_password(sam, SAM)
    expect(sam.get_by_text("You need a second factor here")).to_be_visible()
    sam.get_by_role("button", name="Set up an authenticator app").click()
    confirm(sam.get_by_role("main"))
    sam.get_by_role("button", name="I have saved them").click()
    expect(sam.get_by_text("You need one to sign in.")).to_be_visible()
    expect(sam.get_by_role("button", name="Remove the app")).to_have_count(0)

    ada.goto("/console/users/organization")
    ada.get_by_role("searchbox", name="Search users").fill("sam@")
    ada.get_by_role("link", name="Sam").first.click()
    expect(ada.get_by_text("Set up", exact=True)).to_be_visible()
    ada.get_by_role("button", name=re.compile("Options for")).click()
    ada.get_by_role("menuitem", name="Reset second factors").click()
    ada.get_by_role("alertdialog").get_by_role("button", name="Reset second factors").click()
    expect(ada.get_by_role("alertdialog")).to_have_count(0)
    expect(ada.get_by_text("Not set up", exact=True)).to_be_visible()


def test_others_have_no_page_of_the_requirement(page: Page) -> None:
    sign_in(page, SAM, "/provisioning")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_role("link", name="Sign-in and provisioning")).to_have_count(0)
