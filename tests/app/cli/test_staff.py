"""`portico staff`: the way from an empty database to somebody who onboards the first organization, and back."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from app.audit.verify import ChainFilter, verify
from app.database.pools import normalize_url
from tests.support.backups.backup_files import use
from tests.support.cli import run
from tests.support.databases import in_new_loop
from tests.support.server import SIGN_IN, Client, serving
from tests.support.users.journey import PASSWORD, mailed_link

T = TypeVar("T")

EMAIL = "jane@portal.example"
ONBOARD = """mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { organization { name } errors { code message path } }
}"""
ACTIVATE = """mutation ($input: ActivateUserInput!) { activateUser(input: $input) { errors { code message path } } }"""
VIEWER = "{ viewer { user { email } } }"


class Platform:
    """An operator of a platform, and its server."""

    def __init__(self, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.url, self.folder, self._monkeypatch, self._capsys = url, folder, monkeypatch, capsys
        use(monkeypatch, url, folder)

    def run(self, *arguments: str, code: int = 0) -> str:
        """What `portico staff` says: on standard output, or if it fails, on standard error."""
        assert run(self._monkeypatch, "staff", *arguments) == code
        said = self._capsys.readouterr()
        return str(said.err if code else said.out)

    def states(self) -> dict[str, str]:
        return {row["email"]: row["status"] for row in json.loads(self.run("list", "--json"))}

    def with_server(self, work: Callable[[Client], Awaitable[T]]) -> T:
        async def serve() -> T:
            async with serving(self.url, self.folder, mail_worker=True) as client:
                return await work(client)

        return in_new_loop(serve())

    def activate(self, **names: str) -> None:
        """Use the link of the only mail to Jane, which is deleted."""

        async def follow(client: Client) -> None:
            link = await mailed_link(self.folder, EMAIL)
            token = parse_qs(urlsplit(link).query)["token"][0]
            answer = await client.data(ACTIVATE, input={"token": token, "password": PASSWORD, **names})
            assert answer["activateUser"]["errors"] == []

        self.with_server(follow)
        for mail in self.folder.glob("mail/*.eml"):
            mail.unlink()

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """The events of the platform: kind, and what became of which field."""

        async def read() -> list[tuple[str, dict[str, Any]]]:
            connection = await asyncpg.connect(normalize_url(self.url))
            try:
                rows = await connection.fetch(
                    "SELECT kind, changes, address FROM audit_events WHERE organization_id IS NULL ORDER BY number"
                )
            finally:
                await connection.close()
            assert {row["address"] for row in rows if row["kind"] != "user.activated"} <= {"cli", "192.0.2.7"}
            return [(row["kind"], json.loads(row["changes"] or "{}")) for row in rows]

        return in_new_loop(read())


@pytest.fixture
def platform(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Platform:
    return Platform(database_url, tmp_path, monkeypatch, capsys)


def test_the_first_of_the_staff_onboards_an_organization(platform: Platform) -> None:
    said = platform.run("add", "Jane@Portal.example", "--first-name", "Jane", "--last-name", "Doe")
    assert said.startswith(f"{EMAIL} is now one of the staff. SMTP_URL isn't set")
    assert platform.states() == {EMAIL: "PENDING"}
    platform.activate()
    assert platform.states() == {EMAIL: "ACTIVE"}

    async def onboard(client: Client) -> Any:
        token = await client.sign_in(EMAIL, PASSWORD)
        admin = {"email": "ada@initech.example", "firstName": "Ada", "lastName": "Byron"}
        return await client.data(ONBOARD, token, input={"name": "Initech", "admin": admin})

    assert platform.with_server(onboard) == {"createOrganization": {"organization": {"name": "Initech"}, "errors": []}}
    kind, changes = platform.events()[0]
    assert kind == "user.created"
    assert {field: after for field, (_, after) in changes.items() if field != "by"} == {
        "email": EMAIL, "kind": "PERSONAL", "firstName": "Jane", "lastName": "Doe"
    }  # fmt: skip
    assert "@" in changes["by"][1]
    assert in_new_loop(verify(normalize_url(platform.url), ChainFilter(), {}, lambda *_: None)).intact


def test_whoever_was_added_without_a_name_gives_one(platform: Platform) -> None:
    platform.run("add", EMAIL)
    platform.activate(firstName="Jane", lastName="Doe")
    [row] = json.loads(platform.run("list", "--json"))
    assert (row["name"], row["status"], row["lastSignInAt"]) == ("Jane Doe", "ACTIVE", None)
    assert "Jane Doe" in platform.run("list")


def test_adding_again_sends_a_new_link_until_the_account_is_active(platform: Platform) -> None:
    platform.run("add", EMAIL)
    assert "gets a new link" in platform.run("add", EMAIL, "--first-name", "Jane", "--last-name", "Doe")
    # The mail of the first link is cancelled, so there is one.
    platform.activate()
    assert platform.run("add", EMAIL, code=1) == "portico: This user is active already.\n"
    assert [kind for kind, _ in platform.events()][:2] == ["user.created", "user.activation_resent"]
    assert platform.events()[1][1]["firstName"] == [None, "Jane"]


def test_whoever_is_removed_is_out_at_once_and_can_be_added_again(platform: Platform) -> None:
    platform.run("add", EMAIL, "--first-name", "Jane", "--last-name", "Doe")
    platform.activate()

    async def sign_in(client: Client) -> tuple[str, Any]:
        token = await client.sign_in(EMAIL, PASSWORD)
        return token, (await client.data(VIEWER, token))["viewer"]

    async def come_back(client: Client) -> tuple[Any, Any]:
        viewer = (await client.data(VIEWER, token))["viewer"]
        return viewer, (await client.data(SIGN_IN, email=EMAIL, password=PASSWORD))["signIn"]["errors"]

    token, before = platform.with_server(sign_in)
    assert platform.run("remove", EMAIL) == f"{EMAIL} is removed, and their sessions have ended.\n"
    after, refused = platform.with_server(come_back)
    assert (before, after) == ({"user": {"email": EMAIL}}, None)
    assert [error["code"] for error in refused] == ["CREDENTIALS_INVALID"]
    assert platform.run("remove", EMAIL, code=1) == "portico: This user has been removed already.\n"
    assert "one of the staff again" in platform.run("add", EMAIL)
    assert platform.states() == {EMAIL: "PENDING"}
    platform.activate()
    changes = dict(platform.events())
    assert changes["user.removed"]["status"] == ["ACTIVE", "REMOVED"]
    assert changes["user.restored"]["status"] == ["REMOVED", "PENDING"]
    assert {"by"} <= set(changes["user.removed"]) & set(changes["user.restored"])


REFUSED = {
    ("add", "ada@acme.example"): "A user of an organization has this email, so staff can't.",
    ("remove", "ada@acme.example"): "A user of an organization has this email, so staff can't.",
    ("remove", "nobody@acme.example"): "Nobody of the staff has this email.",
    ("add", "not an email"): "This is not an email address in lower case.",
    ("add", EMAIL, "--first-name", "J" * 101): "100",
    ("add", "staff@portico.example"): "This user is active already.",
}


def test_what_is_refused_changes_nothing(
    demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = Platform(demo_database_url, tmp_path, monkeypatch, capsys)
    before = platform.states(), platform.events()
    for arguments, message in REFUSED.items():
        last_line = platform.run(*arguments, code=1).splitlines()[-1]
        assert last_line.startswith("portico: ")
        assert message in last_line
    assert (platform.states(), platform.events()) == before == ({"staff@portico.example": "ACTIVE"}, before[1])
