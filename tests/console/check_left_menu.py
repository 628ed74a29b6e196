"""The left menu: it has what is of use to the person, and leads there."""

from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.check_accessibility import LOCALES
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word

SECTIONS: Final = {
    "staff@portico.example": {
        "User management": ("All organizations", "Delivery account"),
        "What I see": ("Accounts", "Services", "Activity", "Access requests", "Access reviews"),
        "Platform": ("Organizations", "Policy"),
    },
    "ada@acme.example": {
        "User management": ("My organization", "Delivery account", "Templates", "Settings", "Sign-in and provisioning"),
        "What I see": ("Accounts", "Services", "Activity", "Access requests", "Access reviews"),
        "Programs": ("API clients",),
    },
    "sue@acme.example": {
        "User management": ("My organization", "Delivery account"),
        "What I see": ("Accounts", "Services", "Activity", "Access requests"),
    },
}
"""What the menu has, by the person and the heading."""

STAFF: Final = "staff@portico.example"


def menu(page: Page, heading: str) -> Locator:
    """The links below a heading of the menu."""
    return page.get_by_role("navigation", name=heading).get_by_role("link")


@pytest.mark.parametrize("person", SECTIONS)
def test_it_has_what_is_of_use_to_the_person(page: Page, person: str) -> None:
    sign_in(page, person, "/account")
    for heading, links in SECTIONS[person].items():
        expect(menu(page, heading)).to_have_text(list(links))
    expect(page.get_by_role("navigation")).to_have_count(len(SECTIONS[person]))


@pytest.mark.parametrize("language", LOCALES)
def test_staff_get_from_page_to_page_by_it(visit: OpenVisitor, language: str) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/account")
    page.get_by_role("button", name=STAFF).click()
    expect(page.get_by_role("button", name=word(language, "Sign out"))).to_be_visible()
    main = page.get_by_role("main")
    for heading, links in SECTIONS[STAFF].items():
        for name in links:
            link = menu(page, word(language, heading)).get_by_text(word(language, name), exact=True)
            link.click()
            expect(link).to_have_attribute("aria-current", "page")
            expect(main.get_by_role("heading", level=1)).to_be_visible()
            expect(main.get_by_role("heading", name=word(language, "Page not found"))).to_have_count(0)
            expect(main.locator("[aria-busy=true]")).to_have_count(0)
            expect(main.get_by_role("alert")).to_have_count(0)


def test_on_a_narrow_display_it_opens_and_closes(visit: OpenVisitor) -> None:
    page = visit().new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/console/organizations")
    page.get_by_role("button", name=STAFF).click()
    button = page.get_by_role("button", name="Menu")
    expect(button).to_be_visible()
    expect(menu(page, "Platform").first).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    menu(page, "Platform").get_by_text("Policy").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Policy", level=1)).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(menu(page, "Platform").first).to_be_hidden()
