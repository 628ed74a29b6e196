"""An admin pastes email addresses, checks them, corrects what is refused, and sends the invitations."""

from playwright.sync_api import Page, expect

from tests.support.console.steps import accounts, sign_in

FIELD = "Email addresses"


def test_the_refused_lines_are_corrected_and_sent_again(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    page.get_by_role("button", name="Invite many").click()
    field = page.get_by_role("textbox", name=FIELD)
    field.fill("Ann Lee <ann@acme.example>; sue@acme.example\nbad@address@example\nbob@acme.example")
    expect(page.get_by_text("4 email addresses")).to_be_visible()
    accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME South").check()
    page.get_by_role("button", name="Check").click()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(5)
    expect(rows.nth(1)).to_contain_text("sue@acme.example")
    expect(rows.nth(2)).to_contain_text("bad@address@example")
    page.get_by_role("button", name="Send invitations").click()
    expect(field).to_have_value("sue@acme.example\nbad@address@example")
    expect(page.get_by_role("rowheader", name="ann@acme.example")).to_be_visible()
    field.fill("cam@acme.example")
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_role("rowheader", name="cam@acme.example")).to_be_visible()
    expect(field).to_have_value("")


def test_lines_are_kept_over_a_reload_until_the_page_is_left(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/invite")
    page.get_by_role("textbox", name=FIELD).fill("dee@acme.example")
    chosen = accounts(page, "Contract accounts").get_by_role("checkbox", name="ACME South")
    chosen.check()
    page.reload()
    expect(page.get_by_role("textbox", name=FIELD)).to_have_value("dee@acme.example")
    expect(chosen).to_be_checked()
    page.get_by_role("link", name="My organization").click()
    question = page.get_by_role("alertdialog", name="Leave this page?")
    question.get_by_role("button", name="Discard and leave").click()
    page.get_by_role("button", name="Invite many").click()
    expect(page.get_by_role("textbox", name=FIELD)).to_have_value("")
    expect(chosen).not_to_be_checked()


def test_501_addresses_are_refused_before_anything_is_sent(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/invite")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    field = page.get_by_role("textbox", name=FIELD)
    field.fill("\n".join(f"user{number}@acme.example" for number in range(501)))
    expect(page.get_by_text("501 email addresses")).to_be_visible()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("textbox", name=FIELD)).to_have_attribute("aria-invalid", "true")
    assert not [body for body in sent if "user500@acme.example" in body]
