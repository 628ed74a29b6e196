"""A process that is killed while it writes leaves nothing half done, and loses no mail.

A lock makes the moment certain: it lets mails be claimed, and blocks writes to the outbox.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.database.pools import normalize_url
from app.mail.message import MessageRenderer
from app.mail.settings import MailSettings
from app.mail.worker import Worker, create_transport
from resolvers.callers.caller import Caller
from resolvers.mutations.upkeep.rounds import run_next
from tests.support.mail.announcements import end, told
from tests.support.mail.smtp_server import mail_server
from tests.support.paths import ROOT
from tests.support.policies import check_cache
from tests.support.resolver_fixtures import SECRET_KEY, SOUTH, acme, caller, make, new_user, rows, run
from tests.support.server import add_demo_world, codes, serving
from tests.support.server_process import Server, process

pytestmark = pytest.mark.invariant("idempotency")

CREATE = """mutation ($email: EmailAddress!, $account: ID!) {
  createUser(input: {email: $email, firstName: "Kim", lastName: "Lee", contractAccounts: [$account]}) {
    user { email } errors { code }
  }
}"""
BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
    "AND query LIKE $1"
)
TERMINATE = BLOCKED.replace("count(*)", "pg_terminate_backend(pid)")
WRITE = "%INSERT INTO emails%"
"""The statement that stores a new user with grants, link and mail. PostgreSQL shows the start of its text only."""

BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND state <> 'idle'"
)
COMMITTED = "SELECT committed FROM idempotency_keys"
WHAT_THERE_IS = """SELECT users.email,
  (SELECT count(*) FROM audit_events a WHERE a.subject_id = users.id AND a.kind = 'user.created') AS audited,
  (SELECT count(*) FROM one_time_tokens t WHERE t.user_id = users.id) AS links,
  (SELECT count(*) FROM outbox_mails m WHERE m.user_id = users.id) AS mails,
  (SELECT count(*) FROM contract_grants g WHERE g.user_id = users.id) AS grants
FROM users WHERE email LIKE 'kim%' ORDER BY 1"""


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    """Wait until `condition` is met; a timeout means that the test has found something."""
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def held_outbox(url: str) -> AsyncIterator[None]:
    """No process can write to the outbox during the block."""
    connection = await asyncpg.connect(normalize_url(url))
    async with connection.transaction():
        await connection.execute("LOCK TABLE outbox_mails IN SHARE MODE")
        yield
    await connection.close()


async def is_idle(connection: asyncpg.Connection) -> bool:
    """Whether nothing runs in the database anymore."""
    return bool(await connection.fetchval(BUSY) == 0)


async def create(server: Server, number: int) -> bool:
    """Whether the server answered, before it died, that the user was created."""
    variables = {"email": f"kim{number:02}@acme.example", "account": f"ca_{SOUTH}"}
    try:
        answer = await server.http.post("/graphql", json={"query": CREATE, "variables": variables})
    except httpx.TransportError:
        return False
    return bool(answer.json()["data"]["createUser"]["errors"] == [])


async def test_a_server_killed_while_it_creates_users_leaves_whole_users_only(
    database_url: str, tmp_path: Path
) -> None:
    await add_demo_world(database_url)
    connection = await asyncpg.connect(normalize_url(database_url))
    await connection.execute("DELETE FROM outbox_mails")
    async with process(database_url, tmp_path) as server:
        server.http.headers["Authorization"] = f"Bearer {await server.token()}"
        done = [await create(server, number) for number in range(2)]
        async with held_outbox(database_url):
            creating = [asyncio.create_task(create(server, number)) for number in range(2, 5)]

            async def all_blocked() -> bool:
                return bool(await connection.fetchval(BLOCKED, WRITE) == len(creating))

            await until(all_blocked)
            server.process.kill()
            await server.process.wait()
        done += await asyncio.gather(*creating)
    await until(lambda: is_idle(connection))
    there = [tuple(row.values()) for row in await connection.fetch(WHAT_THERE_IS)]
    await connection.close()
    assert done == [True] * 2 + [False] * 3
    assert there == [(f"kim{number:02}@acme.example", 1, 1, 1, 1) for number in range(2)]


ANSWER_WAITS = """
CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
CREATE TRIGGER wait_for_the_test BEFORE UPDATE ON idempotency_keys
  FOR EACH ROW WHEN (NEW.answer IS NOT NULL) EXECUTE FUNCTION wait_for_the_test();
"""


@asynccontextmanager
async def held_answers(url: str) -> AsyncIterator[None]:
    """No answer can be stored under an idempotency key during the block."""
    connection = await asyncpg.connect(normalize_url(url))
    await connection.execute(ANSWER_WAITS)
    await connection.execute("SELECT pg_advisory_lock(1)")
    yield
    await connection.close()


async def test_a_server_killed_under_an_idempotency_key_has_done_it_once_or_not_at_all(
    database_url: str, tmp_path: Path
) -> None:
    await add_demo_world(database_url)
    connection = await asyncpg.connect(normalize_url(database_url))
    await connection.execute("DELETE FROM outbox_mails")
    bodies = [
        {"query": CREATE, "variables": {"email": f"kim{number:02}@acme.example", "account": f"ca_{SOUTH}"}}
        for number in range(2)
    ]

    async def both_blocked() -> bool:
        blocked = [await connection.fetchval(BLOCKED, kind) for kind in (WRITE, "UPDATE idempotency_keys%")]
        return blocked == [1, 1]

    async with process(database_url, tmp_path) as server:
        server.http.headers["Authorization"] = f"Bearer {await server.token()}"
        # The first is killed between its commit and its answer, the second before its commit.
        async with held_answers(database_url):
            sending = [asyncio.create_task(keyed(server.http, bodies[0], "0"))]
            await until(lambda: connection.fetchval(COMMITTED))
            async with held_outbox(database_url):
                sending.append(asyncio.create_task(keyed(server.http, bodies[1], "1")))
                await until(both_blocked)
                server.process.kill()
                await server.process.wait()
                # PostgreSQL has the statement already, and would store the answer.
                await connection.execute(TERMINATE, "UPDATE idempotency_keys%")
        await asyncio.gather(*sending, return_exceptions=True)
    await until(lambda: is_idle(connection))
    await connection.execute("UPDATE idempotency_keys SET claimed_until = now()")
    async with serving(database_url, tmp_path) as client:
        client.http.headers["Authorization"] = f"Bearer {await client.session('ada@acme.example')}"
        answers = [(await keyed(client.http, body, str(key))).json() for key, body in enumerate(bodies)]
    there = [tuple(row.values()) for row in await connection.fetch(WHAT_THERE_IS)]
    await connection.close()
    assert codes(answers[0]) == ["IDEMPOTENCY_ANSWER_LOST"]
    assert answers[1]["data"]["createUser"]["errors"] == []
    assert there == [(f"kim{number:02}@acme.example", 1, 1, 1, 1) for number in range(2)]


async def keyed(http: httpx.AsyncClient, body: Any, key: str) -> httpx.Response:
    return await http.post("/graphql", json=body, headers={"Idempotency-Key": key})


@asynccontextmanager
async def worker_process(database_url: str, folder: Path, smtp_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `portico worker`, at most until the end of the block."""
    check_cache.seed(folder)
    environment = {
        "DATABASE_URL": database_url,
        "PORTICO_DATA_DIR": str(folder),
        "PORTICO_SECRET_KEY": SECRET_KEY.decode(),
        "SMTP_URL": smtp_url,
        "PATH": os.environ["PATH"],
    }
    command = (sys.executable, "-c", "from app.cli import main; main()", "worker")
    with (folder / "worker.log").open("wb") as sink:
        running = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=sink, stderr=sink)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def test_a_worker_killed_after_the_mail_server_took_the_mail_sends_it_again_as_the_same_one(
    database_url: str, tmp_path: Path
) -> None:
    async with acme(database_url) as writing, mail_server() as server:
        await run(writing, "DELETE FROM outbox_mails")
        await make(writing, await caller(writing, "ada@acme.example"), new_user())
        connection = await asyncpg.connect(normalize_url(database_url))
        async with held_outbox(database_url), worker_process(database_url, tmp_path, server.url) as killed:

            async def taken_and_not_noted() -> bool:
                return bool(server.messages) and bool(await connection.fetchval(BLOCKED, "UPDATE outbox_mails%"))

            await until(taken_and_not_noted)
            killed.kill()
            await killed.wait()
        await until(lambda: is_idle(connection))
        await connection.close()
        [mail] = await rows(writing, "SELECT status, attempts, message_id FROM outbox_mails")
        assert (mail.status, mail.attempts) == ("QUEUED", 0)
        settings = MailSettings(SECRET_KEY, "https://portico.example", "p@portico.example", tmp_path, server.url)
        assert await Worker(writing.engine, MessageRenderer(settings), create_transport(settings)).send_next()
        assert [message["Message-ID"] for message in server.messages] == [mail.message_id] * 2
        [mail] = await rows(writing, "SELECT status, attempts FROM outbox_mails")
        assert (mail.status, mail.attempts) == ("SENT", 1)


async def test_a_worker_killed_while_it_announces_ends_of_access_has_told_nobody_twice_or_never(
    database_url: str, tmp_path: Path
) -> None:
    async with acme(database_url) as writing, mail_server() as server:
        await run(writing, "DELETE FROM outbox_mails")
        await end(writing, "sue@acme.example", "ACME South", 2)
        connection = await asyncpg.connect(normalize_url(database_url))
        async with held_outbox(database_url), worker_process(database_url, tmp_path, server.url) as killed:

            async def is_writing_mails() -> bool:
                return bool(await connection.fetchval(BLOCKED, "%INSERT INTO outbox_mails%"))

            await until(is_writing_mails)
            killed.kill()
            await killed.wait()
        await until(lambda: is_idle(connection))
        assert await connection.fetchval("SELECT count(*) FROM access_notices WHERE NOT is_told") == 1
        await connection.close()
        while await run_next(writing, Caller()):
            pass
        assert await told(writing) == {
            "ada@acme.example": ["sue: ACME South"],
            "sam@acme.example": ["sue: ACME South"],
            "sue@acme.example": ["own: ACME South"],
        }
