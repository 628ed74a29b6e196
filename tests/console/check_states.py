"""The states of the screens that a person meets seldom, by axe, light and dark, and on a narrow display: empty and
loading lists, what fails, dialogs that come unasked, and the pages for passwords."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.check_accessibility import look
from tests.support.console.mailbox import mailed_link
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import accounts, choose, fill_in_person, preview, set_password, sign_in
from tests.support.console.watched_page import OpenVisitor

Picture = Callable[[str], Path]

LISTS = {
    "users": ("/users/organization", "No users found", "Show all users"),
    "accounts": ("/accounts", "No accounts found", "Show all accounts"),
    "services": ("/services", "No services found", "Show all services"),
}

FAILED_RESPONSE = "Failed to load resource"


def refuse(route: Route) -> None:
    error = {"message": "Not now.", "extensions": {"code": "UNAVAILABLE", "requestId": "req-of-this-test"}}
    route.fulfill(status=503, json={"errors": [error]})


def open_page(page: Page, path: str) -> None:
    """Opens a page of somebody who is signed in, whose first query is answered by the route of the test."""
    page.evaluate(f"history.pushState(null, '', '/console{path}')")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_empty_loading_or_fails(visit: OpenVisitor, name: str, picture: Picture) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    path, title, way_out = LISTS[name]
    sign_in(page, "ada@acme.example", f"{path}?search=nothing+has+this+name")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    found = look(page, "empty", picture)
    waiting: list[Route] = []
    page.route("**/graphql", lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright needs a function
    open_page(page, "/account")
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    found += look(page, "loading-account", picture)
    open_page(page, path)
    expect(page.get_by_role("status").filter(has_text="This takes longer than usual.")).to_be_visible()
    found += look(page, "loading", picture)
    for route in waiting:
        refuse(route)
    expect(page.get_by_role("alert").filter(has_text="temporarily unavailable")).to_be_visible()
    found += look(page, "error", picture)
    page.unroute("**/graphql")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    open_page(page, f"{path}?search=nothing+has+this+name")
    page.get_by_role("button", name=way_out).click()
    expect(page.get_by_role("heading", name=title)).to_have_count(0)
    assert found == []


def test_a_card_that_is_loading_or_fails(visit: OpenVisitor, picture: Picture) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization?search=sue@")
    page.get_by_role("link", name="Sue Schäfer").click()
    page.get_by_role("tab", name="Access", exact=True).wait_for()
    waiting: list[Route] = []
    page.route("**/graphql", lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright needs a function
    page.get_by_role("tab", name="Activity").click()
    expect(page.get_by_role("tabpanel", name="Activity")).to_be_visible()
    found = look(page, "activity-loading", picture)
    for route in waiting:
        refuse(route)
    expect(page.get_by_role("alert").filter(has_text="temporarily unavailable")).to_be_visible()
    found += look(page, "error", picture)
    page.unroute("**/graphql")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("tab", name="Sessions").click()
    expect(page.get_by_text("The open sessions of a user are shown only to themselves.")).to_be_visible()
    found += look(page, "sessions", picture)
    assert found == []


def test_who_can_see_this(page: Page, picture: Picture) -> None:
    sign_in(page, "ada@acme.example", "/services?search=SVC-000001")
    page.get_by_role("button", name="Who can see this? SVC-000001").click()
    expect(page.get_by_role("dialog").get_by_role("list", name="Users")).to_contain_text("pia@pear.example")
    assert look(page, "who", picture) == []


def test_a_session_that_ends(visit: OpenVisitor, picture: Picture) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization")
    visitor.context.clear_cookies()
    page.get_by_role("searchbox", name="Search users").fill("sue")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    found = look(page, "ended", picture)
    dialog.get_by_label("Password", exact=True).fill("not the password")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    found += look(page, "wrong-password", picture)
    assert found == []


def test_a_new_version(visit: OpenVisitor, picture: Picture) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization")
    error = {"message": "Unknown document.", "extensions": {"code": "DOCUMENT_NOT_FOUND"}}
    page.route("**/graphql", lambda route: route.fulfill(status=400, json={"errors": [error]}))
    page.get_by_role("searchbox", name="Search users").fill("sue")
    banner = page.get_by_role("status").filter(has_text="A new version has been installed.")
    expect(banner).to_be_visible()
    found = look(page, "new-version", picture)
    banner.get_by_role("button", name="Later").click()
    expect(banner).to_have_count(0)
    assert found == []


def test_a_user_that_has_been_added(page: Page, picture: Picture) -> None:
    sign_in(page, "ada@acme.example", "/users/organization/new")
    fill_in_person(page, "nora@acme.example", "Nora", "Nilsson")
    page.get_by_role("button", name="Next").click()
    accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME South").check()
    expect(preview(page).get_by_role("heading", name="3 services")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Nora Nilsson has been added")).to_be_visible()
    assert look(page, "added", picture) == []


def test_dialogs_that_send_a_mail(page: Page, picture: Picture) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=pat@")
    choose(page, page.get_by_role("rowheader").get_by_role("link").inner_text(), "Resend activation email")
    expect(page.get_by_role("alertdialog")).to_contain_text("pat@acme.example")
    found = look(page, "resend", picture)
    page.goto("/console/users/organization?search=rob@")
    choose(page, page.get_by_role("rowheader").get_by_role("link").inner_text(), "Restore")
    expect(page.get_by_role("alertdialog")).to_contain_text("rob@acme.example")
    found += look(page, "restore", picture)
    assert found == []


def test_the_pages_for_passwords(visit: OpenVisitor, server: ConsoleServer, picture: Picture) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    page.goto("/console/forgot-password")
    page.get_by_role("textbox", name="Email").fill("ben@acme.example")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("status").filter(has_text="is on its way")).to_be_visible()
    found = look(page, "asked", picture)
    link = mailed_link(server.data_dir, "ben@acme.example")
    page.goto(link)
    page.get_by_label("New password").fill("portico")
    expect(page.get_by_role("meter")).to_be_visible()
    found += look(page, "reset", picture)
    set_password(page, link, "short")
    expect(page.get_by_role("alert")).to_be_visible()
    found += look(page, "reset-refused", picture)
    set_password(page, link, "violet ladder humming quietly")
    expect(page.get_by_role("heading", name="Your new password is set")).to_be_visible()
    found += look(page, "reset-done", picture)
    page.goto(link)
    expect(page.get_by_role("heading", name="This link is invalid or no longer valid")).to_be_visible()
    found += look(page, "used-link", picture)
    assert found == []


def test_ones_own_password(page: Page, picture: Picture) -> None:
    sign_in(page, "ben@acme.example", "/account")
    page.get_by_label("Current password").fill("not the password")
    page.get_by_label("New password").fill("portico")
    expect(page.get_by_role("meter")).to_be_visible()
    found = look(page, "weak", picture)
    page.get_by_label("New password").fill("violet ladder humming quietly")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_label("Current password")).to_have_attribute("aria-invalid", "true")
    found += look(page, "refused", picture)
    page.get_by_label("Current password").fill("portico-demo")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    found += look(page, "changed", picture)
    assert found == []
