"""An admin views as a user, and stops: the dialog, the banner on each page, and what is left of the menus."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.console.check_accessibility import look
from tests.support.console.steps import sign_in

Picture = Callable[[str], Path]


def test_view_as_and_stop(page: Page, picture: Picture) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=sue@")
    page.get_by_role("button", name="Options for Sue Schäfer").click()
    page.get_by_role("menuitem", name="View as").click()
    dialog = page.get_by_role("dialog", name="View as Sue Schäfer?")
    dialog.get_by_label("Reason").fill("Ticket 4711")
    found = look(page, "dialog", picture)
    dialog.get_by_role("button", name="View", exact=True).click()
    banner = page.get_by_role("region", name="View as another user")
    expect(banner).to_contain_text("You are viewing as Sue Schäfer until")
    expect(banner).to_contain_text("Ticket 4711")
    page.get_by_role("link", name="Services").click()
    expect(page.get_by_role("link", name="SVC-000001").or_(page.get_by_text("SVC-000001")).first).to_be_visible()
    expect(page.get_by_text("SVC-000006")).to_have_count(0)
    expect(banner).to_be_visible()
    found += look(page, "banner", picture)
    page.reload()
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="Stop viewing").click()
    expect(page.get_by_role("region", name="Account")).to_contain_text("ada@acme.example")
    expect(banner).to_have_count(0)
    assert found == []
