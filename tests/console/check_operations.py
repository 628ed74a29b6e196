"""What is sent to bring each page, each form and each dialog: one query, unless a second one depends on the first.

Every route of the console and every dialog that reads something is listed here; a test finds those that are not.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

import pytest
from playwright.sync_api import Page, Request, expect

from app.console.built_files import read_documents
from tests.console.check_pages import ADA, PAGES, STAFF, prepare
from tests.console.check_states import open_page
from tests.support.console.many import Api
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import choose, fill_in_person, sign_in
from tests.support.paths import ROOT

SOURCES: Final = ROOT / "console" / "src"
SUE: Final = "sue@acme.example"
NAME: Final = re.compile(r"\b(?:query|mutation) (\w+)")


class Sent:
    """The names of the operations that a page has sent, in their order."""

    def __init__(self, page: Page) -> None:
        texts = {digest.hex(): text for digest, text in read_documents().items()}
        self.names = {digest: match[1] for digest, text in texts.items() if (match := NAME.search(text))}
        self.list: list[str] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.url.endswith("/graphql"):
            digest = json.loads(request.post_data or "{}")["documentId"].removeprefix("sha256:")
            self.list.append(self.names[digest])

    def take(self) -> list[str]:
        """What was sent since the last call."""
        taken, self.list = self.list, []
        return taken


def settle(page: Page) -> None:
    """Wait until nothing is read any more, and would be said if it were."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def leave(page: Page) -> None:
    """Leads to a page that reads nothing."""
    open_page(page, "/no-such-page")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()


def second_step(page: Page) -> None:
    """Leads to the second step of adding a user."""
    fill_in_person(page, "nora@pear.example", "Nora", "Nilsson")
    expect(page.get_by_role("status").filter(has_text="This address is free")).to_be_visible()


FORMS: Final[Mapping[str, Mapping[str, tuple[list[str], str]]]] = {
    ADA: {
        "/users/organization/new": ([], "Personal information"),
        "/users/delivery/new": ([], "Personal information"),
        "/users/invite": (["AccessForm"], "ACME North"),
        # By a link: only then is what the user sees asked for, which is refused to whoever may not update them.
        "/users/{user}/edit": (["EditedUser", "ChangedAccess"], "SVC-000001"),
        "/users/templates/new": (["AccessForm"], "ACME North"),
        "/users/templates/{template}": (["StoredTemplateAccess"], "ACME North"),
        "/access-reviews/{review}": (["ReviewedAccess"], "Being recorded|Waiting|To be checked"),
        # A number of days is saved, of which nothing is asked anew.
        "/settings": (["OrganizationSettings"], "Third announcement"),
    },
    STAFF: {
        "/organizations/new": ([], "Name"),
        "/organizations/{organization}?tab=services": (["Organization"], "SVC-000001"),
        "/organizations/{organization}?tab=import": (["Organization"], "CSV"),
        "/policy?tab=questions": (["AccessPolicy"], "ACME North"),
        "/policy?tab=questions&about={account}&user={user}": (["AccessPolicy"], "can.t see ACME East"),
        "/policy?tab=playground": (["AccessPolicy"], "Edited policy"),
        "/policy?tab=history": (["AccessPolicy"], "a server started"),
        "/access-reviews?organization={organization}": (["ReviewsOfOrganization"], "ACME Corporation"),
    },
}
"""The forms, and pages of one thing, by the person: what is sent, and something that each of them shows."""

REVIEW: Final = """mutation ($organization: ID!) {
  createAccessReview(input: {organization: $organization}) { accessReview { id } }
}"""
DORMANCY: Final = """mutation ($organization: ID!) {
  updateOrganizationSettings(input: {organization: $organization, dormantAfterDays: 90}) { errors { message } }
}"""
ACCOUNT: Final = """{ contractAccounts(first: 1, filter: {search: "ACME East"}) { nodes { id } } }"""


@pytest.mark.parametrize("person", FORMS)
def test_one_query_brings_a_form(page: Page, server: ConsoleServer, person: str) -> None:
    ids = dict(prepare(server))
    ada = Api(server, ADA)
    ids["review"] = ada.ask(REVIEW, organization=ids["organization"])["createAccessReview"]["accessReview"]["id"]
    ids["account"] = ada.ask(ACCOUNT)["contractAccounts"]["nodes"][0]["id"]
    assert ada.ask(DORMANCY, organization=ids["organization"])["updateOrganizationSettings"]["errors"] == []
    sign_in(page, person, "/account")
    settle(page)
    sent = Sent(page)
    for path, (operations, shown) in FORMS[person].items():
        open_page(page, path.format(**ids))
        expect(page.get_by_role("main").get_by_text(re.compile(shown)).first).to_be_visible()
        settle(page)
        found = sent.take()
        # A review that is being recorded is read again and again.
        assert found[: len(operations)] == operations, path
        assert set(found) == set(operations), path
        assert "review" in path or found == operations, path
        leave(page)


def test_what_is_searched_in_a_form_is_read_by_itself(page: Page) -> None:
    sign_in(page, ADA, "/users/organization/new")
    second_step(page)
    sent = Sent(page)
    page.get_by_role("button", name="Next").click()
    contract = page.get_by_role("group", name="Contract accounts")
    expect(contract.get_by_role("radio", name="All")).to_be_visible()
    settle(page)
    assert sent.take() == ["AccessForm"]
    contract.get_by_role("radio", name="Selected").check()
    contract.get_by_role("checkbox", name="ACME South").check()
    expect(page.get_by_role("region", name="What this user will see")).to_contain_text("3 services")
    assert set(sent.take()) == {"PreviewedAccess"}
    contract.get_by_role("searchbox", name="Search accounts").fill("north")
    expect(contract.get_by_role("checkbox", name="ACME East")).to_have_count(0)
    expect(contract.get_by_role("checkbox", name="ACME North")).to_be_visible()
    assert set(sent.take()) == {"AccessOffer"}


def by_menu(item: str) -> Callable[[Page], None]:
    """Opens a dialog by the three dots of a user's row."""

    def open_dialog(page: Page) -> None:
        choose(page, "Sue Schäfer", item)

    return open_dialog


def by_button(name: str) -> Callable[[Page], None]:
    """Opens a dialog by a button of the page."""
    return lambda page: page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


DIALOGS: Final[Mapping[str, tuple[str, Callable[[Page], None], list[str], str]]] = {
    "PreviewDialog": (
        f"/users/organization?search={SUE}",
        by_menu("Preview access"),
        ["PreviewedAccess"],
        "3 services",
    ),
    "RemoveDialog": (f"/users/organization?search={SUE}", by_menu("Remove"), ["RemovalLosses"], "They lose"),
    "WhoCanDialog": ("/accounts", by_button("Who can see this? ACME East"), ["WhoCan"], "users whom you see"),
    "WhoHadAccessDialog": ("/accounts?hadAccess={account}", lambda _: None, ["Accounts", "WhoHadAccess"], "ACME East"),
    "WhatIfDialog": ("/accounts", by_button("What if it closes? ACME East"), ["WhatIf"], "Afterwards"),
    "ApproveDialog": (
        "/access-requests?state=PENDING",
        by_button("Approve"),
        ["ApprovalGains"],
        "2 services",
    ),
    "ChangeUsersDialog": (
        f"/users/organization?search={SUE}",
        by_button("Change 1 user"),
        ["AccessOffer"],
        "ACME North",
    ),
    "RequestAccessDialog": ("/access-requests", by_button("Request access"), [], "What you need"),
    "NewClientDialog": ("/api-clients", by_button("New API client"), [], "Name"),
}
"""The dialogs that read or ask for something: where, how they are opened, what is sent for them, and what they show."""

REQUEST: Final = """mutation {
  requestAccess(input: {contractAccount: "ACME East", reason: "For the audit"}) { errors { message } }
}"""


def test_one_query_brings_a_dialog(page: Page, server: ConsoleServer) -> None:
    Api(server, SUE).ask(REQUEST)
    account = Api(server, ADA).ask(ACCOUNT)["contractAccounts"]["nodes"][0]["id"]
    sign_in(page, ADA, "/account")
    settle(page)
    sent = Sent(page)
    for name, (path, open_dialog, operations, shown) in DIALOGS.items():
        with page.expect_response("**/graphql"):
            open_page(page, path.format(account=account))
        settle(page)
        if name == "ChangeUsersDialog":
            page.get_by_role("checkbox", name=re.compile("Sue")).check()
        if "{" not in path:
            sent.take()
        open_dialog(page)
        expect(page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))).to_contain_text(shown)
        settle(page)
        assert sent.take() == operations, name
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))).to_have_count(0)
        leave(page)


WITHOUT_QUERIES: Final = {"/", "/sign-in", "/forgot-password", "/signed-in", "/activate", "/link-identity"}
"""The routes on the way to a session, and the one that leads on."""


def test_every_page_and_every_dialog_is_counted() -> None:
    routes = {path for file in SOURCES.rglob("*.ts*") for path in re.findall(r"path: '(/[^']*)'", file.read_text())}
    counted = {path.partition("?")[0] for forms in (*PAGES.values(), *FORMS.values()) for path in forms}
    assert routes - WITHOUT_QUERIES == {re.sub(r"\{\w+\}", "$id", path) for path in counted}
    reading = {file.stem for file in SOURCES.rglob("*Dialog.tsx") if re.search(r"use(Read|Part)\(", file.read_text())}
    assert reading <= set(DIALOGS)
    assert all(any(SOURCES.rglob(f"{name}.tsx")) for name in DIALOGS)


def test_one_query_brings_a_question_about_a_user(page: Page, server: ConsoleServer) -> None:
    """A link to *Why?* reads the explanation with the list."""
    ada = Api(server, ADA)
    account = ada.ask(ACCOUNT)["contractAccounts"]["nodes"][0]["id"]
    user = prepare(server)["user"]
    sign_in(page, ADA, "/account")
    settle(page)
    sent = Sent(page)
    open_page(page, f"/accounts?access={account}&accessUser={user}")
    dialog = page.get_by_role("dialog", name="Who can see ACME East?")
    expect(dialog.get_by_role("heading", name="Sue Schäfer can’t see ACME East")).to_be_visible()
    settle(page)
    assert sorted(sent.take()) == ["Accounts", "WhoCan"]
    dialog.get_by_role("button", name="Why? Ben Bąk").click()
    expect(dialog.get_by_role("heading", name="Ben Bąk can see ACME East")).to_be_visible()
    expect(dialog).to_contain_text("They have all contract accounts.")
