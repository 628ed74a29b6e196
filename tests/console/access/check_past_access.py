"""What a user had access to at an earlier time, who had access to a thing, and how far the audit trail says so."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from app.demo.fixed_ids import named_key
from tests.console.check_accessibility import LOCALES, look
from tests.support.console.many import ONE_USER, UPDATE, Api, activate, add_services, add_users
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word
from tests.support.resolver_fixtures import EAST, SOUTH

ADA, SUE = (f"usr_{named_key(email)}" for email in ("ada@acme.example", "sue@acme.example"))


def now() -> str:
    """The time, as addresses have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def edit(server: ConsoleServer, email: str, **changes: Any) -> str:
    """Ada edits a user; returns the time before it."""
    ada = Api(server, "ada@acme.example")
    user = ada.ask(ONE_USER, email=email)["users"]["nodes"][0]
    before = now()
    assert ada.ask(UPDATE, input={**user, **changes})["updateUser"]["errors"] == []
    return before


def past(user: str, at: str, had: str = "") -> str:
    """The address of a user's card with the access at a time."""
    return f"/users/{user}?tab=past&at={quote(at)}" + (f"&had={had}" if had else "")


def shown(page: Page, name: str) -> Locator:
    """The items of a list of what the user had."""
    return page.get_by_role("tabpanel").get_by_role("list", name=name).get_by_role("listitem")


def test_what_was_taken_away_shows_at_the_time_before(page: Page, server: ConsoleServer) -> None:
    before = edit(server, "sue@acme.example", contractAccounts=[f"ca_{EAST}"], permissions=["SUPPORT_VIEW"])
    sign_in(page, "ada@acme.example", past(SUE, before))
    expect(shown(page, "Contract accounts")).to_have_text(["ACME South"])
    panel = page.get_by_role("tabpanel")
    expect(panel).not_to_contain_text("Support: view")
    expect(panel).to_contain_text("It records all of this user’s access only since")
    panel.get_by_role("button", name="Services: 3").click()
    expect(shown(page, "Services")).to_contain_text(["SVC-000001", "SVC-000002", "SVC-000003"])
    page.go_back()
    expect(shown(page, "Contract accounts")).to_have_text(["ACME South"])
    page.goto(f"/console{past(SUE, now())}")
    expect(shown(page, "Contract accounts")).to_have_text(["ACME East"])
    expect(panel).to_contain_text("Support: view")
    expect(panel).to_contain_text("It records all of this user’s access since")


def test_a_user_whom_the_trail_records_wholly(page: Page, server: ConsoleServer) -> None:
    before = now()
    (email,) = add_users(server, 1)
    pending = now()
    user = Api(server, "ada@acme.example").ask(ONE_USER, email=email)["users"]["nodes"][0]["id"]
    activate(server, [email])
    sign_in(page, "ada@acme.example", past(user, before))
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("The user had not been created yet.")
    expect(panel.get_by_role("list")).to_have_count(0)
    page.goto(f"/console{past(user, pending)}")
    expect(panel).to_contain_text("The user could not sign in")
    page.goto(f"/console{past(user, now())}")
    expect(panel).to_contain_text("The user could sign in.")


def test_the_time_is_entered_by_keyboard_and_kept_in_the_address(page: Page) -> None:
    sign_in(page, "ada@acme.example", f"/users/{SUE}")
    page.get_by_role("tab", name="Past access").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Enter a date and a time.")
    field = page.get_by_label("Access at")
    field.press("Enter")
    expect(page.get_by_text("Enter a date and a time.", exact=True)).to_be_visible()
    field.fill("2999-01-31T12:00")
    field.press("Enter")
    expect(page.get_by_text("Enter a time that is not in the future.")).to_be_visible()
    assert "at=" not in page.url
    entered = (datetime.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")  # noqa: DTZ005 - as the clock shows it
    field.fill(entered)
    field.press("Enter")
    expect(shown(page, "Contract accounts")).to_have_text(["ACME South"])
    expect(page.get_by_role("tabpanel")).to_contain_text("It records nothing about this user’s access.")
    page.reload()
    expect(page.get_by_label("Access at")).to_have_value(entered)
    expect(shown(page, "Contract accounts")).to_have_text(["ACME South"])


def test_the_services_of_that_time_are_paged(page: Page, server: ConsoleServer) -> None:
    before = now()
    add_services(server, 30)
    sign_in(page, "ada@acme.example", past(ADA, now(), "services"))
    expect(shown(page, "Services")).to_have_count(25)
    page.get_by_role("button", name="Next").click()
    expect(shown(page, "Services")).to_have_count(11)
    page.go_back()
    expect(shown(page, "Services")).to_have_count(25)
    page.goto(f"/console{past(ADA, before, 'services')}")
    expect(shown(page, "Services")).to_have_count(6)


def test_an_admin_sees_of_earlier_access_what_they_see_today(page: Page, server: ConsoleServer) -> None:
    before = edit(server, "sue@acme.example", contractAccounts=[f"ca_{SOUTH}", f"ca_{EAST}"])
    sign_in(page, "sam@acme.example", past(SUE, now()))
    expect(shown(page, "Contract accounts")).to_have_text(["ACME South"])
    page.goto(f"/console{past(ADA, before)}")
    expect(page.get_by_role("tabpanel")).to_contain_text("All")
    expect(shown(page, "Contract accounts")).to_have_text(["ACME South"])


def ask(page: Page, name: str) -> Locator:
    """Opens the dialog about an earlier time from that about now."""
    page.get_by_role("button", name=f"Who can see this? {name}").first.click()
    page.get_by_role("dialog", name=f"Who can see {name}?").get_by_role(
        "button", name="Who had access earlier?"
    ).click()
    return page.get_by_role("dialog", name=f"Who had access to {name}?")


def test_who_had_access_before_a_change(page: Page, server: ConsoleServer) -> None:
    before = edit(server, "sue@acme.example", contractAccounts=[f"ca_{EAST}"])
    sign_in(page, "ada@acme.example", f"/accounts?hadAccess=ca_{SOUTH}&hadAccessAt={quote(before)}")
    dialog = page.get_by_role("dialog", name="Who had access to ACME South?")
    users = dialog.get_by_role("list", name="Users").get_by_role("listitem")
    sue = users.filter(has_text="sue@acme.example")
    expect(sue).to_have_count(1)
    sue.get_by_role("link").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(shown(page, "Contract accounts")).to_have_text(["ACME South"])
    page.goto(f"/console/accounts?hadAccess=ca_{SOUTH}&hadAccessAt={quote(now())}")
    expect(users.filter(has_text="ada@acme.example")).to_have_count(1)
    expect(sue).to_have_count(0)


def test_who_had_access_to_a_service_by_keyboard(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/services?search=SVC-000001")
    dialog = ask(page, "SVC-000001")
    expect(dialog).to_contain_text("The audit trail says who had access then.")
    field = dialog.get_by_label("Access at")
    field.fill(datetime.now().strftime("%Y-%m-%dT%H:%M"))  # noqa: DTZ005 - as the clock shows it
    field.press("Enter")
    users = dialog.get_by_role("list", name="Users").get_by_role("listitem")
    expect(users.filter(has_text="pia@pear.example")).to_have_count(1)
    expect(users.filter(has_text="noc@pear.example")).to_have_count(0)
    unknown = dialog.get_by_role("button", name=re.compile("^Not recorded"))
    unknown.focus()
    page.keyboard.press("Enter")
    expect(users.filter(has_text="noc@pear.example")).to_have_count(1)
    expect(unknown).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "hadAccess" not in page.url
    assert "search=SVC-000001" in page.url


@pytest.mark.parametrize("language", LOCALES)
def test_the_screens(visit: OpenVisitor, server: ConsoleServer, language: str, picture: Callable[[str], Path]) -> None:
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    ends = [{"account": f"ca_{EAST}", "endsAt": soon}]
    before = edit(server, "sue@acme.example", contractAccounts=[f"ca_{SOUTH}", f"ca_{EAST}"], accountEnds=ends)
    page = visit(locale=LOCALES[language]).new_page()
    page.goto(f"/console/users/{SUE}?tab=past")
    page.get_by_role("button", name="ada@acme.example").click()
    label = word(language, "Access at")
    expect(page.get_by_label(label)).to_be_visible()
    found = look(page, "past-none", picture)
    page.goto(f"/console{past(SUE, before)}")
    expect(shown(page, word(language, "Contract accounts"))).to_have_count(1)
    found += look(page, "past-incomplete", picture)
    page.goto(f"/console{past(SUE, now())}")
    expect(shown(page, word(language, "Contract accounts"))).to_have_count(2)
    found += look(page, "past", picture)
    page.goto(f"/console{past(SUE, '2999-01-01T00:00:00Z')}")
    expect(page.get_by_label(label)).to_be_visible()
    expect(page.get_by_role("tabpanel").get_by_role("definition")).to_have_count(0)
    found += look(page, "past-hidden", picture)
    page.goto(f"/console/accounts?hadAccess=ca_{SOUTH}")
    dialog = page.get_by_role("dialog", name=word(language, "Who had access to {name}?", name="ACME South"))
    expect(dialog.get_by_label(label)).to_be_visible()
    found += look(page, "who-none", picture)
    for name in ("users", "unknown"):
        page.goto(f"/console/accounts?hadAccess=ca_{SOUTH}&hadAccessAt={quote(before)}&hadAccessList={name}")
        expect(dialog.get_by_role("listitem").first).to_be_visible()
        found += look(page, f"who-{name}", picture)
    assert found == []
