"""Whatever happens to the database under mutations, no log of Portico or PostgreSQL has a secret of theirs."""

import asyncio
import itertools
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.background import run_in_background
from app.database.errors import DATABASE_ERRORS
from tests.support.embedded_server import public_folder, server
from tests.support.server_process import Server, process

SETTINGS = {"PORTICO_MAIL_WORKER": "false", "PORTICO_WRITE_TIMEOUT": "PT0.3S", "PORTICO_LOG_LEVEL": "DEBUG"}

CREATE_USER = """mutation ($email: EmailAddress!, $first: String!, $last: String!) {
  createUser(input: {email: $email, firstName: $first, lastName: $last, allContractAccounts: true}) {
    errors { code }
  }
}"""
CREATE_CLIENT = """mutation ($name: String!) {
  createApiClient(input: {name: $name, scopes: [BASIC_READ]}) { apiClient { clientId } secret errors { code } }
}"""
CREATE_TOKEN = """mutation ($name: String!) {
  createScimToken(input: {name: $name}) { token errors { code } }
}"""
SIGN_IN = """mutation ($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { errors { code } }
}"""
RESET = """mutation ($email: EmailAddress!) { requestPasswordReset(input: {email: $email}) { errors { code } } }"""
CHANGE = """mutation ($old: String!, $new: String!) {
  changePassword(input: {currentPassword: $old, newPassword: $new}) { errors { code } }
}"""
ACTIVATE = """mutation ($token: String!, $password: String!) {
  resetPassword(input: {token: $token, password: $password}) { errors { code } }
}"""

QUOTES_VALUES = """
CREATE FUNCTION quote_values() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'no %', NEW.email USING ERRCODE = 'unique_violation', DETAIL = NEW.first_name, HINT = NEW.last_name;
END $$;
CREATE TRIGGER quote_values BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION quote_values();
"""
DROP = "DROP TRIGGER quote_values ON users"
OURS = "FROM pg_stat_activity WHERE application_name LIKE 'portico %' AND pid <> pg_backend_pid()"
HASHES = "SELECT password_hash FROM users WHERE password_hash IS NOT NULL"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = public_folder()
    yield folder / "data"
    shutil.rmtree(folder)


class Mutations:
    """Callers who mutate all the time, and everything they sent or got that no log may have."""

    def __init__(self, opened: Server, token: str) -> None:
        self.opened, self.secrets, self.statuses = opened, {token}, set[int]()
        self.scim_token: str | None = None
        self.numbers = itertools.count(1)

    def secret(self, form: str) -> str:
        """A new value, in a form that the server accepts."""
        value = form % f"{next(self.numbers)}zqxj"
        self.secrets.add(value)
        return value

    def next(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Mutations, each with values of its own."""
        while True:
            email = self.secret("mail%s@secret.example")
            yield CREATE_USER, {"email": email, "first": self.secret("Kim%s"), "last": self.secret("Lee%s")}
            yield CREATE_CLIENT, {"name": self.secret("Program %s")}
            yield CREATE_TOKEN, {"name": self.secret("Provider %s")}
            yield SIGN_IN, {"email": email, "password": self.secret("signing-in-%s")}
            yield RESET, {"email": email}
            yield CHANGE, {"old": self.secret("old-password-%s"), "new": self.secret("new-password-%s")}
            yield ACTIVATE, {"token": self.secret("token%s"), "password": self.secret("chosen-password-%s")}

    async def run(self) -> None:
        """Mutate until cancelled."""
        for query, variables in self.next():
            with suppress(httpx.TransportError):
                answer = await self.opened.http.post("/graphql", json={"query": query, "variables": variables})
                self.statuses.add(answer.status_code)
                self.remember(answer.json())
                await self.provision()
            await asyncio.sleep(0.01)

    async def provision(self) -> None:
        """Create a user by SCIM, with what identity providers send."""
        if self.scim_token is None:
            return
        user = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": self.secret("scim%s@secret.example"),
            "externalId": self.secret("external-%s"),
            "name": {"givenName": self.secret("Kay%s"), "familyName": self.secret("Ray%s")},
            "password": self.secret("provided-password-%s"),
        }
        headers = {"Authorization": f"Bearer {self.scim_token}"}
        answer = await self.opened.http.post("/scim/v2/Users", json=user, headers=headers)
        self.statuses.add(answer.status_code)

    def remember(self, answer: dict[str, Any]) -> None:
        token = ((answer.get("data") or {}).get("createScimToken") or {}).get("token")
        if token:
            self.scim_token = token
            self.secrets.add(token)
        client = (answer.get("data") or {}).get("createApiClient") or {}
        if client.get("secret"):
            self.secrets |= {client["secret"], client["secret"].partition("_")[2] or client["secret"]}


@asynccontextmanager
async def connected(data_dir: Path) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the server's PostgreSQL, once it accepts one."""
    async with asyncio.timeout(60):
        while True:
            with suppress(*DATABASE_ERRORS):
                connection = await asyncpg.connect(f"postgresql://postgres@/postgres?host={data_dir / 'postgres'}")
                break
            await asyncio.sleep(0.1)
    try:
        yield connection
    finally:
        connection.terminate()


async def disturb(data_dir: Path, opened: Server) -> None:
    """Let statements fail in all the ways that a database has: by their values, by time, by cancelling, by its end."""
    async with connected(data_dir) as connection, connected(data_dir) as other:
        await connection.execute(QUOTES_VALUES)
        await logged(opened, "SQLSTATE 23505")
        await connection.execute(DROP)
        async with connection.transaction():
            await connection.execute("LOCK TABLE users, one_time_tokens, api_clients IN EXCLUSIVE MODE")
            await logged(opened, "statement timeout")
            for end, evidence in (("cancel", "user request"), ("terminate", "administrator command")):
                await logged(opened, evidence, partial(other.execute, f"SELECT pg_{end}_backend(pid) {OURS}"))
    os.kill(server(data_dir).pid, signal.SIGKILL)
    await logged(opened, "The embedded PostgreSQL runs again")


async def logged(opened: Server, evidence: str, again: Callable[[], Awaitable[object]] | None = None) -> None:
    """Wait until the server's log has `evidence`, and do something again and again meanwhile."""
    async with asyncio.timeout(60):
        while evidence not in opened.log.read_text():
            if again is not None:
                await again()
            await asyncio.sleep(0.05)


async def hashes(data_dir: Path) -> set[str]:
    async with connected(data_dir) as connection:
        return {row["password_hash"] for row in await connection.fetch(HASHES)}


def logs(data_dir: Path, opened: Server) -> dict[str, str]:
    """The text of all logs of the run."""
    files = [opened.log, *(data_dir / "postgres").glob("server.log*")]
    return {str(file.relative_to(data_dir)): file.read_text(errors="replace") for file in files}


async def test_no_log_has_a_secret_when_the_database_fails_under_mutations(data_dir: Path) -> None:
    async with process(None, data_dir, "--demo", settings=SETTINGS) as opened:
        token = await opened.token()
        opened.http.headers["Authorization"] = f"Bearer {token}"
        mutations = Mutations(opened, token)
        async with run_in_background(*(mutations.run() for _ in range(6))):
            mutations.secrets |= await hashes(data_dir)
            await disturb(data_dir, opened)
            mutations.secrets |= await hashes(data_dir)
        written = logs(data_dir, opened)
    assert {"server.log", "postgres/server.log", "postgres/server.log.1"} <= written.keys()
    assert mutations.statuses >= {200, 503}
    assert len(mutations.secrets) > 30
    leaks = {(file, secret) for file, text in written.items() for secret in mutations.secrets if secret in text}
    assert not leaks
