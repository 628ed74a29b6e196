"""Many users at once: selected in the list, changed by one dialog that checks first."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.many import add_users
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import listed, sign_in, users


def select(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=re.compile(f"^Select {name}")).check()


def test_selected_users_are_changed_after_a_check(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    expect(users(page).first).to_be_visible()
    select(page, "Sue", "Ben")
    page.get_by_role("button", name="Change 2 users").click()
    dialog = page.get_by_role("dialog", name="Change 2 users")
    dialog.get_by_role("checkbox", name="Support: view").check()
    dialog.get_by_role("searchbox", name="Search accounts").first.fill("East")
    dialog.get_by_role("checkbox", name="ACME East").check()
    dialog.get_by_role("button", name="Check").click()
    results = dialog.get_by_role("list", name="Results").get_by_role("listitem")
    expect(results).to_have_count(2)
    expect(dialog.get_by_role("heading", name="Result of the check")).to_be_focused()
    expect(results.first).to_contain_text("Gains: Support: view, contract accounts: 1, services: 2")
    dialog.get_by_role("button", name="Change 2 users").click()
    expect(dialog.get_by_text("2 users have been changed.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("group", name="Selected users")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("Sue")).first).to_contain_text("ACME East")


def test_who_is_refused_is_named_and_the_others_can_be_changed(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    expect(users(page).first).to_be_visible()
    select(page, "Sue", "Ada")
    page.get_by_role("button", name="Change 2 users").click()
    dialog = page.get_by_role("dialog", name="Change 2 users")
    dialog.get_by_role("radio", name="Remove").check()
    dialog.get_by_role("button", name="Check").click()
    refused = dialog.get_by_role("list", name="Results").get_by_role("listitem").filter(has_text="Refused")
    expect(refused).to_contain_text("There is no other active admin")
    expect(dialog.get_by_role("button", name=re.compile("^Remove"))).to_have_count(0)
    dialog.get_by_role("checkbox", name="Change the others").check()
    dialog.get_by_role("button", name="Check").click()
    dialog.get_by_role("button", name="Remove 1 user").click()
    expect(dialog.get_by_text("1 user has been changed.")).to_be_visible()


def test_by_keyboard_alone(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=sue")
    listed(page, ["sue@acme.example"])
    box = page.get_by_role("checkbox", name=re.compile("^Select Sue"))
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    opener = page.get_by_role("button", name="Extend")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Change 1 user")
    expect(dialog.get_by_role("radio", name="Extend what ends")).to_be_checked()
    expect(dialog.get_by_role("button", name="Check")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_who_may_not_change_users_selects_none(page: Page) -> None:
    sign_in(page, "ben@acme.example", "/users/organization")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile("^Select"))).to_have_count(0)


def test_all_users_of_a_list_are_selected_and_changed(page: Page, server: ConsoleServer) -> None:
    emails = add_users(server, 30)
    sign_in(page, "ada@acme.example", "/users/organization?search=new-")
    listed(page, emails[:25])
    page.get_by_role("checkbox", name="Select all users on this page").check()
    bar = page.get_by_role("group", name="Selected users")
    expect(bar.get_by_role("button", name="Change 25 users")).to_be_visible()
    bar.get_by_role("button", name="Select all 30 users of this list").click()
    bar.get_by_role("button", name="Change 30 users").click()
    dialog = page.get_by_role("dialog", name="Change 30 users")
    dialog.get_by_role("checkbox", name="Support: view").check()
    dialog.get_by_role("button", name="Check").click()
    expect(dialog.get_by_role("list", name="Results").get_by_role("listitem")).to_have_count(30)
    dialog.get_by_role("button", name="Change 30 users").click()
    expect(dialog.get_by_text("30 users have been changed.")).to_be_visible()


def test_no_more_are_selected_than_can_be_changed_at_once(page: Page, server: ConsoleServer) -> None:
    add_users(server, 201)
    sign_in(page, "ada@acme.example", "/users/organization?search=new-")
    page.get_by_role("checkbox", name=re.compile("^Select new-")).first.check()
    bar = page.get_by_role("group", name="Selected users")
    bar.get_by_role("button", name="Select the first 200 of 201 users").click()
    expect(bar.get_by_role("button", name="Change 200 users")).to_be_visible()
    expect(bar.get_by_role("button", name=re.compile("^Select"))).to_have_count(0)
