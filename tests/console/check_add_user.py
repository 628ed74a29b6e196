"""An admin adds a user, step by step, and the user sets a password and signs in."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.support.console.mailbox import mailed_link
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import accounts, fill_in_person, preview, set_password, sign_in, sign_in_by_password
from tests.support.console.watched_page import OpenVisitor

NEW_PASSWORD = "violet ladder humming quietly"


@dataclass(frozen=True)
class Case:
    """One admin adds one user. `offered` and `withheld` are permissions; `accounts` are chosen by group; `seen` is what
    the preview says."""

    admin: str
    link: str
    offered: tuple[str, ...]
    withheld: tuple[str, ...]
    accounts: dict[str, str]
    seen: tuple[str, ...]


CASES = (
    Case(
        "ada@acme.example",
        "Delivery account",
        ("Support: view", "Billing: view", "User management"),
        (),
        {"Contract accounts": "ACME South", "Delivery accounts": "PEAR Corp"},
        ("1 contract account", "1 delivery account", "2 services", "SVC-000001", "SVC-000002"),
    ),
    Case(
        "sam@acme.example",
        "My organization",
        ("Support: view", "User management"),
        ("Billing: view",),
        {"Contract accounts": "ACME South"},
        ("1 contract account", "3 services", "SVC-000001", "SVC-000002", "SVC-000003"),
    ),
    Case(
        "dan@pear.example",
        "Delivery account",
        (),
        ("Billing: view",),
        {"Contract accounts": "ACME East", "Delivery accounts": "PEAR Corp"},
        ("1 contract account", "1 delivery account", "2 services", "SVC-000004", "SVC-000005"),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.admin.partition("@")[0])
def test_from_the_form_to_the_first_sign_in(case: Case, visit: OpenVisitor, server: ConsoleServer) -> None:
    page, email = visit().new_page(), "nora@pear.example"
    sign_in(page, case.admin)
    page.get_by_role("link", name=case.link).click()
    page.get_by_role("button", name="Add new user").click()
    expect(page.get_by_role("heading", name="Personal information")).to_be_visible()
    fill_in_person(page, email, "Nora", "Nilsson")
    expect(page.get_by_role("status").filter(has_text="This address is free")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    choose_access(page, case)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Nora Nilsson has been added")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text=f"The activation email to {email} has been sent")).to_be_visible()
    new = visit().new_page()
    set_password(new, mailed_link(server.data_dir, email), NEW_PASSWORD)
    expect(new.get_by_role("heading", name="Your password is set")).to_be_visible()
    new.goto("/console/sign-in")
    sign_in_by_password(new, email, NEW_PASSWORD)
    expect(new.get_by_role("region", name="Account")).to_contain_text("Nora Nilsson")
    sees_what_was_previewed(new, case)


def sees_what_was_previewed(page: Page, case: Case) -> None:
    """The new user's own pages show exactly the accounts and services of the preview."""
    page.get_by_role("link", name="Services", exact=True).click()
    rows = page.get_by_role("table", name="Services").get_by_role("rowheader")
    expect(rows).to_have_text([re.compile(text) for text in case.seen if text.startswith("SVC-")])
    page.get_by_role("link", name="Accounts", exact=True).click()
    listed = page.get_by_role("list", name="Contract accounts").get_by_role("heading", level=2)
    expect(listed).to_have_text([case.accounts["Contract accounts"]])


def choose_access(page: Page, case: Case) -> None:
    """What may be given is offered; the preview follows what is chosen."""
    expect(page.get_by_role("heading", name="Permissions and access")).to_be_visible()
    always = page.get_by_role("checkbox", name="Sites & services: view")
    expect(always).to_be_checked()
    expect(always).to_be_disabled()
    for name in case.offered:
        expect(page.get_by_role("checkbox", name=name, exact=True)).to_be_enabled()
    for name in case.withheld:
        expect(page.get_by_role("checkbox", name=name, exact=True)).to_have_count(0)
    for legend, account in case.accounts.items():
        accounts(page, legend).get_by_role("radio", name="Selected").check()
        accounts(page, legend).get_by_role("checkbox", name=account).check()
    for text in case.seen:
        part = preview(page).get_by_role("listitem" if text.startswith("SVC-") else "heading")
        expect(part.filter(has_text=re.compile(rf"^{text}\b"))).to_be_visible()


def test_says_while_typing_who_has_an_address(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/users/organization/new")
    email = page.get_by_role("textbox", name="Email address")
    for typed, said in (
        ("sue@acme.example", "This address belongs to Sue"),
        ("ben@acme.example", "This address belongs to Ben"),
        ("max@globex.example", "This address is not available."),
        ("free@acme.example", "This address is free."),
    ):
        email.fill(typed)
        expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
