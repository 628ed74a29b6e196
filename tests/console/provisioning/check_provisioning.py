"""Sign-in and provisioning: the SCIM tokens of an organization, from the first use to the end."""

import httpx
from playwright.sync_api import Page, expect

from tests.support.console.steps import sign_in


def test_a_token_is_shown_once_works_and_is_revoked(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    page.get_by_role("link", name="Sign-in and provisioning").click()
    section = page.get_by_role("region", name="SCIM provisioning")
    expect(section.get_by_text("There are no tokens yet.")).to_be_visible()
    section.get_by_role("button", name="Create token").click()
    dialog = page.get_by_role("alertdialog", name="New SCIM token")
    dialog.get_by_role("textbox", name="Name").fill("Okta")
    days = dialog.get_by_role("textbox", name="Days valid")
    days.fill("900")
    dialog.get_by_role("button", name="Create").click()
    expect(days).to_have_attribute("aria-invalid", "true")
    days.fill("90")
    dialog.get_by_role("button", name="Create").click()
    shown = page.get_by_role("dialog", name="The SCIM token of Okta")
    expect(shown).to_contain_text("You see this token only now.")
    address = shown.get_by_role("region", name="SCIM base URL").inner_text().strip()
    token = shown.get_by_role("region", name="Token").inner_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    found = httpx.get(f"{address}/Users", params={"filter": 'userName eq "sue@acme.example"'}, headers=headers)
    assert (found.status_code, found.json()["totalResults"]) == (200, 1)
    page.keyboard.press("Escape")
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="I have stored it").click()
    page.reload()
    tokens = section.get_by_role("list", name="SCIM tokens").get_by_role("listitem")
    expect(tokens).to_have_count(1)
    expect(tokens).to_contain_text("Last used")
    expect(tokens).to_contain_text("Acts for Ada")
    expect(page.get_by_text(token)).to_have_count(0)
    tokens.get_by_role("button", name="Revoke Okta").click()
    page.get_by_role("alertdialog", name="Revoke Okta?").get_by_role("button", name="Revoke").click()
    expect(tokens).to_contain_text("Revoked")
    expect(tokens.get_by_role("button")).to_have_count(0)
    assert httpx.get(f"{address}/Users", headers=headers).status_code == 401


def test_others_have_no_such_page(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/provisioning")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_role("link", name="Sign-in and provisioning")).to_have_count(0)
