"""Onboarding by staff: an organization, its accounts and services, and an import from a CSV file."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word

STAFF = "staff@portico.example"
HEAD = "code,name,status,contract_account,delivery_account,city,country\n"


def add(page: Page) -> None:
    """Adds an organization with two accounts, and opens it."""
    sign_in(page, STAFF, "/organizations")
    page.get_by_role("button", name="Add organization").click()
    page.get_by_label("Name", exact=True).fill("Initech")
    page.get_by_label("Contract accounts").fill("Initech Holding\nhttps://bad.example")
    page.get_by_label("Delivery accounts").fill("Initech Europe")
    page.get_by_label("Email address").fill("ada@acme.example")
    page.get_by_label("First name").fill("Peter")
    page.get_by_label("Last name").fill("Gibbons")
    page.get_by_role("button", name="Save").click()
    # Both are refused at once, at their fields.
    expect(page.get_by_text("A user with this email")).to_be_visible()
    expect(page.get_by_text(re.compile("^2: "))).to_be_visible()
    page.get_by_label("Contract accounts").fill("Initech Holding")
    page.get_by_label("Email address").fill("peter@initech.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Initech")).to_be_visible()


def choose_file(page: Page, text: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": "services.csv", "mimeType": "text/csv", "buffer": text.encode()})


def test_an_organization_is_onboarded_with_accounts_and_a_service(page: Page) -> None:
    add(page)
    page.get_by_label("Name", exact=True).fill("Initech Finance")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("list", name="Contract accounts")).to_contain_text("Initech Finance")
    page.get_by_role("tab", name="Services").click()
    page.get_by_label("Code").fill("SVC-1")
    page.get_by_label("Name", exact=True).fill("Line")
    page.get_by_label("Contract account", exact=True).select_option(label="Initech Holding")
    page.get_by_label("Delivery account", exact=True).select_option(label="Initech Europe")
    page.get_by_label("City").fill("Oslo")
    page.get_by_label("Country").select_option("NO")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("list", name="Services")).to_contain_text("SVC-1")


def test_a_file_is_checked_and_then_imported_in_parts(page: Page) -> None:
    add(page)
    page.get_by_role("tab", name="Import").click()
    rows = [f"IMP-{n},Line,ACTIVE,Initech Holding,Initech Europe,Oslo,NO\n" for n in range(600)]
    choose_file(page, HEAD + "".join([*rows[:550], rows[550].replace(",NO", ",XX"), *rows[551:]]))
    start = page.get_by_role("button", name="Import", exact=True)
    expect(start).to_be_disabled()
    page.get_by_role("button", name="Check", exact=True).click()
    refused = page.get_by_role("table", name="Refused lines").get_by_role("row")
    expect(refused).to_have_count(2)
    expect(refused.last).to_contain_text("552")
    expect(refused.last).to_contain_text("XX")
    expect(start).to_be_disabled()
    choose_file(page, HEAD + "".join(rows))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("600 services can be imported.")).to_be_visible()
    start.click()
    expect(page.get_by_text("600 services were imported.")).to_be_visible()
    page.get_by_role("tab", name="Services").click()
    expect(page.get_by_text("600 services")).to_be_visible()


def test_what_is_refused_is_said_in_the_language_of_the_page(visit: OpenVisitor) -> None:
    page = visit(locale="de-DE").new_page()
    page.goto("/console/organizations/new")
    page.get_by_role("button", name=STAFF).click()
    page.get_by_label(word("de", "Name"), exact=True).fill("Initech")
    page.get_by_label(word("de", "Contract accounts")).fill("https://bad.example")
    page.get_by_label(word("de", "Email address")).fill("peter@initech.example")
    page.get_by_label(word("de", "First name")).fill("Peter")
    page.get_by_label(word("de", "Last name")).fill("Gibbons")
    page.get_by_role("button", name=word("de", "Save")).click()
    name = word("de", "Enter a name of at most 200 characters, without invisible characters and addresses.")
    expect(page.get_by_text(f"1: {name}")).to_be_visible()
    page.get_by_label(word("de", "Contract accounts")).fill("Initech Holding")
    page.get_by_role("button", name=word("de", "Save")).click()
    page.get_by_role("tab", name=word("de", "Import")).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=word("de", "Choose a file")).click()
    text = HEAD + "IMP-1,Line,ACTIVE,Initech Nowhere,Initech Nowhere,Oslo,XX\n"
    chooser.value.set_files({"name": "services.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name=word("de", "Check"), exact=True).click()
    refused = page.get_by_role("table", name=word("de", "Refused lines"))
    expect(refused).to_contain_text(word("de", "The organization has no account with this name."))
    country = "Choose a country. In a file, that is its code of two capital letters, such as NL."
    expect(refused).to_contain_text(word("de", country))
