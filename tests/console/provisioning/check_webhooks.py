"""Webhooks in the console: add one, see its secret once, read its log, pause, resume, change and remove it."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.steps import sign_in

URL = "https://hooks.invalid.example/in"


def add(page: Page, url: str = URL) -> None:
    page.get_by_role("button", name="Add webhook").click()
    page.get_by_role("textbox", name="URL").fill(url)
    page.get_by_role("button", name="Add", exact=True).click()


def option(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Options for {URL}").click()
    page.get_by_role("menuitem", name=name, exact=True).click()


def test_an_admin_adds_a_webhook_and_looks_after_it(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    page.get_by_role("link", name="Sign-in and provisioning").click()
    expect(page.get_by_text("There are no webhooks yet.")).to_be_visible()
    add(page, "http://hooks.invalid.example/in")
    expect(page.get_by_role("textbox", name="URL")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("textbox", name="URL").fill(URL)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("region", name="Secret")).to_have_text(re.compile("^whsec_"))
    page.get_by_role("button", name="I have stored it").click()
    webhook = page.get_by_role("list", name="Webhooks").get_by_role("listitem").first
    expect(webhook.get_by_role("heading", name=URL)).to_be_visible()
    expect(webhook.get_by_text("Sends what Ada")).to_be_visible()
    page.get_by_role("button", name=f"Send a test to {URL}").click()
    log = page.get_by_role("list", name=f"Log of {URL}")
    expect(log.get_by_text("Test", exact=True)).to_be_visible()
    option(page, "Pause")
    expect(webhook.get_by_text("Paused")).to_be_visible()
    option(page, "Resume")
    page.get_by_role("button", name="Resume").click()
    expect(webhook.get_by_text("Active", exact=True)).to_be_visible()
    option(page, "Add a new secret")
    page.get_by_role("button", name="Add secret").click()
    page.get_by_role("button", name="I have stored it").click()
    expect(webhook.get_by_text("Former secret")).to_be_visible()
    option(page, "Retire the former secret")
    page.get_by_role("button", name="Retire").click()
    expect(webhook.get_by_text("Former secret")).to_have_count(0)
    option(page, "Edit")
    page.get_by_label("Signed in").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    option(page, "Remove")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("There are no webhooks yet.")).to_be_visible()


def test_others_have_no_such_page(page: Page) -> None:
    sign_in(page, "sam@acme.example", "/provisioning")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_role("link", name="Sign-in and provisioning")).to_have_count(0)
