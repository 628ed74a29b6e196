"""The accounts that one sees: both kinds, what belongs to them, and questions about them that a link can share."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.steps import sign_in


def test_the_search_says_what_it_finds_of_each_kind(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/accounts")
    page.get_by_role("searchbox", name="Search accounts").fill("pear")
    expect(page.get_by_role("heading", name="No accounts found")).to_be_visible()
    kinds = page.get_by_role("navigation", name="Kinds of accounts")
    kinds.get_by_role("link", name="Delivery accounts 1").click()
    accounts = page.get_by_role("list", name="Delivery accounts").locator("> li")
    expect(accounts).to_have_count(1)
    expect(accounts.get_by_role("heading", level=3)).to_have_text(["ACME East", "ACME South"])
    expect(accounts.get_by_role("listitem").filter(has_text="SVC-000004").last).to_be_visible()
    expect(page).to_have_url(re.compile(r"search=pear&kind=delivery|kind=delivery&search=pear"))
    page.get_by_role("searchbox", name="Search accounts").fill("000006")
    page.get_by_role("link", name="1 service with these words").click()
    expect(page.get_by_role("rowheader")).to_have_text(["SVC-000006"])


def test_one_sees_no_account_of_the_other_kind_beyond_ones_own(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/accounts?kind=delivery")
    accounts = page.get_by_role("list", name="Delivery accounts").locator("> li")
    expect(accounts.get_by_role("heading", level=2)).to_have_text(["ACME South", "PEAR Corp"])
    expect(accounts.get_by_role("heading", level=3)).to_have_text(["ACME South", "ACME South"])


def test_staff_see_of_which_organization_an_account_is(page: Page) -> None:
    sign_in(page, "staff@portico.example", "/accounts?kind=delivery&search=pear")
    accounts = page.get_by_role("list", name="Delivery accounts").locator("> li")
    expect(accounts.get_by_role("heading", level=2)).to_have_text(["PEAR Corp", "PEAR Corp"])
    expect(accounts.filter(has_text="ACME Corporation")).to_have_count(1)
    expect(accounts.filter(has_text="Globex ·")).to_have_count(1)


def test_a_question_is_in_the_address(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/accounts")
    page.get_by_role("button", name="Who can see this? SVC-000006").click()
    dialog = page.get_by_role("dialog", name="Who can see SVC-000006?")
    dialog.get_by_role("button", name="Why? Ben Bąk").click()
    expect(dialog.get_by_role("heading", name="Ben Bąk can see SVC-000006")).to_be_focused()
    page.reload()
    expect(dialog.get_by_role("heading", name="Ben Bąk can see SVC-000006")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("access="))


def test_more_can_be_asked_than_who_sees_it(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/accounts?search=South")
    page.get_by_role("button", name="Who can see this? ACME South").first.click()
    page.get_by_role("dialog", name="Who can see ACME South?").get_by_role("button", name="Who can: See").click()
    page.get_by_role("menuitemradio", name="Give to users").click()
    dialog = page.get_by_role("dialog", name="Who can give users access to ACME South?")
    dialog.get_by_role("button", name="Why? Sam").click()
    expect(dialog.get_by_role("heading", name=re.compile("^Sam .* can give users access to ACME"))).to_be_visible()
    dialog.get_by_role("button", name=re.compile("^Ask why, or why not")).click()
    page.keyboard.type("sue@")
    page.get_by_role("list", name="Users").last.get_by_role("button", name="Sue").click()
    expect(dialog.get_by_role("heading", name=re.compile("^Sue .* can’t give users access to ACME"))).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="Missing:").first).to_be_visible()


def test_who_can_change_a_user(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=sue")
    page.get_by_role("link", name=re.compile("^Sue")).click()
    page.get_by_role("button", name=re.compile("^Who can see this")).click()
    page.get_by_role("button", name="Who can: See").click()
    page.get_by_role("menuitemradio", name="Change").click()
    dialog = page.get_by_role("dialog", name=re.compile("^Who can change Sue"))
    expect(dialog.get_by_role("link", name=re.compile("^Ada"))).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog", name=re.compile("^Who can see Sue"))).to_be_visible()
