"""Lists of several pages: each page is in the address, and is left when there is nothing on it any more."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.support.console.many import activate, add_contract_accounts, add_services, add_users, edit_often
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import choose, listed, sign_in, users
from tests.support.console.watched_page import OpenVisitor


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def turn_by_keyboard(page: Page, name: str) -> None:
    button(page, name).focus()
    page.keyboard.press("Enter")


def test_the_pages_of_the_users_are_in_the_address(page: Page, server: ConsoleServer) -> None:
    emails = add_users(server, 51)
    sign_in(page, "ada@acme.example", "/users/organization?search=new-&order=NAME_DESC")
    first, second, third = emails[:25:-1], emails[25:0:-1], emails[:1]
    listed(page, first)
    expect(button(page, "Previous")).to_be_disabled()
    turn_by_keyboard(page, "Next")
    listed(page, second)
    expect(page).to_have_url(re.compile(r"search=new-&order=NAME_DESC&after="))
    expect(button(page, "Next")).to_be_focused()
    turn_by_keyboard(page, "Next")
    listed(page, third)
    # The button that has led here is disabled: the focus must not be lost.
    expect(button(page, "Next")).to_be_disabled()
    expect(button(page, "Previous")).to_be_focused()
    page.reload()
    listed(page, third)
    page.go_back()
    listed(page, second)
    button(page, "Previous").click()
    listed(page, first)
    expect(page.get_by_role("status").filter(has_text="51 users")).to_be_visible()


def test_another_filter_begins_at_the_first_page(page: Page, server: ConsoleServer) -> None:
    emails = add_users(server, 26)
    sign_in(page, "ada@acme.example", "/users/organization?search=new-")
    listed(page, emails[:25])
    button(page, "Next").click()
    listed(page, emails[25:])
    page.get_by_role("searchbox", name="Search users").fill("new-0")
    listed(page, emails[:10])
    expect(page).not_to_have_url(re.compile("after="))
    page.go_back()
    listed(page, emails[25:])
    expect(page.get_by_role("searchbox", name="Search users")).to_have_value("new-")


def test_a_page_whose_last_user_is_gone_is_left(page: Page, server: ConsoleServer) -> None:
    emails = add_users(server, 26)
    sign_in(page, "ada@acme.example", "/users/organization?search=new-&status=PENDING")
    listed(page, emails[:25])
    button(page, "Next").click()
    listed(page, emails[25:])
    choose(page, emails[25], "Remove")
    button(page.get_by_role("alertdialog"), "Remove").click()
    listed(page, emails[:25])
    expect(page.get_by_role("status").filter(has_text="25 users")).to_be_visible()


def test_a_page_of_another_order_or_version_is_left(visit: OpenVisitor, server: ConsoleServer) -> None:
    emails = add_users(server, 26)
    visitor = visit()
    visitor.expect_error("400")
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization?search=new-&after=bm9uZQ")
    listed(page, emails[:25])
    expect(page).not_to_have_url(re.compile("after="))


def test_the_pages_of_accounts(page: Page, server: ConsoleServer) -> None:
    add_contract_accounts(server, 9)
    sign_in(page, "ada@acme.example", "/accounts")
    last = page.get_by_role("heading", name="Branch 08")
    expect(page.get_by_role("heading", name="ACME East", level=2)).to_be_visible()
    expect(last).to_have_count(0)
    button(page, "Next").click()
    expect(last).to_be_visible()
    expect(page.get_by_role("heading", name="ACME East")).to_have_count(0)
    page.reload()
    expect(last).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="ACME East", level=2)).to_be_visible()


def test_the_pages_of_services(page: Page, server: ConsoleServer) -> None:
    add_services(server, 20)
    sign_in(page, "ada@acme.example", "/services?order=CODE_DESC")
    codes = page.get_by_role("table", name="Services").get_by_role("rowheader")
    expect(codes).to_have_count(25)
    expect(codes.first).to_have_text("SVC-100019")
    button(page, "Next").click()
    expect(codes).to_have_text(["SVC-000001"])
    page.reload()
    expect(codes).to_have_text(["SVC-000001"])
    button(page, "Previous").click()
    expect(codes.first).to_have_text("SVC-100019")


def test_the_filters_of_services_are_in_the_address(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/services")
    codes = page.get_by_role("table", name="Services").get_by_role("rowheader")
    expect(codes).to_have_count(6)
    page.get_by_role("link", name="ACME North").first.click()
    expect(codes).to_have_text(["SVC-000006"])
    page.reload()
    expect(codes).to_have_text(["SVC-000006"])
    page.get_by_role("button", name="Remove the filter Contract account: ACME North").click()
    expect(codes).to_have_count(6)
    page.go_back()
    expect(codes).to_have_text(["SVC-000006"])


def test_the_pages_of_an_activity(page: Page, server: ConsoleServer) -> None:
    edit_often(server, "sue@acme.example", 26)
    sign_in(page, "ada@acme.example", "/users/organization?search=sue@")
    users(page).get_by_role("link").click()
    page.get_by_role("tab", name="Activity").click()
    rows = page.get_by_role("table", name="Activity").get_by_role("row")
    expect(rows).to_have_count(26)
    button(page, "Next").click()
    expect(rows).to_have_count(2)
    page.reload()
    expect(rows).to_have_count(2)
    page.go_back()
    expect(rows).to_have_count(26)


def test_who_can_see_this_in_pages(page: Page, server: ConsoleServer) -> None:
    activate(server, add_users(server, 9))
    sign_in(page, "ada@acme.example", "/accounts?search=North")
    opener = page.get_by_role("button", name="Who can see this? ACME North").first
    opener.click()
    dialog = page.get_by_role("dialog", name="Who can see ACME North?")
    expect(dialog.get_by_role("status").filter(has_text="users whom you see")).to_be_visible()
    found = dialog.get_by_role("list", name="Users").get_by_role("listitem")
    expect(found).to_have_count(10)
    first = found.first.inner_text()
    button(dialog, "Next").focus()
    page.keyboard.press("Enter")
    expect(found).not_to_have_count(10)
    expect(button(dialog, "Previous")).to_be_focused()
    page.keyboard.press("Enter")
    expect(found).to_have_count(10)
    expect(found.first).to_have_text(re.compile(re.escape(first.splitlines()[0])))
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_who_can_see_this_leads_to_a_user(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/services?search=SVC-000001")
    page.get_by_role("button", name="Who can see this? SVC-000001").click()
    dialog = page.get_by_role("dialog", name="Who can see SVC-000001?")
    expect(dialog.get_by_role("list", name="Users")).to_contain_text("pia@pear.example")
    expect(dialog.get_by_role("list", name="Users")).not_to_contain_text("noc@pear.example")
    dialog.get_by_role("link", name="Sue Schäfer").click()
    expect(page.get_by_role("heading", name="Sue Schäfer", level=1)).to_be_visible()
    expect(dialog).to_have_count(0)


def test_who_can_see_this_is_not_offered_to_others(page: Page) -> None:
    sign_in(page, "sue@acme.example", "/services")
    expect(page.get_by_role("rowheader").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Who can see this"))).to_have_count(0)
