"""Access requests: asked for in words, approved with what that gives, declined with a word, and withdrawn."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.console.check_accessibility import look
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor

SUE, ADA = "sue@acme.example", "ada@acme.example"


def items(page: Page) -> Locator:
    """The requests that are listed."""
    return page.get_by_role("list", name="Access requests").locator("> li:not([aria-hidden])")


def ask(page: Page, account: str, reason: str) -> None:
    """Asks for a contract account."""
    page.get_by_role("button", name="Request access").click()
    dialog = page.get_by_role("dialog", name="Request access")
    dialog.get_by_role("textbox", name="Which account").fill(account)
    dialog.get_by_role("textbox", name="Why you need it").fill(reason)
    dialog.get_by_role("button", name="Send request").click()
    expect(dialog).to_be_hidden()


def test_a_request_is_made_approved_and_declined(
    visit: OpenVisitor, server: ConsoleServer, picture: Callable[[str], Path]
) -> None:
    sue, ada = visit().new_page(), visit().new_page()
    sign_in(sue, SUE, "/access-requests")
    expect(sue.get_by_role("heading", name="No access requests")).to_be_visible()
    found = look(sue, "no-requests", picture)
    ask(sue, "acme east", "For the audit")
    ask(sue, "The office in Oslo", "For the move")
    ask(sue, "ACME North", "By mistake")
    # Nothing tells which of them exist.
    expect(items(sue)).to_contain_text(["“ACME North”", "“The office in Oslo”", "“acme east”"])
    items(sue).first.get_by_role("button", name="Withdraw").click()
    sue.get_by_role("alertdialog").get_by_role("button", name="Withdraw").click()
    expect(items(sue).first).to_contain_text("Withdrawn")

    sign_in(ada, ADA, "/access-requests?state=PENDING")
    expect(items(ada)).to_have_count(2)
    items(ada).filter(has_text="ACME East").get_by_role("button", name="Approve").click()
    dialog = ada.get_by_role("dialog")
    expect(dialog).to_contain_text("2 services")
    found += look(ada, "approve-request", picture)
    dialog.get_by_role("button", name="Approve").click()
    expect(dialog).to_be_hidden()
    expect(items(ada)).to_have_count(1)
    items(ada).first.get_by_role("button", name="Approve").click()
    expect(dialog.get_by_role("radio", name="ACME North")).to_be_visible()
    dialog.get_by_role("button", name="Approve").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose the account that is meant.")
    dialog.get_by_role("button", name="Cancel").click()
    items(ada).first.get_by_role("button", name="Decline").click()
    dialog.get_by_role("textbox", name="Why").fill("There is none.")
    dialog.get_by_role("button", name="Decline").click()
    expect(ada.get_by_role("heading", name="No access requests found")).to_be_visible()

    sue.reload()
    expect(items(sue).filter(has_text="ACME East")).to_contain_text("Approved")
    expect(items(sue).filter(has_text="Oslo")).to_contain_text("Answer: There is none.")
    found += look(sue, "requests", picture)
    sue.get_by_role("button", name="Request access").click()
    expect(sue.get_by_role("dialog", name="Request access")).to_be_visible()
    found += look(sue, "request-access", picture)
    assert found == []
