"""The API clients of a developer: from the first secret to the end of the client."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.check_accessibility import LOCALES, look
from tests.support.console.steps import sign_in
from tests.support.console.watched_page import OpenVisitor
from tests.support.console.words import word


def created(page: Page, name: str) -> Locator:
    """Opens the dialog with the secret of a new client."""
    page.get_by_role("button", name="New API client").click()
    dialog = page.get_by_role("alertdialog", name="New API client")
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("checkbox", name="users.write").check()
    dialog.get_by_role("button", name="Create").click()
    return page.get_by_role("dialog", name=f"The secret of {name}")


def test_the_test_command_works_and_use_is_shown(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/api-clients")
    dialog = created(page, "Payroll")
    expect(dialog).to_contain_text("You see this secret only now.")
    command = dialog.get_by_role("region", name="Test").inner_text()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, timeout=30).stdout
    assert json.loads(answer)["data"]["viewer"] == {
        "organization": {"name": "ACME Corporation"},
        "scopes": ["BASIC_READ", "USERS_WRITE"],
    }
    dialog.get_by_role("button", name="I have stored it").click()
    page.reload()
    client = page.get_by_role("list", name="API clients").locator("> li").filter(has_text="Payroll")
    expect(client).to_contain_text("basic.read users.write")
    expect(client.get_by_role("list", name="Secrets of Payroll")).to_contain_text("Last used")


def test_a_secret_is_rotated_and_the_old_one_retired(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/api-clients")
    created(page, "Rotated").get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Rotate the secret of Rotated").click()
    expect(page).to_have_url(re.compile("act=rotate"))
    page.get_by_role("button", name="Add secret").click()
    page.get_by_role("dialog", name="The secret of Rotated").get_by_role("button", name="I have stored it").click()
    secrets = page.get_by_role("list", name="Secrets of Rotated").get_by_role("listitem")
    expect(secrets).to_have_count(2)
    expect(page.get_by_role("button", name="Rotate the secret of Rotated")).to_have_count(0)
    secrets.first.get_by_role("button").click()
    dialog = page.get_by_role("alertdialog", name=re.compile("^Retire the secret"))
    expect(dialog).to_contain_text("This secret: Never used")
    dialog.get_by_role("button", name="Retire").click()
    expect(secrets).to_have_count(1)


def test_a_client_is_revoked(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/api-clients")
    created(page, "Revoked one").get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Revoke Revoked one").click()
    dialog = page.get_by_role("alertdialog", name="Revoke Revoked one?")
    expect(dialog).to_contain_text("Whatever uses it stops at once")
    expect(dialog).to_contain_text("basic.read, users.write")
    dialog.get_by_role("button", name="Revoke").click()
    clients = page.get_by_role("list", name="API clients").locator("> li").filter(has_text="Revoked one")
    expect(clients).to_have_count(0)
    page.goto(f"{page.url.split('?')[0]}?state=revoked")
    expect(clients).to_have_count(1)
    expect(clients.get_by_role("button")).to_have_count(0)


def test_what_is_wrong_stands_at_its_field(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/api-clients?act=new")
    dialog = page.get_by_role("alertdialog", name="New API client")
    dialog.get_by_role("textbox", name="Name").fill("No scopes")
    dialog.get_by_role("checkbox", name="basic.read").uncheck()
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("group", name="Scopes").get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value("No scopes")


def test_it_is_offered_to_those_who_may_make_clients(page: Page) -> None:
    sign_in(page, "ada@acme.example", "/accounts")
    expect(page.get_by_role("link", name="API clients")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, "sam@acme.example", "/api-clients?act=new")
    expect(page.get_by_role("heading", name="No active API clients")).to_be_visible()
    expect(page.get_by_role("button", name="New API client")).to_have_count(0)
    expect(page.get_by_role("link", name="API clients")).to_have_count(0)
    expect(page.get_by_role("alertdialog")).to_have_count(0)


@pytest.mark.parametrize("language", LOCALES)
def test_the_page(visit: OpenVisitor, language: str, picture: Callable[[str], Path]) -> None:
    page = visit(locale=LOCALES[language]).new_page()
    page.goto("/console/api-clients")
    page.get_by_role("button", name="ada@acme.example").click()
    page.get_by_role("button", name=word(language, "New API client")).click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("textbox").fill("Wiki")
    found = look(page, "new-client", picture)
    dialog.get_by_role("button", name=word(language, "Create")).click()
    expect(page.get_by_role("dialog").get_by_role("region")).to_have_count(3)
    found += look(page, "secret", picture)
    page.get_by_role("button", name=word(language, "I have stored it")).click()
    expect(page.get_by_role("listitem").filter(has_text="Wiki")).to_be_visible()
    found += look(page, "clients", picture)
    assert found == []
