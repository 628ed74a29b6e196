"""The screens in both languages, light and dark, by axe and on a narrow display; and a user added by keyboard alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.support.console.accessibility import violations
from tests.support.console.steps import accounts, choose, fill_in_person, preview, sign_in
from tests.support.console.watched_page import WIDE, OpenVisitor
from tests.support.console.words import word

NARROW: ViewportSize = {"width": 360, "height": 740}
LOCALES = {"en": "en-GB", "de": "de-DE"}


def look(page: Page, name: str, picture: Callable[[str], Path], *, narrow: bool = True) -> list[str]:
    """Keeps pictures of a state of a page, and returns what is wrong with it. Without `narrow`, the size of the display
    stays: an open menu does not follow it."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{name}, {scheme}: {text}" for text in violations(page)]
        page.screenshot(path=picture(f"{name}-{scheme}"))
    page.emulate_media(color_scheme="light")
    if not narrow:
        return found
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW["width"]:
        found.append(f"{name}: {width} pixels wide on a display of {NARROW['width']}")
    page.screenshot(path=picture(f"{name}-narrow"))
    page.set_viewport_size(WIDE)
    return found


@pytest.mark.parametrize("language", LOCALES)
def test_screens_of_somebody_who_is_signed_out(
    visit: OpenVisitor, language: str, picture: Callable[[str], Path]
) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/sign-in")
    expect(page.get_by_role("button", name=word(language, "Sign in"), exact=True)).to_be_visible()
    found = look(page, "sign-in", picture)
    page.get_by_role("link", name=word(language, "Forgot password?")).click()
    expect(page.get_by_role("heading", name=word(language, "Forgot password?"))).to_be_visible()
    found += look(page, "forgot-password", picture)
    assert found == []


@pytest.mark.parametrize("language", LOCALES)
def test_the_list_of_users(visit: OpenVisitor, language: str, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/users/organization")
    page.get_by_role("button", name="ada@acme.example").click()
    expect(page.get_by_role("table").get_by_role("rowheader").first).to_be_visible()
    found = look(page, "list", picture)
    page.get_by_role("searchbox").fill("nobody at all")
    expect(page.get_by_role("heading", name=word(language, "No users found"))).to_be_visible()
    found += look(page, "empty", picture)
    assert found == []


def test_an_address_without_a_page(page: Page, picture: Callable[[str], Path]) -> None:
    page.goto("/console/no-such-page")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    assert look(page, "not-found", picture) == []


def test_menus_and_dialogs(page: Page, picture: Callable[[str], Path]) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=sue")
    options = page.get_by_role("button", name="Options for Sue")
    options.click()
    expect(page.get_by_role("menuitem", name="Remove")).to_be_visible()
    found = look(page, "menu", picture, narrow=False)
    page.get_by_role("menuitem", name="Remove").click()
    expect(page.get_by_role("alertdialog").get_by_role("heading", name="3 services")).to_be_visible()
    found += look(page, "remove", picture)
    page.get_by_role("button", name="Cancel").click()
    options.click()
    page.get_by_role("menuitem", name="Preview access").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="3 services")).to_be_visible()
    found += look(page, "preview", picture)
    assert found == []


@pytest.mark.parametrize("language", LOCALES)
def test_what_one_sees_and_ones_own_account(visit: OpenVisitor, language: str, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/accounts")
    page.get_by_role("button", name="ada@acme.example").click()
    expect(page.get_by_role("heading", name="ACME East")).to_be_visible()
    found = look(page, "accounts", picture)
    page.goto("/console/services")
    expect(page.get_by_role("rowheader").filter(has_text="SVC-000001")).to_be_visible()
    found += look(page, "services", picture)
    page.goto("/console/account")
    expect(page.get_by_role("heading", name=word(language, "My sessions"))).to_be_visible()
    found += look(page, "account", picture)
    page.goto("/console/settings")
    expect(page.get_by_role("heading", name=word(language, "Inactive users"))).to_be_visible()
    found += look(page, "settings", picture)
    page.goto("/console/provisioning")
    expect(page.get_by_role("heading", name=word(language, "SCIM provisioning"))).to_be_visible()
    expect(page.get_by_role("heading", name=word(language, "Single sign-on"))).to_be_visible()
    found += look(page, "provisioning", picture)
    page.goto("/console/users/invite")
    expect(page.get_by_role("checkbox", name="ACME South").first).to_be_visible()
    found += look(page, "invite", picture)
    assert found == []


def test_one_user(page: Page, picture: Callable[[str], Path]) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=sue")
    choose(page, "Sue Schäfer", "Open")
    expect(page.get_by_role("article").get_by_role("listitem").filter(has_text="ACME South")).to_be_visible()
    found = look(page, "card", picture)
    page.get_by_role("tab", name="Activity").click()
    expect(page.get_by_role("tabpanel", name="Activity").get_by_text("Nothing that you can see.")).to_be_visible()
    found += look(page, "no-activity", picture)
    page.get_by_role("button", name="Options for Sue").click()
    page.get_by_role("menuitem", name="Edit").click()
    expect(preview(page).get_by_role("heading", name="3 services")).to_be_visible()
    found += look(page, "edit", picture)
    assert found == []


def test_adding_a_user(page: Page, picture: Callable[[str], Path]) -> None:
    sign_in(page, "ada@acme.example", "/users/organization/new")
    fill_in_person(page, "nora@acme.example", "Nora", "Nilsson")
    expect(page.get_by_role("status").filter(has_text="This address is free.")).to_be_visible()
    found = look(page, "person", picture)
    page.get_by_role("button", name="Next").click()
    accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME South").check()
    expect(preview(page).get_by_role("heading", name="3 services")).to_be_visible()
    found += look(page, "access", picture)
    assert found == []


def tab_to(page: Page, target: Locator) -> None:
    """Presses Tab until `target` has the focus."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not reach {target}")


def test_a_user_is_added_by_keyboard_alone(page: Page) -> None:
    page.goto("/console/users/organization")
    tab_to(page, page.get_by_role("button", name="ada@acme.example"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Add new user"))
    page.keyboard.press("Enter")
    for name, typed in (("Email address", "nora@acme.example"), ("First name", "Nora"), ("Last name", "Nilsson")):
        tab_to(page, page.get_by_role("textbox", name=name))
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("checkbox", name="Support: view"))
    page.keyboard.press("Space")
    tab_to(page, accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME South"))
    page.keyboard.press("Space")
    expect(preview(page).get_by_role("heading", name="3 services")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Save"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nora Nilsson has been added")).to_be_visible()


def test_the_dialog_that_changes_many_users(visit: OpenVisitor, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES["en"]).new_page()
    sign_in(page, "ada@acme.example", "/users/organization")
    # Of a list that isn't there yet, all are none.
    expect(page.get_by_role("checkbox", name="Select Ada Almeida")).to_be_visible()
    page.get_by_role("checkbox", name="Select all users on this page").check()
    found = look(page, "selected", picture)
    page.get_by_role("group", name="Selected users").get_by_role("button").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Support: view").check()
    found += look(page, "change-many", picture)
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.get_by_role("heading", name="Result of the check")).to_be_visible()
    found += look(page, "change-many-checked", picture)
    assert found == []
