"""An admin edits a user, sees beforehand what the user gains and loses, and decides if someone else was faster."""

import re

import asyncpg
import pytest
from playwright.sync_api import Page, expect

from app.database.pools import normalize_url
from app.demo.fixed_ids import named_key
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import accounts, choose, preview, sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.databases import in_new_loop


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


GRANT = """WITH made AS (
  INSERT INTO contract_accounts (id, organization_id, name)
  SELECT gen_random_uuid(), organization_id, 'Branch ' || lpad(number::text, 3, '0')
  FROM users, generate_series(1, 150) AS number WHERE email = 'sue@acme.example' RETURNING id, organization_id
) INSERT INTO contract_grants (user_id, contract_account_id, organization_id)
SELECT users.id, made.id, made.organization_id FROM made, users WHERE email = 'sue@acme.example'"""
NAMES = """SELECT a.name FROM contract_grants g JOIN contract_accounts a ON a.id = g.contract_account_id
  JOIN users u ON u.id = g.user_id WHERE u.email = 'sue@acme.example'"""


async def answer(database_url: str, statement: str) -> list[str]:
    """Runs a statement, and returns the first column of its rows."""
    connection = await asyncpg.connect(normalize_url(database_url))
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def test_a_user_with_many_accounts_loses_none_of_them(page: Page, server: ConsoleServer) -> None:
    in_new_loop(answer(server.database_url, GRANT))
    open_sue(page)
    group = accounts(page, "Contract accounts")
    expect(group.get_by_text("101 more are selected: search for them.")).to_be_visible()
    group.get_by_role("checkbox", name="ACME South").uncheck()
    group.get_by_role("searchbox", name="Search accounts").fill("Branch 150")
    group.get_by_role("checkbox", name="Branch 150").uncheck()
    page.get_by_role("textbox", name="First name").fill("Susan")
    expect(preview(page).get_by_text("They lose:")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Susan Schäfer", level=1)).to_be_visible()
    left = in_new_loop(answer(server.database_url, NAMES))
    assert sorted(left) == [f"Branch {number:03}" for number in range(1, 150)]


def test_a_user_that_does_not_exist_is_a_page_that_is_not_found(visit: OpenVisitor) -> None:
    visitor = visit()
    visitor.expect_error("400")
    page = visitor.new_page()
    sign_in(page, "ada@acme.example", "/users/usr_nobody")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()


def test_a_link_to_the_form_of_a_user_whom_one_may_not_change_asks_for_nothing_that_is_refused(
    page: Page, server: ConsoleServer
) -> None:
    sign_in(page, "sam@acme.example", f"/users/usr_{named_key('ada@acme.example')}/edit")
    expect(page.get_by_text("You can't edit this user.")).to_be_visible()
    assert in_new_loop(answer(server.database_url, "SELECT kind FROM audit_events WHERE kind LIKE '%refused'")) == []


def test_the_form_opens_from_the_list_with_one_query(page: Page) -> None:
    sent: list[str] = []
    sign_in(page, "ada@acme.example", "/users/organization")
    expect(page.get_by_role("table", name="Users")).to_be_visible()
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/graphql") else None)
    choose(page, "Sue Schäfer", "Edit")
    expect(page.get_by_role("textbox", name="First name")).to_have_value("Sue")
    expect(preview(page).get_by_text("SVC-000001").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sent) == 1
