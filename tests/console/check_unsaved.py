"""What is typed and not saved: a reload keeps it, and leaving the page asks before it is lost."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.console.accessibility import violations
from tests.support.console.steps import choose, fill_in_person, sign_in, users
from tests.support.console.watched_page import OpenVisitor


def question(page: Page) -> Locator:
    """The dialog that asks before the page is left."""
    return page.get_by_role("alertdialog", name="Leave this page?")


def first_name(page: Page) -> Locator:
    return page.get_by_role("textbox", name="First name")


def edit_sue(page: Page) -> None:
    """Opens the page on which Ada edits Sue."""
    sign_in(page, "ada@acme.example", "/users/organization")
    choose(page, "Sue Schäfer", "Edit")
    expect(first_name(page)).to_have_value("Sue")


def test_an_edit_is_kept_over_a_reload_until_it_is_left(page: Page) -> None:
    edit_sue(page)
    first_name(page).fill("Susan")
    page.reload()
    expect(first_name(page)).to_have_value("Susan")
    page.get_by_role("link", name="Delivery account").click()
    expect(question(page)).to_contain_text("is not saved")
    expect(question(page).get_by_role("button", name="Stay")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(question(page)).to_have_count(0)
    expect(first_name(page)).to_have_value("Susan")
    page.get_by_role("button", name="Cancel").click()
    question(page).get_by_role("button", name="Discard and leave").click()
    expect(page.get_by_role("heading", name="Sue Schäfer", level=1)).to_be_visible()
    choose(page, "Sue Schäfer", "Edit")
    expect(first_name(page)).to_have_value("Sue")
    page.reload()
    expect(first_name(page)).to_have_value("Sue")


def test_an_edit_that_was_changed_back_or_saved_is_left_without_a_question(page: Page) -> None:
    edit_sue(page)
    first_name(page).fill("Susan")
    first_name(page).fill("Sue")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Sue Schäfer", level=1)).to_be_visible()
    choose(page, "Sue Schäfer", "Edit")
    first_name(page).fill("Susan")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Susan Schäfer", level=1)).to_be_visible()
    expect(question(page)).to_have_count(0)


def test_an_edit_that_is_kept_is_compared_with_what_was_saved_meanwhile(visit: OpenVisitor) -> None:
    slow, fast = visit().new_page(), visit().new_page()
    edit_sue(slow)
    first_name(slow).fill("Susan")
    edit_sue(fast)
    fast.get_by_role("textbox", name="Last name").fill("Summer")
    fast.get_by_role("button", name="Save").click()
    expect(fast.get_by_role("heading", name="Sue Summer", level=1)).to_be_visible()
    slow.reload()
    comparison = slow.get_by_role("table", name=re.compile("Someone else has changed"))
    expect(comparison.get_by_role("row").filter(has_text="Last name")).to_contain_text("Summer")
    slow.get_by_role("button", name="Keep mine").click()
    slow.get_by_role("button", name="Save").click()
    expect(slow.get_by_role("heading", name="Susan Summer", level=1)).to_be_visible()


def test_a_new_user_is_kept_over_a_reload_until_the_page_is_left(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    expect(users(page).first).to_be_visible()
    page.get_by_role("button", name="Add new user").click()
    fill_in_person(page, "nora@acme.example", "Nora", "Nilsson")
    page.reload()
    expect(first_name(page)).to_have_value("Nora")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Permissions and access")).to_be_visible()
    page.go_back()
    expect(first_name(page)).to_have_value("Nora")
    page.go_back()
    expect(question(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(question(page)).to_have_count(0)
    expect(first_name(page)).to_have_value("Nora")
    page.go_back()
    question(page).get_by_role("button", name="Discard and leave").click()
    expect(users(page).first).to_be_visible()
    page.get_by_role("button", name="Add new user").click()
    expect(first_name(page)).to_have_value("")
