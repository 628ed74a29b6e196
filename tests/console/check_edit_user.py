"""An admin edits a user, sees beforehand what the user gains and loses, and decides if someone else was faster."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.console.steps import accounts, choose, preview, sign_in
from tests.support.console.watched_page import OpenVisitor


def open_sue(page: Page) -> None:
    """Opens the page on which Ada edits Sue."""
    sign_in(page, "ada@acme.example", "/users/organization")
    choose(page, "Sue Schäfer", "Edit")
    expect(page.get_by_role("textbox", name="First name")).to_have_value("Sue")


def test_shows_what_is_gained_and_lost_before_it_is_saved(page: Page) -> None:
    open_sue(page)
    group = accounts(page, "Contract accounts")
    group.get_by_role("checkbox", name="ACME East").check()
    group.get_by_role("checkbox", name="ACME South").uncheck()
    region = preview(page)
    for said in ("They gain:", "They lose:"):
        expect(region.get_by_text(said)).to_be_visible()
    for code, times in (("SVC-000001", 1), ("SVC-000004", 2)):
        expect(region.get_by_role("listitem").filter(has_text=code)).to_have_count(times)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sue Schäfer", level=1)).to_be_visible()
    card = page.get_by_role("article")
    expect(card.get_by_role("listitem").filter(has_text="ACME East")).to_be_visible()
    expect(card.get_by_role("listitem").filter(has_text="ACME South")).to_have_count(0)


@pytest.mark.parametrize(("decision", "first_name"), [("Keep mine", "Susan"), ("Take over theirs", "Sue")])
def test_two_admins_edit_one_user(visit: OpenVisitor, decision: str, first_name: str) -> None:
    slow, fast = visit().new_page(), visit().new_page()
    open_sue(slow)
    open_sue(fast)
    slow.get_by_role("textbox", name="First name").fill("Susan")
    fast.get_by_role("textbox", name="Last name").fill("Summer")
    fast.get_by_role("button", name="Save").click()
    expect(fast.get_by_role("heading", name="Sue Summer", level=1)).to_be_visible()
    slow.get_by_role("button", name="Save").click()
    comparison = slow.get_by_role("table", name=re.compile("Someone else has changed"))
    expect(comparison.get_by_role("row").filter(has_text="Last name")).to_contain_text("Summer")
    slow.get_by_role("button", name=decision).click()
    expect(slow.get_by_role("textbox", name="Last name")).to_have_value("Summer")
    expect(slow.get_by_role("textbox", name="First name")).to_have_value(first_name)
    slow.get_by_role("button", name="Save").click()
    expect(slow.get_by_role("heading", name=f"{first_name} Summer", level=1)).to_be_visible()


def test_a_user_that_does_not_exist_is_a_page_that_is_not_found(visit: OpenVisitor) -> None:
    visitor = visit()
    visitor.expect_error("400")
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/usr_nobody")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
