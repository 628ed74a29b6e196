"""Each page by itself: one query brings it, and in both languages axe finds nothing and nothing is too wide."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, Request, expect

from tests.console.check_accessibility import LOCALES, look
from tests.console.check_states import open_page
from tests.support.console.many import Api
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word

ADA, STAFF = "ada@acme.example", "staff@portico.example"

MADE: Final = """mutation {
  createAccessTemplate(input: {name: "Helpdesk", permissions: [SUPPORT_VIEW]}) { accessTemplate { id } }
  requestAccess(input: {permission: BILLING_VIEW, reason: "For the audit"}) { errors { message } }
}"""
IDS: Final = """{
  viewer { organization { id } }
  users(first: 1, filter: {search: "sue@acme.example"}) { nodes { id } }
}"""


def prepare(server: ConsoleServer) -> Mapping[str, str]:
    """Makes what the demo data has none of; returns ids, by what the paths of pages call them."""
    ada = Api(server, ADA)
    ids = ada.ask(IDS)
    return {
        "organization": ids["viewer"]["organization"]["id"],
        "user": ids["users"]["nodes"][0]["id"],
        "template": ada.ask(MADE)["createAccessTemplate"]["accessTemplate"]["id"],
    }


PAGES: Final = {
    ADA: {
        "/users/organization": "Ben Bąk",
        "/users/delivery": "Pia Pérez",
        "/users/templates": "Helpdesk",
        "/accounts": "ACME North",
        "/services": "SVC-000006",
        "/activity": "Access template created",
        "/access-requests": "For the audit",
        "/access-reviews": "ACME Corporation",
        "/api-clients": "No active API clients",
        "/settings": "Third announcement",
        "/provisioning": "Second factors",
        "/account": "This session",
        "/users/{user}": "ACME South",
    },
    STAFF: {
        "/organizations": "Globex",
        "/organizations/{organization}": "ACME North",
        "/policy": "The rules of Portico",
    },
}
"""The pages that people open from the menu or from a list, by the person, with something that each of them shows."""


@pytest.mark.parametrize("person", PAGES)
def test_one_query_brings_a_page(page: Page, server: ConsoleServer, person: str) -> None:
    ids = prepare(server)
    sign_in(page, person, "/account")
    open_page(page, "/no-such-page")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    sent: list[str] = []

    def count(request: Request) -> None:
        if request.url.endswith("/graphql"):
            sent.append(path)

    page.on("request", count)
    for path, shown in PAGES[person].items():
        with page.expect_response("**/graphql"):  # The page before may show the same words.
            open_page(page, path.format(**ids))
        expect(page.get_by_role("main").get_by_text(shown).first).to_be_visible()
    open_page(page, "/no-such-page")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    assert sent == list(PAGES[person])


LOOKED_AT: Final = {
    "templates": (ADA, "/users/templates", "Helpdesk"),
    "new-template": (ADA, "/users/templates/new", "ACME South"),
    "edit-template": (ADA, "/users/templates/{template}", "ACME South"),
    "requests": (ADA, "/access-requests", "For the audit"),
    "organizations": (STAFF, "/organizations", "Globex"),
    "new-organization": (STAFF, "/organizations/new", ""),
    "organization": (STAFF, "/organizations/{organization}", "ACME North"),
    "import": (STAFF, "/organizations/{organization}?tab=import", ""),
    "policy": (STAFF, "/policy", "The rules of Portico"),
    "questions": (STAFF, "/policy?tab=questions", "ACME North"),
    "playground": (STAFF, "/policy?tab=playground", ""),
    "history": (STAFF, "/policy?tab=history", ""),
}
"""The pages that no other test looks at in both languages."""


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("person", [ADA, STAFF])
def test_axe_and_a_narrow_display(
    visit: OpenVisitor, server: ConsoleServer, person: str, language: str, picture: Callable[[str], Path]
) -> None:
    ids = prepare(server)
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/account")
    page.get_by_role("button", name=person).click()
    expect(page.get_by_role("button", name=word(language, "Sign out"))).to_be_visible()
    found = []
    for name, (who, path, shown) in LOOKED_AT.items():
        if who != person:
            continue
        page.goto(f"/console{path.format(**ids)}")
        main = page.get_by_role("main")
        expect(main.get_by_role("heading", level=1)).to_be_visible()
        if shown:
            expect(main.get_by_text(shown).first).to_be_visible()
        found += look(page, name, picture)
    assert found == []
