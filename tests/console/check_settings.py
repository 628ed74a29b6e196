"""The settings of the organization, and the lists of users to which the mails about ends and inactivity lead."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.steps import listed, sign_in, users
from tests.support.console.words import word


def test_an_admin_changes_the_settings_and_sees_all_errors_at_their_fields(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    page.get_by_role("link", name="Settings").click()
    first, second = (page.get_by_label(f"{place} announcement") for place in ("First", "Second"))
    expect(first).to_have_value("14")
    expect(second).to_have_value("3")
    first.fill("")
    second.fill("90")
    after = page.get_by_label("Remove users after")
    after.fill("10")
    page.get_by_role("button", name="Save").click()
    for field in (second, after):
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Enter a number of days from 1 to 60.")).to_be_visible()
    expect(page.get_by_text("Enter a number of days from 30 to 1,000.")).to_be_visible()
    second.fill("7")
    after.fill("400")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    page.reload()
    expect(first).to_have_value("7")
    expect(second).to_have_value("")
    expect(after).to_have_value("400")
    after.fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()


def test_an_admin_sees_how_many_users_would_be_concerned(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/settings")
    page.get_by_label("Remove users after").fill("30")
    expect(page.get_by_text(re.compile(r"users? ha(s|ve) not signed in for that long"))).to_be_visible()


def test_others_have_no_settings(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/settings")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)


def test_a_list_is_filtered_by_days_also_by_those_of_a_link(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization?notSignedInFor=77&endsWithin=14")
    expect(page.get_by_role("heading", name="No users found")).to_be_visible()
    expect(page.get_by_role("button", name="Not signed in for: 77 days")).to_be_visible()
    page.get_by_role("button", name="Access ends within: 14 days").click()
    page.get_by_role("menuitemcheckbox", name="14 days").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/users/organization\?notSignedInFor=77$"))
    page.get_by_role("button", name="Not signed in for").click()
    page.get_by_role("menuitemcheckbox", name="365 days").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"notSignedInFor=365$"))
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("searchbox", name="Search users").fill("sue@")
    listed(page, ["sue@acme.example"])
    expect(users(page)).to_have_count(1)


def test_what_is_said_follows_another_language(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/settings")
    page.get_by_label("Remove users after").fill("10")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a number of days from 30 to 1,000.")).to_be_visible()
    page.get_by_role("button", name="Language: English").click()
    page.get_by_role("menuitemradio", name="Deutsch").click()
    expect(page.get_by_text(word("de", "Enter a number from 30 to 1,000."))).to_be_visible()
    expect(page.get_by_text("Enter a number of days from 30 to 1,000.")).to_have_count(0)
    page.get_by_role("link", name=word("de", "My organization")).click()
    page.get_by_role("button", name=word("de", "Invite many")).click()
    page.get_by_role("button", name=word("de", "Check")).click()
    expect(page.get_by_text(word("de", "Enter at least one email address."))).to_be_visible()
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("menuitemradio", name="English").click()
    expect(page.get_by_text("Enter at least one email address.")).to_be_visible()
