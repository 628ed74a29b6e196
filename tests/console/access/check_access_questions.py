"""Who can see an account or a service, and why a user does, or doesn't."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.check_accessibility import LOCALES, look
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word


def ask_about(page: Page, name: str) -> Locator:
    """Opens the dialog about a thing of the page."""
    page.get_by_role("button", name=f"Who can see this? {name}").first.click()
    return page.get_by_role("dialog", name=f"Who can see {name}?")


def pick(page: Page, dialog: Locator, typed: str, name: str) -> None:
    """Picks a user in the dialog, by keyboard."""
    button = dialog.get_by_role("button", name=re.compile("^Ask why, or why not"))
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Search users").last).to_be_focused()
    page.keyboard.type(typed)
    picker = page.get_by_role("dialog", name="Ask why, or why not")
    found = picker.get_by_role("list", name="Users").get_by_role("button")
    expect(found).to_have_count(1)
    page.keyboard.press("Tab")
    expect(found.filter(has_text=name)).to_be_focused()
    page.keyboard.press("Enter")


def test_each_user_is_listed_with_the_way(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/services?search=SVC-000001")
    dialog = ask_about(page, "SVC-000001")
    users = dialog.get_by_role("list", name="Users").get_by_role("listitem")
    expect(users.filter(has_text="pia@pear.example")).to_contain_text("Through ACME South, PEAR Corp")
    expect(users.filter(has_text="ada@acme.example")).not_to_contain_text("Through")


def test_why_a_listed_user_sees_it(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/services?search=SVC-000001")
    dialog = ask_about(page, "SVC-000001")
    dialog.get_by_role("button", name="Why? Pia Pérez").click()
    heading = dialog.get_by_role("heading", name="Pia Pérez can see SVC-000001")
    expect(heading).to_be_focused()
    expect(dialog).to_contain_text("They were given ACME South.")
    expect(dialog).to_contain_text("They were given PEAR Corp.")
    expect(dialog).not_to_contain_text("Missing:")


def test_why_not_begins_with_what_is_missing(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/accounts?search=East")
    dialog = ask_about(page, "ACME East")
    pick(page, dialog, "pia@", "Pia Pérez")
    expect(dialog.get_by_role("heading", name="Pia Pérez can’t see ACME East")).to_be_focused()
    sentences = dialog.get_by_role("listitem").filter(has_text=re.compile("Missing:|Given:"))
    expect(sentences.first).to_contain_text("Missing: They were not given ACME East.")
    expect(sentences.last).to_contain_text("Given:")
    dialog.get_by_role("button", name="Why? Ben Bąk").click()
    expect(dialog.get_by_role("heading", name="Ben Bąk can see ACME East")).to_be_focused()


def test_a_removed_user_sees_nothing(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/accounts?search=South")
    dialog = ask_about(page, "ACME South")
    pick(page, dialog, "rob@", "Rob Rossi")
    expect(dialog.get_by_role("heading", name="Rob Rossi can’t see ACME South")).to_be_visible()
    expect(dialog).to_contain_text("They see nothing, because they are not active. Their status: Removed.")


@pytest.mark.parametrize("language", LOCALES)
def test_the_dialog(visit: OpenVisitor, language: str, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/services?search=SVC-000004")
    page.get_by_role("button", name="ada@acme.example").click()
    page.get_by_role("button", name=word(language, "Who can see this? {name}", name="SVC-000004")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile(f"^{re.escape(word(language, 'Why?'))}")).last.click()
    expect(dialog.get_by_role("heading", level=3)).to_be_focused()
    found = look(page, "why", picture)
    button = dialog.get_by_role("button", name=re.compile(f"^{word(language, 'Ask why, or why not')}"))
    button.click()
    page.keyboard.type("pia@")
    pia = page.get_by_role("dialog").last.get_by_role("list").get_by_role("button")
    expect(pia).to_have_count(1)
    found += look(page, "picker", picture, narrow=False)
    pia.click()
    missing = dialog.get_by_role("listitem").filter(has_text=word(language, "Missing:"))
    expect(missing.first).to_be_visible()
    found += look(page, "why-not", picture)
    assert found == []
