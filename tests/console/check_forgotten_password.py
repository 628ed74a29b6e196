"""From a forgotten password to a new one."""

from playwright.sync_api import expect

from tests.support.console.mailbox import mailed_link
from tests.support.console.server import ConsoleServer
from tests.support.console.steps import set_password, sign_in_by_password
from tests.support.console.watched_page import OpenVisitor

NEW_PASSWORD = "violet ladder humming quietly"


def test_a_forgotten_password(visit: OpenVisitor, server: ConsoleServer) -> None:
    page = visit().new_page()
    page.goto("/console/")
    page.get_by_role("link", name="Forgot password?").click()
    # The page before has such a field, too.
    expect(page.get_by_role("heading", name="Forgot password?")).to_be_visible()
    page.get_by_role("textbox", name="Email").fill("ben@acme.example")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("status").filter(has_text="an email with a link is on its way")).to_be_visible()
    set_password(page, mailed_link(server.data_dir, "ben@acme.example"), NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Your new password is set")).to_be_visible()
    page.goto("/console/sign-in")
    sign_in_by_password(page, "ben@acme.example", NEW_PASSWORD)
