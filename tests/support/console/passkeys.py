"""Passkeys in the browser: its authenticator, the requests that a page makes of it, and who adds one."""

import time
from dataclasses import dataclass

import asyncpg
from playwright.sync_api import CDPSession, Page, expect

from app.database.pools import normalize_url
from app.demo.example_users import PASSWORD
from tests.support.console.mailbox import PATIENCE
from tests.support.console.server import ConsoleServer
from tests.support.databases import in_new_loop

SAM = "sam@acme.example"


def give_password(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sql(server: ConsoleServer, statement: str) -> None:
    """Run a statement in the database of the server."""

    async def run() -> None:
        connection = await asyncpg.connect(normalize_url(server.database_url))
        await connection.execute(statement)
        await connection.close()

    in_new_loop(run())


def at_localhost(server: ConsoleServer, path: str) -> str:
    """The address of a page by the name of this machine: passkeys are for names, not for addresses."""
    return server.url(path).replace("127.0.0.1", "localhost")


NO_SUGGESTIONS = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
REQUESTS = """window.asked = [];
const get = navigator.credentials.get.bind(navigator.credentials);
navigator.credentials.get = (options) => {
  const request = {mediation: options.mediation ?? 'dialog', end: null};
  asked.push(request);
  return get(options).then((found) => { request.end = 'chosen'; return found; },
    (error) => { request.end = error.name; throw error; });
};"""
"""Writes down which requests a page makes of the browser, and how they end."""


@dataclass(frozen=True)
class Device:
    """The authenticator of a browser."""

    session: CDPSession
    key: str

    def set_present(self, *, is_present: bool) -> None:
        """Lets its owner be there, or not: then requests wait."""
        enabled = {"authenticatorId": self.key, "enabled": is_present}
        self.session.send("WebAuthn.setAutomaticPresenceSimulation", enabled)


def with_device(page: Page, script: str = NO_SUGGESTIONS) -> Device:
    """Gives the browser an authenticator, whose owner is there and verified. It is lost when another session of the
    page's protocol ends, such as that of `violations`. The owner chooses at once what is suggested, so by default
    nothing is; `script` runs before those of each page."""
    page.add_init_script(script)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    verified = {"isUserVerified": True, "automaticPresenceSimulation": True}
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options | verified})
    return Device(session, added["authenticatorId"])


def add_passkey(page: Page, server: ConsoleServer, name: str) -> None:
    """Signs Sam in, and adds a passkey with this name."""
    page.goto(at_localhost(server, "/account"))
    page.get_by_role("button", name=SAM).click()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("alertdialog").get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("alertdialog").get_by_role("button", name="Add").click()
    page.get_by_role("button", name="I have saved them").click()
    expect(page.get_by_role("list", name="Passkeys").get_by_role("heading", name=name)).to_be_visible()


def asked(page: Page, number: int) -> list[dict[str, str | None]]:
    """Waits until the page has made so many requests of the browser, and returns them."""
    give_up = time.monotonic() + PATIENCE
    while len(requests := page.evaluate("asked")) < number:
        assert time.monotonic() < give_up, requests
        page.wait_for_timeout(50)
    assert len(requests) == number
    return list(requests)
