"""What the console says when something goes wrong, and that nothing typed is lost."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.console.accessibility import violations
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import accounts, choose, fill_in_person, listed, preview, sign_in, users
from tests.support.console.watched_page import OpenVisitor
from tests.support.paths import POLICY

FAILED_RESPONSE = "Failed to load resource"
"""What Chromium writes to its console for every response that is an error."""

IS_UNCOVERED = """element => {
  const { left, top, width, height } = element.getBoundingClientRect()
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2))
}"""


def test_a_session_that_ends_while_a_form_is_filled_in(visit: OpenVisitor) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization/new")
    visitor.context.clear_cookies()
    fill_in_person(page, "nora@acme.example", "Nora", "Nilsson")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_contain_text("What you have typed is kept.")
    dialog.get_by_label("Password", exact=True).fill("portico-demo")
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("textbox", name="First name")).to_have_value("Nora")
    page.get_by_role("textbox", name="Last name").fill("Nilsson")
    expect(page.get_by_role("status").filter(has_text="This address is free.")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Permissions and access")).to_be_visible()


def test_a_server_that_is_away(visit: OpenVisitor, server: ConsoleServer) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization")
    expect(users(page).first).to_be_visible()
    server.stop()
    page.get_by_role("searchbox", name="Search users").fill("sue@")
    notice = page.get_by_role("alert").filter(has_text="The server can’t be reached")
    expect(notice).to_be_visible()
    server.start()
    notice.get_by_role("button", name="Try again").click()
    listed(page, ["sue@acme.example"])
    expect(notice).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (429, "THROTTLED", ("Too many requests", "Wait 7 seconds, then try again.")),
        (503, "UNAVAILABLE", ("The service is temporarily unavailable",)),
    ],
)
def test_a_server_that_refuses(visit: OpenVisitor, status: int, code: str, said: tuple[str, ...]) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization")
    error = {"message": "Not now.", "extensions": {"code": code, "requestId": "req-of-this-test"}}

    def refuse(route: Route) -> None:
        route.fulfill(status=status, headers={"Retry-After": "7"}, json={"errors": [error]})

    page.route("**/graphql", refuse)
    page.get_by_role("searchbox", name="Search users").fill("sue@")
    notice = page.get_by_role("alert")
    for text in (*said, "req-of-this-test"):
        expect(notice).to_contain_text(text)
    page.unroute("**/graphql")
    notice.get_by_role("button", name="Try again").click()
    listed(page, ["sue@acme.example"])


ASSIGN = """allow(actor: Member, "assign", account: ContractAccount) if
    manages_users(actor) and"""
STRICTER = POLICY.read_text().replace(ASSIGN, f'{ASSIGN}\n    account.name != "ACME East" and')
"""Nobody gives ACME East to anybody."""


def test_the_policy_changes_between_preview_and_save(visit: OpenVisitor, server: ConsoleServer) -> None:
    assert POLICY.read_text() != STRICTER
    editing, adding = visit().new_page(), visit().new_page()
    sign_in(editing, "ada@acme.example", "/users/organization")
    choose(editing, "Sue Schäfer", "Edit")
    editing.get_by_role("textbox", name="First name").fill("Susan")
    sign_in(adding, "ada@acme.example", "/users/organization/new")
    fill_in_person(adding, "nora@acme.example", "Nora", "Nilsson")
    adding.get_by_role("button", name="Next").click()
    for page in (editing, adding):
        accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME East").check()
        expect(preview(page).get_by_role("listitem").filter(has_text="SVC-000004").first).to_be_visible()
    server.put_policy(STRICTER)
    for page in (editing, adding):
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert").filter(has_text="Not saved: what you may give has changed.")).to_be_visible()
        refusal = accounts(page, "Contract accounts").get_by_role("listitem").filter(has_text="ACME East")
        expect(refusal.get_by_text("You can't assign an account with this id.")).to_be_visible()
        expect(preview(page).get_by_text("You can't assign an account with this id.")).to_be_visible()
        expect(accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME East")).to_be_checked()
        assert violations(page) == []
    expect(editing.get_by_role("textbox", name="First name")).to_have_value("Susan")
    accounts(editing, "Contract accounts").get_by_role("checkbox", name="ACME East").uncheck()
    editing.get_by_role("button", name="Save").click()
    expect(editing.get_by_role("heading", name="Susan Schäfer", level=1)).to_be_visible()
    adding.get_by_role("button", name="Back").click()
    expect(adding.get_by_role("textbox", name="Last name")).to_have_value("Nilsson")


def test_a_lost_response_adds_nobody_twice(visit: OpenVisitor) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization/new")
    fill_in_person(page, "nora@acme.example", "Nora", "Nilsson")
    page.get_by_role("button", name="Next").click()
    accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME South").check()
    expect(preview(page).get_by_role("heading", name="3 services")).to_be_visible()

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/graphql", lose)
    page.get_by_role("button", name="Save").click()
    notice = page.get_by_role("alert").filter(has_text="The server can’t be reached")
    expect(notice).to_be_visible()
    page.unroute("**/graphql")
    notice.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_role("heading", name="Nora Nilsson has been added")).to_be_visible()


def test_a_slow_server(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    waiting: list[Route] = []
    page.route("**/graphql", lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright needs a function
    search = page.get_by_role("searchbox", name="Search users")
    search.fill("sue@")
    expect(search).to_have_value("sue@")
    expect(page.get_by_role("status").filter(has_text="This takes longer than usual.")).to_be_visible()
    for route in waiting:
        route.continue_()
    page.unroute("**/graphql")
    listed(page, ["sue@acme.example"])


def test_a_link_to_somebody_whom_one_may_not_see(visit: OpenVisitor) -> None:
    ada = visit().new_page()
    sign_in(ada, "ada@acme.example", "/users/delivery?search=noc@")
    users(ada).get_by_role("link").click()
    expect(ada).to_have_url(re.compile("/users/usr_"))
    other = visit().new_page()
    sign_in(other, "max@globex.example")
    other.goto(ada.url)
    expect(other.get_by_role("heading", name="Page not found")).to_be_visible()
    expect(other.get_by_text("noc@pear.example")).to_have_count(0)


def test_without_javascript(visit: OpenVisitor) -> None:
    page = visit(java_script=False).new_page()
    page.goto("/console/")
    # Playwright takes everything in <noscript> for hidden.
    sentence = page.get_by_role("paragraph", include_hidden=True)
    expect(sentence).to_contain_text("The console needs JavaScript.")
    expect(sentence).to_be_visible()


def test_an_old_tab_asks_to_reload_when_it_opens_a_page(visit: OpenVisitor) -> None:
    visitor = visit()
    visitor.expect_error(f"{FAILED_RESPONSE}|Unable to preload CSS")
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization")
    expect(users(page).first).to_be_visible()
    loads: list[str] = []

    def answer(route: Route) -> None:
        if route.request.is_navigation_request():
            loads.append(route.request.url)
        if loads:
            route.continue_()
        elif "/assets/" in route.request.url:
            route.fulfill(status=404)
        else:
            route.fulfill(body='<script type="module" src="assets/newer.js"></script>', content_type="text/html")

    page.route("**/console/**", answer)
    page.get_by_role("button", name="Add new user").click()
    notice = page.get_by_role("status").filter(has_text="A new version has been installed.")
    notice.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("heading", name="Personal information")).to_be_visible()
    assert len(loads) == 1


def test_an_old_tab_asks_to_reload_and_keeps_what_is_typed(visit: OpenVisitor) -> None:
    visitor = visit()
    visitor.expect_error(FAILED_RESPONSE)
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization/new")
    fill_in_person(page, "nora@acme.example", "Nora", "Nilsson")
    error = {"message": "Unknown document.", "extensions": {"code": "DOCUMENT_NOT_FOUND"}}
    page.route("**/graphql", lambda route: route.fulfill(status=400, json={"errors": [error]}))
    page.get_by_role("button", name="Next").click()
    notice = page.get_by_role("alert").filter(has_text="This page is out of date").first
    expect(notice).to_contain_text("Reload the page to go on.")
    expect(notice.get_by_role("button", name="Reload")).to_be_visible()
    banner = page.get_by_role("status").filter(has_text="What you have typed about users is kept.")
    back = page.get_by_role("button", name="Back")
    for height in (900, 600, 500):
        page.set_viewport_size({"width": 1280, "height": height})
        expect(banner).to_be_in_viewport()
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        back.focus()
        assert back.evaluate(IS_UNCOVERED), height
    back.click()
    expect(page.get_by_role("textbox", name="Last name")).to_have_value("Nilsson")


@pytest.mark.parametrize("what", ["menu", "dialog"])
def test_what_cannot_be_loaded_leaves_the_page_as_it_is(visit: OpenVisitor, what: str) -> None:
    visitor = visit()
    visitor.expect_error(f"{FAILED_RESPONSE}|Unable to preload CSS|dynamically imported module")
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/organization?search=sue@")
    listed(page, ["sue@acme.example"])
    opener = page.get_by_role("button", name="Options for Sue Schäfer")
    if what == "dialog":
        page.get_by_role("checkbox", name="Select Sue Schäfer").check()
        opener = page.get_by_role("button", name="Change 1 user")
    page.route("**/assets/**", lambda route: route.abort())
    opener.focus()
    page.keyboard.press("Enter")
    notice = page.get_by_role("dialog", name="This could not be opened")
    expect(notice.get_by_role("alert")).to_contain_text("The server can’t be reached")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(notice).to_have_count(0)
    expect(opener).to_be_focused()
    listed(page, ["sue@acme.example"])

    page.keyboard.press("Enter")
    notice.get_by_role("button", name="Try again").click()
    expect(notice.get_by_role("button", name="Reload")).to_be_visible()
    page.unroute("**/assets/**")
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_have_count(0)
    opened = page.get_by_role("menu") if what == "menu" else page.get_by_role("dialog", name="Change 1 user")
    expect(opened).to_be_visible()
    # Its style sheet has come, too.
    assert (
        opened.evaluate(
            "(it) => it.closest('[class*=popover], [class*=modal]').computedStyleMap().get('border-top-width').value"
        )
        > 0
    )
