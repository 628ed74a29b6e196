"""A list of users: what it shows is in its address, and Back brings it back. What one may do with a user."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.steps import choose, listed, sign_in, users


def test_the_address_holds_search_filter_and_order(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    expect(users(page).first).to_be_visible()
    everybody = users(page).all_text_contents()
    page.get_by_role("searchbox", name="Search users").fill("sam@")
    listed(page, ["sam@acme.example"])
    expect(page).to_have_url(re.compile(r"[?&]search=sam%40"))
    page.go_back()
    expect(users(page)).to_have_text(everybody)
    expect(page.get_by_role("searchbox", name="Search users")).to_have_value("")
    page.get_by_role("button", name="Status", exact=True).filter(has_not_text="sort").first.click()
    page.get_by_role("menuitemcheckbox", name="Pending").click()
    page.keyboard.press("Escape")
    listed(page, ["pat@acme.example"])
    expect(page).to_have_url(re.compile(r"[?&]status=PENDING"))
    page.reload()
    listed(page, ["pat@acme.example"])
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"[?&]order=NAME_DESC"))
    expect(users(page)).to_have_text(everybody[::-1])
    page.go_back()
    expect(users(page)).to_have_text(everybody)


def test_back_from_a_card_brings_the_list_back(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=sue")
    listed(page, ["sue@acme.example"])
    users(page).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1, name=re.compile("^Sue"))).to_be_visible()
    page.go_back()
    listed(page, ["sue@acme.example"])
    expect(page.get_by_role("searchbox", name="Search users")).to_have_value("sue")


def test_a_removal_says_what_it_takes_away_and_can_be_undone(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?search=sue")
    name = users(page).get_by_role("link").inner_text()
    choose(page, name, "Remove")
    dialog = page.get_by_role("alertdialog", name=f"Remove {name}?")
    expect(dialog.get_by_role("heading", name="3 services")).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="SVC-000003")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    choose(page, name, "Remove")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("cell", name="Removed")).to_be_visible()
    choose(page, name, "Restore")
    page.get_by_role("alertdialog", name=f"Restore {name}?").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("cell", name="Pending")).to_be_visible()


def test_offers_only_what_one_may_do(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/users/organization?search=ada")
    listed(page, ["ada@acme.example"])
    page.get_by_role("button", name=re.compile("^Options for Ada")).click()
    expect(page.get_by_role("menuitem")).to_have_text(["Open"])
