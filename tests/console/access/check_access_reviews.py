"""Access reviews: recorded, checked entry by entry, and signed off with what is taken away."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.check_accessibility import LOCALES, look
from tests.support.console.many import ACME, Api
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word


def new_review(page: Page, who: str = "ada@acme.example") -> None:
    """Creates a review, and waits until its entries are there."""
    sign_in(page, who, "/access-reviews")
    page.get_by_role("region", name="ACME Corporation").get_by_role("button", name="New access review").click()
    expect(page.get_by_role("heading", name="Access review", level=1)).to_be_visible()
    expect(entries(page).first).to_be_visible()


def entries(page: Page) -> Locator:
    return page.get_by_role("list", name="Entries").locator("> li")


def search(page: Page, text: str, count: int) -> None:
    page.get_by_role("searchbox", name="Search entries").fill(text)
    expect(entries(page)).to_have_count(count)


def test_what_is_marked_is_taken_away_at_the_sign_off(page: Page) -> None:
    new_review(page)
    search(page, "ben@ BILLING", 1)
    entries(page).get_by_role("radio", name="Take away").check()
    expect(page.get_by_text("1 to take away")).to_be_visible()
    page.reload()
    expect(entries(page).get_by_role("radio", name="Take away")).to_be_checked()
    page.get_by_role("button", name="Sign off", exact=True).click()
    expect(page).to_have_url(re.compile("act=sign-off"))
    dialog = page.get_by_role("alertdialog", name="Sign off this access review?")
    expect(dialog.get_by_role("listitem")).to_have_text([re.compile("^ben@acme.example: Permission Billing: view")])
    dialog.get_by_role("checkbox").uncheck()
    expect(dialog.get_by_role("listitem")).to_have_count(0)
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("textbox", name="Note").fill("Not needed")
    dialog.get_by_role("button", name="Sign off").click()
    expect(page.get_by_text(re.compile("^Signed off "))).to_be_visible()
    expect(page.get_by_text("Not needed")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    entries(page).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Billing: view")).to_have_count(0)


def test_what_cannot_be_taken_away_is_said_and_nothing_happens(page: Page) -> None:
    new_review(page)
    search(page, "sue@ PEAR", 1)
    expect(entries(page).get_by_role("radio", name="Take away")).to_be_disabled()
    expect(entries(page)).to_contain_text("It can’t be taken away by itself")
    search(page, "ada@ USER_MANAGEMENT", 1)
    entries(page).get_by_role("radio", name="Take away").check()
    expect(page.get_by_text("1 to take away")).to_be_visible()
    page.get_by_role("button", name="Sign off", exact=True).click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("button", name="Sign off").click()
    expect(dialog.get_by_role("alert")).to_contain_text("ada@acme.example: There is no other active admin")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Sign off", exact=True)).to_be_visible()


def test_the_sign_off_says_what_is_lost_with_it(page: Page) -> None:
    new_review(page)
    search(page, "sue@ ACME South", 2)
    entries(page).filter(has_text="Contract account").get_by_role("radio", name="Take away").check()
    expect(page.get_by_text("1 to take away")).to_be_visible()
    page.get_by_role("button", name="Sign off", exact=True).click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("button", name="What sue@acme.example loses with it").click()
    expect(dialog).to_contain_text("3 services")
    expect(dialog).to_contain_text("2 delivery accounts")


def test_filters_are_in_the_address(page: Page) -> None:
    new_review(page)
    search(page, "sue@ ACME South", 2)
    entries(page).filter(has_text="Contract account").get_by_role("button", name="Show only ACME South").click()
    page.get_by_role("searchbox", name="Search entries").fill("")
    expect(page.get_by_role("button", name="Remove the filter Account: ACME South")).to_be_visible()
    expect(page).to_have_url(re.compile("account=ca_"))
    page.get_by_role("searchbox", name="Search reasons").fill("ACME South")
    expect(entries(page).filter(has_text="sue@acme.example")).to_have_count(1)
    page.reload()
    expect(entries(page).filter(has_text="sue@acme.example")).to_have_count(1)
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("button", name="Mark", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Keep").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="No entries")).to_be_visible()
    page.get_by_role("button", name="Show all entries").click()
    page.get_by_role("button", name="Keep all on this page that are not marked").click()
    expect(
        page.get_by_text("0 entries not marked").or_(page.get_by_text(re.compile("[0-9]+ entr.* not marked")))
    ).to_be_visible()
    expect(entries(page).first.get_by_role("radio", name="Keep")).to_be_checked()


def test_entries_are_narrowed_to_an_account_that_is_picked(page: Page) -> None:
    new_review(page)
    page.get_by_role("button", name="Account", exact=True).click()
    page.get_by_role("searchbox", name="Search accounts").fill("East")
    page.get_by_role("button", name=re.compile("^ACME East")).click()
    expect(page.get_by_role("button", name="Remove the filter Account: ACME East")).to_be_visible()
    expect(entries(page).filter(has_text="Contract account: ACME East")).not_to_have_count(0)
    expect(entries(page).filter(has_text="ACME South")).to_have_count(0)


def test_a_user_is_named_once_above_their_entries(page: Page) -> None:
    new_review(page)
    search(page, "sue@", 4)
    expect(page.get_by_role("heading", name="Sue Schäfer")).to_have_count(1)
    expect(entries(page).first.get_by_role("heading", name="Sue Schäfer")).to_be_visible()
    expect(entries(page).last.get_by_role("group")).to_have_accessible_name(re.compile("^Sue Schäfer: "))


def test_all_reviews_of_an_organization_are_listed_in_pages(page: Page, server: ConsoleServer) -> None:
    new_review(page)
    organization = Api(server, "ada@acme.example").ask(ACME)["viewer"]["organization"]["id"]
    page.goto(f"/console/access-reviews?organization={organization}")
    expect(page.get_by_role("heading", name="ACME Corporation", level=1)).to_be_visible()
    reviews = page.get_by_role("list", name="ACME Corporation").get_by_role("listitem")
    expect(reviews).to_have_text([re.compile("Ada Almeida.*To be checked")])
    expect(page.get_by_text("1 access review", exact=True)).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Access reviews").click()
    expect(page.get_by_role("region", name="ACME Corporation")).to_be_visible()


def test_the_entries_are_downloaded(page: Page) -> None:
    new_review(page)
    search(page, "sue@", 4)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    groups = entries(page).filter(has_text="Contract account").get_by_role("group")
    expect(groups).to_have_accessible_name("Sue Schäfer: Contract account ACME South")
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert {row["Email address"] for row in rows} == {"sue@acme.example"}
    assert {row["Permission or account"] for row in rows} == {"Sites & services: view", "ACME South", "PEAR Corp"}


GERMAN_REASONS = {
    ("Berechtigung", "Standorte und Dienste: ansehen"): "Dieser Benutzer hat es erhalten.",
    ("Vertragskonto", "ACME South"): "Dieser Benutzer hat ACME South erhalten. "
    "Dieser Benutzer hat die Berechtigung Standorte und Dienste: ansehen.",
}
"""What Sue has, and why, as the German page says it."""


def test_reasons_are_in_the_language_of_the_page_and_of_the_file(visit: OpenVisitor) -> None:
    page = visit(locale=LOCALES["de"]).new_page()
    page.goto("/console/access-reviews")
    page.get_by_role("button", name="ada@acme.example").click()
    page.get_by_role("button", name=word("de", "New access review")).click()
    listed = page.get_by_role("list", name=word("de", "Entries")).locator("> li")
    expect(listed.first).to_be_visible()
    page.get_by_role("searchbox", name=word("de", "Search entries")).fill("sue@")
    expect(listed).to_have_count(4)
    for (kind, what), why in GERMAN_REASONS.items():
        expect(listed.filter(has_text=f"{kind}: {what}").filter(has_text=why)).to_have_count(1)
    expect(listed.filter(has_text=re.compile("SITES_SERVICES_VIEW|grant|permission", re.IGNORECASE))).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name=word("de", "Download CSV")).click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert {row["E-Mail-Adresse"] for row in rows} == {"sue@acme.example"}
    saved = {(row["Art"], row["Berechtigung oder Konto"]): row["Warum"] for row in rows}
    assert saved.items() >= GERMAN_REASONS.items()
    assert {row["Markierung"] for row in rows} == {word("de", "Not marked yet")}
    reasons = page.get_by_role("searchbox", name=word("de", "Search reasons"))
    for words, number in (("berechtigung DIENSTE", 3), ("svc-000003 hat", 1), ("permission", 0)):
        reasons.fill(words)
        expect(listed).to_have_count(number)


def test_it_is_offered_to_those_who_may_review(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/access-reviews")
    expect(page.get_by_text("You may not review the access to this organization.")).to_be_visible()
    expect(page.get_by_role("button", name="New access review")).to_have_count(0)
    expect(page.get_by_role("link", name="Access reviews")).to_have_count(0)


@pytest.mark.parametrize("language", LOCALES)
def test_the_pages(visit: OpenVisitor, language: str, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/access-reviews")
    page.get_by_role("button", name="ada@acme.example").click()
    page.get_by_role("button", name=word(language, "New access review")).click()
    listed = page.get_by_role("list", name=word(language, "Entries")).locator("> li")
    expect(listed.first).to_be_visible()
    page.get_by_role("radio", name=word(language, "Take away"), disabled=False).first.check()
    listing = page.get_by_role("list", name=word(language, "Entries"))
    expect(page.get_by_role("status").filter(has_text=re.compile("^[0-9]+ .* 1 "))).to_be_visible()
    expect(listing).to_have_attribute("aria-busy", "false")
    found = look(page, "review", picture)
    page.get_by_role("button", name=word(language, "Sign off"), exact=True).click()
    expect(page.get_by_role("alertdialog").get_by_role("listitem")).to_have_count(1)
    found += look(page, "sign-off", picture)
    page.get_by_role("button", name=word(language, "Cancel")).click()
    page.get_by_role("link", name=word(language, "Access reviews")).last.click()
    expect(page.get_by_role("heading", name="ACME Corporation")).to_be_visible()
    found += look(page, "reviews", picture)
    assert found == []
