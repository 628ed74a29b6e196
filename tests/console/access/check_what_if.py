"""What if a service moves, an account closes, a user leaves: the dialog, by keyboard, with its state in the address."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.console.check_accessibility import LOCALES, look
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word


def sentences(dialog: Locator) -> Locator:
    """What would be so afterwards."""
    return dialog.get_by_role("list", name="Afterwards").get_by_role("listitem")


def number(dialog: Locator, row: str, column: int) -> Locator:
    """A number of the totals."""
    return dialog.get_by_role("row", name=re.compile(f"^{row}")).get_by_role("cell").nth(column)


def test_a_service_moves_to_another_account_by_keyboard(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/services?search=SVC-000006")
    page.get_by_role("button", name="What if it moves? SVC-000006").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="What if SVC-000006 moves?")
    expect(dialog).to_contain_text("Nothing is changed.")
    dialog.get_by_role("button", name="To the account").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Search accounts").last).to_be_focused()
    page.keyboard.type("pear")
    found = page.get_by_role("list", name="Accounts").get_by_role("button")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Delivery account")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="To the account: PEAR Corp")).to_be_focused()
    expect(sentences(dialog).filter(has_text=re.compile("^Dan .* can see SVC-000006$"))).to_be_visible()
    page.reload()
    expect(dialog.get_by_role("button", name="To the account: PEAR Corp")).to_be_visible()
    expect(sentences(dialog).filter(has_text=re.compile("^Dan .* can see SVC-000006$"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("whatIf"))
    # Nothing has moved.
    expect(page.get_by_role("row", name=re.compile("SVC-000006"))).to_contain_text("ACME North → ACME North")


def test_an_account_closes(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/accounts?search=East")
    page.get_by_role("button", name="What if it closes? ACME East").click()
    dialog = page.get_by_role("dialog", name="What if ACME East closes?")
    expect(sentences(dialog).filter(has_text=re.compile("^Ada .* can’t see ACME East$"))).to_be_visible()
    expect(number(dialog, "Contract accounts: See", 0)).to_have_text(re.compile(r"^\d+$"))
    first = sentences(dialog).all_inner_texts()
    assert len(first) == 10
    dialog.get_by_role("button", name="Next", exact=True).click()
    expect(sentences(dialog).first).not_to_have_text(first[0])
    dialog.get_by_role("button", name="Previous", exact=True).click()
    expect(sentences(dialog)).to_have_text(first)


def test_the_last_admin_leaves(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=ada")
    page.get_by_role("link", name=re.compile("^Ada")).click()
    page.get_by_role("button", name=re.compile("^What if they leave")).click()
    dialog = page.get_by_role("dialog", name=re.compile("^What if Ada .* leaves"))
    expect(dialog).to_contain_text("This is the last admin with all contract accounts, so they can’t be removed.")
    expect(sentences(dialog).first).to_have_text("Nobody could give users access to ACME North")
    expect(sentences(dialog).filter(has_text=re.compile("^Nobody could change ben@acme.example"))).to_be_visible()
    dialog.get_by_role("button", name="Show: All").click()
    page.get_by_role("menuitemradio", name="Would gain").click()
    expect(dialog.get_by_role("button", name="Show: Would gain")).to_be_visible()
    expect(sentences(dialog)).to_have_count(0)
    expect(page).to_have_url(re.compile("whatIfEffect=GAINED"))


NOT_ALL_COMPARED = (
    "Your organization is so large that not everything could be compared: there may be more that nobody could do any "
    "longer."
)


def cut_short(route: Route) -> None:
    """Answers as the server does in an organization that is so large that it compares only a part."""
    response = route.fetch()
    route.fulfill(response=response, body=response.text().replace('"isComplete":true', '"isComplete":false'))


@pytest.mark.parametrize("language", LOCALES)
def test_what_could_not_be_compared_is_said(visit: OpenVisitor, language: str, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/users/organization?search=ada")
    page.get_by_role("button", name="ada@acme.example").click()
    page.get_by_role("table").get_by_role("link", name=re.compile("^Ada")).click()
    page.get_by_role("button", name=re.compile(f"^{re.escape(word(language, 'What if they leave?'))}")).click()
    dialog, notice = page.get_by_role("dialog"), word(language, NOT_ALL_COMPARED)
    expect(dialog.get_by_role("list", name=word(language, "Afterwards"))).to_be_visible()
    expect(dialog).not_to_contain_text(notice)
    page.route("**/graphql", cut_short)
    page.reload()
    expect(dialog).to_contain_text(notice)
    expect(dialog.get_by_role("list", name=word(language, "Afterwards"))).to_be_visible()
    assert look(page, "what-if-not-all-compared", picture) == []


def test_who_may_not_review_access_is_not_offered_it(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/services")
    expect(page.get_by_role("rowheader").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^What if"))).to_have_count(0)


@pytest.mark.parametrize("language", LOCALES)
def test_the_dialog(visit: OpenVisitor, language: str, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/services?search=SVC-000004")
    page.get_by_role("button", name="ada@acme.example").click()
    page.get_by_role("button", name=f"{word(language, 'What if it moves?')} SVC-000004").click()
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name=re.compile(f"^{word(language, 'To the account')}"))
    expect(button).to_be_visible()
    found = look(page, "what-if-where", picture, narrow=False)
    button.click()
    page.keyboard.type("north")
    account = page.get_by_role("dialog").last.get_by_role("list").get_by_role("button")
    expect(account).to_have_count(2)
    found += look(page, "what-if-picker", picture, narrow=False)
    account.first.click()
    expect(dialog.get_by_role("table")).to_be_visible()
    found += look(page, "what-if-moves", picture)
    assert found == []
