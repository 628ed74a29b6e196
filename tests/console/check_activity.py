"""The audit trail: filters in the address, values in words, denied actions, and what happens while it is read."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from app.demo.fixed_ids import named_key
from tests.console.check_accessibility import LOCALES, look, tab_to
from tests.support.console.many import ONE_USER, UPDATE, Api, edit_often
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word
from tests.support.resolver_fixtures import EAST, SOUTH

SUE, SAM = (f"usr_{named_key(email)}" for email in ("sue@acme.example", "sam@acme.example"))


def events(page: Page) -> Locator:
    """The rows of the events that are listed."""
    return page.get_by_role("table").locator("tbody tr:not([aria-hidden])")


def edit_sue(server: ConsoleServer, **changes: Any) -> None:
    ada = Api(server, "ada@acme.example")
    user = ada.ask(ONE_USER, email="sue@acme.example")["users"]["nodes"][0]
    assert ada.ask(UPDATE, input={**user, **changes})["updateUser"]["errors"] == []


def deny_sam(server: ConsoleServer) -> None:
    """Sam tries to edit Ada, who has more than he has."""
    sam = Api(server, "sam@acme.example")
    user = Api(server, "ada@acme.example").ask(ONE_USER, email="ada@acme.example")["users"]["nodes"][0]
    assert sam.ask(UPDATE, input={**user, "firstName": "Nobody"})["updateUser"]["errors"] != []


def filter_button(page: Page, label: str) -> Locator:
    """The button of a filter, which names what is chosen."""
    return page.get_by_role("search").get_by_role("button", name=re.compile(f"^{label}(:|$)"))


def pick(page: Page, label: str, typed: str, name: str) -> None:
    """Picks a user by keyboard."""
    filter_button(page, label).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Search users")).to_be_focused()
    page.keyboard.type(typed)
    found = page.get_by_role("dialog", name=label).get_by_role("button", name=re.compile(name))
    expect(page.get_by_role("list", name="Users").get_by_role("button")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(found).to_be_focused()
    page.keyboard.press("Enter")
    expect(filter_button(page, label)).to_have_text(f"{label}: {name}")
    expect(filter_button(page, label)).to_be_focused()


def test_an_edit_is_told_with_the_values_before_and_after(page: Page, server: ConsoleServer) -> None:
    edit_sue(
        server,
        firstName="Susan",
        permissions=["SITES_SERVICES_VIEW", "SUPPORT_VIEW"],
        contractAccounts=[f"ca_{EAST}"],
    )
    sign_in(page, "ada@acme.example", "/activity")
    row = events(page).filter(has_text="User edited")
    expect(row).to_contain_text("First name: Susan; before: Sue")
    expect(row).to_contain_text("Permissions: added Support: view")
    expect(row).to_contain_text("Contract accounts: added ACME East; removed ACME South")
    expect(row.get_by_role("link", name="Ada Almeida").first).to_be_visible()
    expect(row.get_by_role("link", name="Susan Schäfer").first).to_be_visible()


def test_another_admin_reads_no_account_that_is_hidden_from_them(page: Page, server: ConsoleServer) -> None:
    edit_sue(server, contractAccounts=[f"ca_{EAST}", f"ca_{SOUTH}"], firstName="Susan")
    sign_in(page, "sam@acme.example", "/activity")
    expect(events(page).filter(has_text="User edited")).to_contain_text("First name: Susan; before: Sue")
    expect(page.get_by_role("main")).not_to_contain_text("ACME East")


def test_a_denied_action_is_recognisable(page: Page, server: ConsoleServer) -> None:
    deny_sam(server)
    sign_in(page, "ada@acme.example", "/activity?what=MUTATION_REFUSED")
    row = events(page)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Change denied")
    expect(row).to_contain_text("Tried: Edit a user")
    expect(row).to_contain_text("Why it was denied: not allowed")
    expect(row.get_by_role("link", name="Sam Süß").first).to_be_visible()


def test_the_filters_are_in_the_address(page: Page, server: ConsoleServer) -> None:
    deny_sam(server)
    edit_often(server, "sue@acme.example", 2)
    sign_in(page, "ada@acme.example", "/activity")
    pick(page, "About", "sue@", "Name 1 Schäfer")
    expect(events(page)).to_have_count(2)
    expect(page).to_have_url(re.compile(f"whom={SUE}"))
    page.get_by_role("button", name="Clear filters").click()
    pick(page, "By", "sam", "Sam Süß")
    filter_button(page, "What").click()
    page.get_by_role("menuitemcheckbox", name="Change denied").click()
    page.keyboard.press("Escape")
    expect(events(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"who={SAM}&what=MUTATION_REFUSED"))
    page.reload()
    expect(events(page)).to_have_count(1)
    expect(filter_button(page, "By")).to_have_text("By: Sam Süß")
    page.get_by_label("To", exact=True).fill("2020-01-01")
    expect(page.get_by_role("heading", name="No activity found")).to_be_visible()
    expect(page).to_have_url(re.compile("to=2020-01-01"))
    page.go_back()
    expect(events(page)).to_have_count(1)
    expect(page.get_by_label("To", exact=True)).to_have_value("")
    filter_button(page, "By").click()
    page.get_by_role("button", name="Anybody").click()
    expect(page).not_to_have_url(re.compile("who="))


def test_new_events_wait_for_a_button(page: Page, server: ConsoleServer) -> None:
    sign_in(page, "ada@acme.example", f"/activity?whom={SUE}")
    expect(page.get_by_role("heading", name="No activity found")).to_be_visible()
    edit_often(server, "sue@acme.example", 1)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("button", name="Show 1 new event").click()
    expect(events(page)).to_have_count(1)
    edit_often(server, "sue@acme.example", 3)  # The first one gives her the name that she has.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    news = page.get_by_role("button", name="Show 2 new events")
    expect(news).to_be_visible()
    expect(events(page)).to_have_count(1)
    news.focus()
    page.keyboard.press("Enter")
    expect(events(page)).to_have_count(3)
    expect(news).to_have_count(0)
    expect(page.get_by_role("table", name="Activity")).to_be_focused()


def test_the_pages_are_in_the_address(page: Page, server: ConsoleServer) -> None:
    edit_often(server, "sue@acme.example", 26)
    sign_in(page, "ada@acme.example", f"/activity?whom={SUE}")
    expect(events(page)).to_have_count(25)
    page.get_by_role("button", name="Next").click()
    expect(events(page)).to_have_count(1)
    page.reload()
    expect(events(page)).to_have_count(1)
    page.go_back()
    expect(events(page)).to_have_count(25)


def test_one_request_reads_the_page_and_counts_nothing(page: Page, server: ConsoleServer) -> None:
    edit_often(server, "sue@acme.example", 3)
    sign_in(page, "ada@acme.example", "/accounts")
    expect(page.get_by_role("heading", name="ACME East", level=2)).to_be_visible()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response) if "/graphql" in response.url else None)
    page.get_by_role("link", name="Activity").click()
    expect(events(page).first).to_be_visible()
    [response] = responses
    assert "totalCount" not in response.text()


def test_a_users_card_leads_to_the_filtered_list(page: Page, server: ConsoleServer) -> None:
    edit_often(server, "sue@acme.example", 1)
    sign_in(page, "ada@acme.example", f"/users/{SUE}?tab=activity")
    expect(events(page)).to_have_count(1)
    expect(events(page)).to_contain_text("First name: Name 0; before: Sue")
    page.get_by_role("link", name="Filter this list").click()
    expect(page).to_have_url(re.compile(rf"/activity\?whom={SUE}"))
    expect(filter_button(page, "About")).to_have_text("About: Name 0 Schäfer")


@pytest.mark.parametrize("language", LOCALES)
def test_the_screens(visit: OpenVisitor, server: ConsoleServer, language: str, picture: Callable[[str], Path]) -> None:
    deny_sam(server)
    edit_sue(server, firstName="Susan", contractAccounts=[f"ca_{EAST}"])
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/activity")
    page.get_by_role("button", name="ada@acme.example").click()
    expect(events(page).first).to_be_visible()
    found = look(page, "activity", picture)
    filter_button(page, word(language, "By")).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Ada").first).to_be_visible()
    found += look(page, "picker", picture, narrow=False)
    page.keyboard.press("Escape")
    page.goto("/console/activity?to=2020-01-01")
    expect(page.get_by_role("heading", name=word(language, "No activity found"))).to_be_visible()
    found += look(page, "empty", picture)
    assert found == []


def test_everything_is_reached_by_keyboard(page: Page, server: ConsoleServer) -> None:
    edit_often(server, "sue@acme.example", 1)
    sign_in(page, "ada@acme.example", "/accounts")
    tab_to(page, page.get_by_role("link", name="Activity"))
    page.keyboard.press("Enter")
    expect(events(page).first).to_be_visible()
    for name in ("By", "About", "What"):
        tab_to(page, filter_button(page, name))
    tab_to(page, page.get_by_label("From", exact=True))
    tab_to(page, events(page).get_by_role("link").first)
