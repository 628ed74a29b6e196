"""Every version that was in force is in the history, and a rollback holds on all servers until it is ended."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.application import create_application
from app.cli import program
from app.database.notifications import count_listeners
from app.policy.people import current_user
from app.policy.policy_file import PolicyFile, ReloadOutcome
from app.policy.reload import LISTENER
from authz.policy import version_of
from models import ActivationCause
from resolvers.policy_analysis import history
from resolvers.policy_analysis.history import Activation
from resolvers.prepared_statement import single_statements
from tests.support.policies.check_cache import check_form
from tests.support.policies.narrower import NARROWER, SHIPPED
from tests.support.server import Client, serving

pytestmark = pytest.mark.invariant("policy_history")

FORMER, EDITED = version_of(SHIPPED), version_of(NARROWER)
SERVICES = "{ services { totalCount } }"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy file of the test's servers. Edited policies pass if their form is right."""
    monkeypatch.setattr("authz.policy.check", check_form)
    path = tmp_path / "policies.polar"
    path.write_text(SHIPPED)
    return path


@pytest.fixture
async def client(
    demo_database_url: str, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORTICO_POLICY", str(file))
    async with serving(demo_database_url, tmp_path, policy=file, policy_watch=False) as client:
        await listeners(client, 1)
        yield client


def source(client: Client) -> PolicyFile:
    found: PolicyFile = client.application.state.policy_file
    return found


async def listeners(client: Client, number: int) -> None:
    async with asyncio.timeout(60):
        while await count_listeners(client.backend.engine, LISTENER) != number:
            await asyncio.sleep(0.02)


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, program, ["policy", *arguments])


async def activations(client: Client, number: int) -> Sequence[Activation]:
    """The history, oldest first, once it has so many rows."""
    async with asyncio.timeout(60), single_statements(client.backend.engine) as connection:
        while len(found := await history.activations(connection, 100)) < number:
            await asyncio.sleep(0.02)
        return found[::-1]


async def edited(client: Client, file: Path) -> None:
    """The narrower policy is in force, and in the history."""
    await activations(client, 1)
    file.write_text(NARROWER)
    assert (await source(client).reload()).version == EDITED
    await activations(client, 2)


async def test_what_a_server_puts_in_force_is_written_once(
    client: Client, file: Path, tmp_path: Path, demo_database_url: str
) -> None:
    await edited(client, file)
    async with serving(demo_database_url, tmp_path, policy=file, policy_watch=False) as other:
        # It starts with the shipped policy, in place of what the file has become, and follows with the same version.
        await activations(client, 3)
        assert (await source(other).reload("Jane")).outcome is ReloadOutcome.TAKEN
        found = await activations(client, 4)
    assert [(each.version, each.cause.value) for each in found] == [
        (FORMER, "STARTED"), (EDITED, "FILE_CHANGED"), (FORMER, "STARTED"), (EDITED, "RELOADED")
    ]  # fmt: skip
    assert [each.by for each in found] == [*[current_user()] * 3, "Jane"]
    assert all(each.server.endswith(f"process {os.getpid()}") for each in found)


async def test_servers_that_write_at_once_write_one_row(client: Client) -> None:
    await activations(client, 1)
    engine = client.backend.engine

    async def write(version: str) -> bool:
        async with single_statements(engine) as connection:
            activation = Activation(version, found[0].at, ActivationCause.STARTED, "somebody", "a server")
            return await history.record(connection, history.StoredVersion(version, "p.polar", "text"), activation)

    found = await activations(client, 1)
    assert sum(await asyncio.gather(*(write("aaaa") for _ in range(8)))) == 1
    assert sum(await asyncio.gather(*(write(f"bbb{number}") for number in range(4)))) == 4
    assert len(await activations(client, 6)) == 6


async def test_a_rollback_reaches_all_servers_and_holds_until_its_end(
    client: Client, file: Path, tmp_path: Path, demo_database_url: str
) -> None:
    token = await client.session("ada@acme.example")
    await edited(client, file)
    async with serving(demo_database_url, tmp_path, policy=file, policy_watch=False) as other:
        await listeners(client, 2)
        await source(other).reload()
        done = await command("rollback", FORMER[:6], "--by", "Jane", "--json")
        assert done.exit_code == 0, done.output
        shown = json.loads(done.stdout)
        assert (shown["version"], shown["servers"]) == (FORMER, 2)
        assert {(each["outcome"], each["version"]) for each in shown["answers"]} == {("held", FORMER)}
        for server in (client, other):
            assert server.backend.policy.version == FORMER
            assert (await server.data(SERVICES, token))["services"]["totalCount"] == 6
    # An edit of the file is not loaded, and reported as not in force.
    file.write_text(f"{NARROWER}# edited again\n")
    reloaded = await command("reload")
    assert (reloaded.exit_code, "Jane rolled back to" in reloaded.stdout) == (1, True)
    assert client.backend.policy.version == FORMER
    assert (await client.http.get("/readyz")).json()["policyRolledBackAt"] is not None
    # Nor does a restart undo it, whatever the file contains.
    file.write_text(NARROWER)
    application = create_application(client_settings(client, file))
    async with application.router.lifespan_context(application):
        assert application.state.backend.policy.version == FORMER
    ended = await command("rollback", "--end", "--by", "Joe")
    assert ended.exit_code == 0, ended.output
    assert client.backend.policy.version == EDITED
    found = await activations(client, 6)
    assert [(each.version, each.cause.value, each.by) for each in found[-2:]] == [
        (FORMER, "ROLLED_BACK", "Jane"), (EDITED, "ROLLBACK_ENDED", "Joe")
    ]  # fmt: skip
    assert (await command("rollback", "--end")).exit_code == 2


def client_settings(client: Client, file: Path) -> Any:
    """The settings of the server, with this policy file, whose text has passed the checks."""
    from app.settings import load

    return load(base_url="https://portico.example", mail_worker=False, policy=file)


async def test_a_rollback_that_a_server_missed_is_found(client: Client, file: Path) -> None:
    await edited(client, file)
    async with single_statements(client.backend.engine) as connection:
        await history.roll_back(connection, FORMER, "Jane")
    source(client).wake()
    async with asyncio.timeout(60):
        while client.backend.policy.version != FORMER:
            await asyncio.sleep(0.02)


async def test_a_version_that_is_rejected_now_is_not_put_in_force(client: Client, file: Path) -> None:
    await edited(client, file)
    async with client.backend.engine.begin() as connection:
        broken = SHIPPED.replace('"view", service: Service', '"veiw", service: Service', 1)
        await connection.execute(
            text("INSERT INTO policy_versions (version, file, text) VALUES (:version, 'old.polar', :text)"),
            {"version": version_of(broken), "text": broken},
        )
        forged = text("INSERT INTO policy_versions (version, file, text) VALUES ('00000000', 'old.polar', '')")
        await connection.execute(forged)
    for version, reason in ((version_of(broken), "Did you mean view?"), ("00000000", "is not that of version")):
        refused = await command("rollback", version)
        assert refused.exit_code == 1
        assert reason in str(refused.exception)
    assert client.backend.policy.version == EDITED
    assert json.loads((await command("history", "--json")).stdout)["rollback"] is None
    # Nor does a server take a text from the database that is not the version's.
    async with single_statements(client.backend.engine) as connection:
        await history.roll_back(connection, "00000000", "Mallory")
    assert (await source(client).reload()).outcome is ReloadOutcome.REFUSED
    assert client.backend.policy.version == EDITED


async def test_versions_are_named_by_their_beginning(client: Client, file: Path) -> None:
    await edited(client, file)
    unknown = await command("rollback", "0123456789abcdef")
    assert (unknown.exit_code, "was in force" in unknown.stderr) == (2, True)
    shown = await command("history", FORMER[:4])
    assert shown.stdout == SHIPPED
    differs = await command("diff", FORMER[:5], EDITED[:5], "--json")
    assert differs.exit_code == 3, differs.output
    compared = json.loads(differs.stdout)
    assert (compared["old"], compared["new"], compared["gained"]) == (FORMER, EDITED, 0)
    assert compared["lost"] > 0
    listed = await command("history")
    assert [line.split()[0] for line in listed.stdout.splitlines() if line.strip()[:4] in (FORMER[:4], EDITED[:4])] == [
        EDITED,
        FORMER,
    ]


async def test_commands_use_the_version_that_is_in_force(client: Client, file: Path) -> None:
    await edited(client, file)
    same = await command("diff", "active", EDITED, "--json")
    assert same.exit_code == 0
    assert (await command("rollback", FORMER)).exit_code == 0
    differs = await command("diff", "active", EDITED, "--json")
    assert (differs.exit_code, json.loads(differs.stdout)["old"]) == (3, FORMER)
    assert f"A rollback to {FORMER} is in effect" in differs.stderr


async def test_a_server_serves_though_the_history_cannot_be_written(
    demo_database_url: str, tmp_path: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(demo_database_url, tmp_path, policy=file, policy_watch=False) as client:
        async with client.backend.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE policy_activations RENAME TO gone"))
        file.write_text(NARROWER)
        assert (await source(client).reload()).outcome is ReloadOutcome.TAKEN
        async with asyncio.timeout(60):
            while "history can't be written" not in caplog.text:
                await asyncio.sleep(0.02)
        token = await client.session("ada@acme.example")
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 5
