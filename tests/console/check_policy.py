"""The access policy in the browser: for staff, with links to lines, questions, and a playground."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.steps import sign_in

STAFF = "staff@portico.example"
VIEW_SERVICE = 'allow(actor: Member, "view", service: Service) if'


def test_a_line_has_a_link_and_its_rule_is_marked(page: Page) -> None:
    sign_in(page, STAFF, "/policy")
    expect(page.get_by_role("link", name="Policy")).to_be_visible()
    page.get_by_role("navigation", name="Rules").get_by_role(
        "link", name='allow(Member, "view", Service)', exact=True
    ).click()
    expect(page).to_have_url(re.compile(r"line=\d+$"))
    line = page.get_by_role("region", name="Source").get_by_role("listitem").filter(has_text=VIEW_SERVICE)
    expect(line).to_be_in_viewport()
    page.reload()
    expect(line).to_be_in_viewport()


def test_why_not_is_answered_in_sentences(page: Page) -> None:
    sign_in(page, STAFF, "/policy?tab=questions")
    page.get_by_role("searchbox", name=re.compile("^Search organizations")).fill("East")
    page.get_by_role("button", name=re.compile("^ACME East")).first.click()
    page.get_by_role("button", name="Ask why, or why not").click()
    page.get_by_role("searchbox", name="Search users").last.fill("pia@")
    page.get_by_role("button", name=re.compile("^Pia Pérez")).click()
    expect(page.get_by_role("heading", name="Pia Pérez can’t see ACME East")).to_be_visible()
    expect(page.get_by_text("They were not given ACME East.")).to_be_visible()


def test_a_question_is_in_the_address(page: Page) -> None:
    sign_in(page, STAFF, "/policy?tab=questions")
    page.get_by_role("searchbox", name=re.compile("^Search organizations")).fill("acme")
    expect(page).to_have_url(re.compile("search=acme"))
    page.get_by_role("region", name="Organizations").get_by_role("button", name="ACME Corporation").click()
    page.get_by_role("button", name="Who can: See").click()
    page.get_by_role("menuitemradio", name="Change settings").click()
    page.get_by_role("button", name="Ask why, or why not").click()
    page.get_by_role("searchbox", name="Search users").last.fill("sue@")
    page.get_by_role("button", name=re.compile("^Sue Schäfer")).click()
    answer = page.get_by_role("heading", name="Sue Schäfer can’t change the settings of ACME Corporation")
    expect(answer).to_be_visible()
    page.reload()
    expect(answer).to_be_visible()
    page.get_by_role("button", name="Choose something else").click()
    expect(page.get_by_role("searchbox", name=re.compile("^Search organizations"))).to_have_value("acme")
    page.go_back()
    expect(answer).to_be_visible()


def test_who_can_do_something_with_an_organization(page: Page) -> None:
    sign_in(page, STAFF, "/policy?tab=questions&search=acme")
    page.get_by_role("region", name="Organizations").get_by_role("button", name="ACME Corporation").click()
    page.get_by_role("button", name="Who can see this? ACME Corporation").click()
    dialog = page.get_by_role("dialog", name="Who can see ACME Corporation?")
    expect(dialog.get_by_role("list", name="Users")).to_contain_text("pia@pear.example")
    dialog.get_by_role("button", name="Who can: See").click()
    page.get_by_role("menuitemradio", name="Review access").click()
    dialog = page.get_by_role("dialog", name="Who can review the access to ACME Corporation?")
    expect(dialog.get_by_role("list", name="Users")).to_contain_text("ada@acme.example")
    expect(dialog.get_by_role("list", name="Users")).not_to_contain_text("pia@pear.example")


def test_an_edit_is_checked_as_it_is_typed_and_stays_out_of_force(page: Page) -> None:
    sign_in(page, STAFF, "/policy?tab=playground")
    field = page.get_by_label("Edited policy")
    text = field.input_value()
    field.fill(text.replace(VIEW_SERVICE, VIEW_SERVICE.replace("view", "vieww")))
    findings = page.get_by_role("list", name="Findings")
    expect(findings).to_contain_text("vieww")
    findings.get_by_role("button", name=re.compile("^Line")).first.click()
    expect(field).to_be_focused()
    page.get_by_role("button", name="Compare with the policy in force").click()
    expect(page.get_by_role("heading", name="What it would mean")).to_be_focused()
    expect(page.get_by_text("It would not be loaded.")).to_be_visible()
    page.get_by_role("button", name="Discard the edit").click()
    expect(field).to_have_value(text)
    expect(page.get_by_text("No error found while typing.")).to_be_visible()


def test_nobody_else_is_offered_it(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/policy")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    for name in ("Policy", "Organizations"):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
