"""Access templates: made in the console, given to new users, changed with all their users, removed."""

import re

from playwright.sync_api import Page, expect

from tests.support.console.steps import accounts, choose, fill_in_person, preview, sign_in


def create_template(page: Page, name: str) -> None:
    """Creates a template with *Support: view* and the account *ACME East*."""
    page.get_by_role("button", name="New template").click()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("checkbox", name="Support: view").check()
    contracts = accounts(page, "Contract accounts")
    contracts.get_by_role("searchbox", name="Search accounts").fill("East")
    contracts.get_by_role("checkbox", name="ACME East").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").filter(has_text=name)).to_contain_text("1 contract account")


def test_users_get_their_access_from_a_template_and_change_with_it(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/organization")
    page.get_by_role("link", name="Templates").click()
    expect(page.get_by_role("heading", name="No templates yet")).to_be_visible()
    create_template(page, "Helpdesk")

    page.goto("/console/users/organization/new")
    fill_in_person(page, "nia@acme.example", "Nia", "North")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Template").select_option("Helpdesk")
    expect(page.get_by_role("group", name="Permissions")).to_have_count(0)
    expect(preview(page)).to_contain_text("ACME East")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Nia North has been added")).to_be_visible()

    page.goto("/console/users/templates?search=help")
    template = page.get_by_role("list", name="Templates").get_by_role("listitem")
    expect(template).to_contain_text("1 user")
    page.get_by_role("button", name="Edit Helpdesk").click()
    page.get_by_role("checkbox", name="Support: view").uncheck()
    page.get_by_role("checkbox", name="Orders: view").check()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Change Helpdesk and its users?")
    result = dialog.get_by_role("list", name="Results").get_by_role("listitem")
    expect(result).to_contain_text("Nia North")
    expect(result).to_contain_text("Gains: Orders: view")
    expect(result).to_contain_text("Loses: Support: view")
    dialog.get_by_role("button", name="Change 1 user").click()
    expect(page.get_by_role("list", name="Templates")).to_contain_text("Orders: view")

    page.get_by_role("button", name="Remove Helpdesk").click()
    confirmation = page.get_by_role("alertdialog", name="Remove Helpdesk?")
    expect(confirmation).to_contain_text("Its users keep their access.")
    confirmation.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="No templates yet")).to_be_visible()


def test_errors_are_at_their_fields_and_nothing_typed_is_lost(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/templates")
    create_template(page, "Helpdesk")
    page.get_by_role("button", name="New template").click()
    name = page.get_by_role("textbox", name="Name")
    name.fill("helpdesk")
    page.get_by_role("checkbox", name="Support: view").check()
    page.reload()
    expect(name).to_have_value("helpdesk")
    page.get_by_role("button", name="Save").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("checkbox", name="Support: view")).to_be_checked()
    page.get_by_role("link", name="Templates").click()
    page.get_by_role("button", name="Discard and leave").click()
    expect(page.get_by_role("list", name="Templates").get_by_role("listitem")).to_have_count(1)


def test_a_change_of_somebody_else_is_not_overwritten(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/templates")
    create_template(page, "Helpdesk")
    page.get_by_role("button", name="Edit Helpdesk").click()
    name = page.get_by_role("textbox", name="Name")
    name.fill("Mine")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("textbox", name="Name").fill("Theirs")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("heading", name="Theirs")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The template has been changed since you last read it.")).to_be_visible()
    expect(name).to_have_value("Mine")
    page.get_by_role("button", name="Discard my changes and show the newest").click()
    expect(name).to_have_value("Theirs")


def test_many_are_invited_with_a_template(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/templates")
    create_template(page, "Helpdesk")
    page.goto("/console/users/invite")
    page.get_by_role("textbox", name="Email addresses").fill("nia@acme.example")
    page.get_by_label("Template").select_option("Helpdesk")
    expect(preview(page)).to_contain_text("ACME East")
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_role("rowheader", name="nia@acme.example")).to_be_visible()
    page.goto("/console/users/organization?search=nia")
    expect(page.get_by_role("row", name=re.compile("nia@"))).to_contain_text("ACME East")


def test_who_may_not_add_users_has_no_templates(page: Page) -> None:
    sign_in(page, "ben@acme.example", "/users/templates")
    expect(page.get_by_role("main").get_by_role("heading", name="Page not found")).to_be_visible()
    expect(page.get_by_role("link", name="Templates")).to_have_count(0)


def test_a_user_who_is_edited_gets_a_template_and_leaves_it(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/users/templates")
    create_template(page, "Helpdesk")
    page.goto("/console/users/organization?search=sue@")
    choose(page, "Sue Schäfer", "Edit")
    page.get_by_label("Template").select_option("Helpdesk")
    expect(page.get_by_role("group", name="Permissions")).to_have_count(0)
    # Sue has ACME South: the template replaces all that she has.
    expect(preview(page)).to_contain_text("They gain:1 permissionSupport: view1 contract accountACME East")
    expect(preview(page)).to_contain_text("They lose:1 contract accountACME South")
    page.get_by_role("button", name="Save").click()
    card = page.get_by_role("article")
    expect(card.get_by_role("listitem").filter(has_text="ACME East")).to_be_visible()
    expect(card.get_by_role("listitem").filter(has_text="ACME South")).to_have_count(0)

    choose(page, "Sue Schäfer", "Edit")
    template = page.get_by_label("Template")
    expect(template).to_have_value(re.compile("^tpl_"))
    expect(preview(page)).to_contain_text("They gain and lose nothing.")
    template.select_option("None")
    expect(page.get_by_text("The template stays until you change a permission or an account.")).to_be_visible()
    page.get_by_role("checkbox", name="Support: view").uncheck()
    expect(preview(page)).to_contain_text("They lose:1 permissionSupport: view")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sue Schäfer", level=1, exact=True)).to_be_visible()
    page.goto("/console/users/templates")
    expect(page.get_by_role("list", name="Templates").get_by_role("listitem")).to_contain_text("0 users")
