"""What people do in the console, by the names that they see."""

import re
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect


def sign_in(page: Page, email: str, path: str = "/") -> None:
    """Signs in as a demo user, one click away, on the way to a page of the console."""
    page.goto(f"/console{path}")
    page.get_by_role("button", name=email).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def sign_in_by_password(page: Page, email: str, password: str) -> None:
    """Signs in by email and password, on the sign-in page."""
    page.get_by_role("textbox", name="Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def users(page: Page) -> Locator:
    """The rows of the users who are listed."""
    return page.get_by_role("table", name="Users").get_by_role("rowheader")


def listed(page: Page, names: Sequence[str]) -> None:
    """Expects these users, in this order."""
    expect(users(page)).to_have_text([re.compile(re.escape(name)) for name in names])


def choose(page: Page, name: str, item: str) -> None:
    """Chooses an item of the three dots of a user."""
    page.get_by_role("button", name=f"Options for {name}", exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def fill_in_person(page: Page, email: str, first_name: str, last_name: str) -> None:
    """Fills in the first step of adding a user, without the fields that may stay empty."""
    page.get_by_role("textbox", name="Email address").fill(email)
    page.get_by_role("textbox", name="First name").fill(first_name)
    page.get_by_role("textbox", name="Last name").fill(last_name)


def accounts(page: Page, legend: str) -> Locator:
    """The group of one kind of accounts, in the second step."""
    return page.get_by_role("group", name=legend)


def preview(page: Page) -> Locator:
    """The region that says what the new user will see."""
    return page.get_by_role("region", name="What this user will see")


def set_password(page: Page, link: str, password: str) -> None:
    """Opens a mail's link and sets a password."""
    page.goto(link)
    page.get_by_label("New password").fill(password)
    page.get_by_label("Repeat the password").fill(password)
    page.get_by_role("button", name="Set password").click()
