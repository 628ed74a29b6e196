"""The pages of the rest of the portal by keyboard alone: from the list into a form or dialog, and back."""

from playwright.sync_api import Locator, Page, expect

from tests.console.check_accessibility import tab_to
from tests.support.console.steps import accounts, sign_in
from tests.support.console.watched_page import OpenVisitor


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def write(page: Page, target: Locator, text: str) -> None:
    tab_to(page, target)
    page.keyboard.type(text)


def test_a_template_is_made_and_removed(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/templates")
    press(page, page.get_by_role("button", name="New template"))
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    write(page, name, "Helpdesk")
    press(page, page.get_by_role("checkbox", name="Support: view"), "Space")
    press(page, accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME South"), "Space")
    press(page, page.get_by_role("button", name="Save"))
    removal = page.get_by_role("button", name="Remove Helpdesk")
    press(page, removal)
    page.keyboard.press("Escape")
    expect(removal).to_be_focused()
    page.keyboard.press("Enter")
    press(page, page.get_by_role("alertdialog").get_by_role("button", name="Remove"))
    expect(page.get_by_role("heading", name="No templates yet")).to_be_visible()


def test_access_is_requested_and_approved(visit: OpenVisitor) -> None:
    sue, ada = visit().new_page(), visit().new_page()
    sign_in(sue, "sue@acme.example", "/access-requests")
    opener = sue.get_by_role("button", name="Request access")
    press(sue, opener)
    dialog = sue.get_by_role("dialog", name="Request access")
    write(sue, dialog.get_by_role("textbox", name="Which account"), "ACME East")
    write(sue, dialog.get_by_role("textbox", name="Why you need it"), "For the audit")
    press(sue, dialog.get_by_role("button", name="Send request"))
    expect(sue.get_by_role("list", name="Access requests")).to_contain_text("Waiting")
    expect(opener).to_be_focused()
    sign_in(ada, "ada@acme.example", "/access-requests?state=PENDING")
    press(ada, ada.get_by_role("button", name="Approve"))
    press(ada, ada.get_by_role("dialog").get_by_role("button", name="Approve"))
    expect(ada.get_by_role("heading", name="No access requests found")).to_be_visible()


def test_entries_of_a_review_are_marked_and_it_is_signed_off(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/access-reviews")
    press(page, page.get_by_role("button", name="New access review"))
    write(page, page.get_by_role("searchbox", name="Search entries"), "ben@ BILLING")
    entry = page.get_by_role("list", name="Entries").locator("> li")
    expect(entry).to_have_count(1)
    press(page, entry.get_by_role("radio", name="Keep"), "ArrowRight")
    expect(page.get_by_text("1 to take away")).to_be_visible()
    press(page, page.get_by_role("button", name="Sign off", exact=True))
    press(page, page.get_by_role("alertdialog").get_by_role("button", name="Sign off"))
    expect(page.get_by_text("Signed off ")).to_be_visible()


def test_an_api_client_is_made_and_revoked(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/api-clients")
    press(page, page.get_by_role("button", name="New API client"))
    dialog = page.get_by_role("alertdialog", name="New API client")
    expect(dialog.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type("Payroll")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("dialog").get_by_role("button", name="I have stored it"))
    press(page, page.get_by_role("button", name="Revoke Payroll"))
    press(page, page.get_by_role("alertdialog").get_by_role("button", name="Revoke"))
    expect(page.get_by_role("heading", name="No active API clients")).to_be_visible()


def test_an_organization_gets_an_account(page: Page) -> None:
    sign_in(page, "staff@portico.example", "/organizations")
    press(page, page.get_by_role("link", name="Globex"))
    write(page, page.get_by_label("Name", exact=True), "Globex Arctic")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Contract accounts")).to_contain_text("Globex Arctic")
    tab_to(page, page.get_by_role("tab", name="Contract accounts"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Delivery accounts")).to_be_focused()
    expect(page.get_by_role("list", name="Delivery accounts")).to_contain_text("PEAR Corp")
