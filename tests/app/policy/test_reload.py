"""A new policy takes its place while the server runs: whole, or not at all."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from weakref import ref

import pytest
from typer.testing import CliRunner

from app.application import create_application
from app.auth.bearer import BearerToken
from app.cli import program
from app.database.notifications import count_listeners
from app.policy import policy_file
from app.policy.file_watcher import FileState, file_state
from app.policy.policy_file import STILL_SECONDS, PolicyFile, ReloadOutcome
from app.policy.reload import LISTENER, ReloadAnswer, request_reload
from authz.policy import Policy, version_of
from resolvers.garbage import Freezer, freeze_survivors
from tests.support.policies.narrower import NARROWER, SHIPPED
from tests.support.resolver_fixtures import rules
from tests.support.server import Client, serving

pytestmark = pytest.mark.invariant("policy_swap")

BROKEN = SHIPPED.replace('"view", service: Service', '"veiw", service: Service', 1)
SERVICES = "{ services { totalCount } }"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The policy file of the test's server."""
    path = tmp_path / "policies.polar"
    path.write_text(SHIPPED)
    return path


@pytest.fixture
async def client(demo_database_url: str, tmp_path: Path, file: Path) -> AsyncIterator[Client]:
    async with serving(demo_database_url, tmp_path, policy=file, policy_watch=False) as client:
        yield client


def source(client: Client) -> PolicyFile:
    found: PolicyFile = client.application.state.policy_file
    return found


async def test_a_sound_policy_takes_its_place_in_every_answer(client: Client, file: Path) -> None:
    token = await client.session("ada@acme.example")
    query = {"query": SERVICES}
    before = await client.post(query, token)
    assert (await source(client).reload()).outcome is ReloadOutcome.UNCHANGED
    file.write_text(NARROWER)
    reloaded = await source(client).reload()
    after = await client.post(query, token)
    assert reloaded.outcome is ReloadOutcome.TAKEN
    assert before.json()["data"]["services"]["totalCount"] == 6
    assert after.json()["data"]["services"]["totalCount"] == 5
    assert before.headers["portico-policy-version"] == rules().version
    assert after.headers["portico-policy-version"] == reloaded.version != rules().version
    ready = (await client.http.get("/readyz")).json()
    assert ready["policyVersion"] == reloaded.version
    assert ready["policyReloads"] == {"taken": 1, "refused": 0, "lastRefusal": None}


async def test_a_reload_waits_for_a_file_that_is_being_written(client: Client, file: Path) -> None:
    """Half of a policy may be a policy."""
    parts = NARROWER.partition("allow(actor: Member")

    async def write() -> None:
        with file.open("w") as stream:
            for part in parts:
                stream.write(part)
                stream.flush()
                await asyncio.sleep(STILL_SECONDS / 2)

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    reloaded = await source(client).reload_when_still()
    assert writing.done()
    assert (reloaded.outcome, reloaded.version) == (ReloadOutcome.TAKEN, version_of(NARROWER))


async def test_a_mutation_and_its_audit_row_are_under_the_new_policy(client: Client, file: Path) -> None:
    removing = 'mutation { removeUser(input: {id: "%s"}) { errors { code } } }'
    token = await client.session("ada@acme.example")
    sue = (await client.data('{ users(filter: {search: "sue@"}) { nodes { id } } }', token))["users"]["nodes"][0]["id"]
    file.write_text(NARROWER)
    await source(client).reload()
    assert (await client.data(removing % sue, token))["removeUser"]["errors"] == [{"code": "FORBIDDEN"}]
    file.write_text(SHIPPED)
    version = (await source(client).reload()).version
    assert (await client.data(removing % sue, token))["removeUser"]["errors"] == []
    async with client.backend.engine.connect() as connection:
        found = await connection.exec_driver_sql("SELECT policy_version FROM audit_events WHERE kind = 'user.removed'")
        assert found.scalars().all() == [version]


async def test_a_bad_policy_is_refused_counted_and_shown(
    client: Client, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = await client.session("ada@acme.example")
    file.write_text(BROKEN)
    refused = await source(client).reload()
    assert (refused.outcome, refused.version) == (ReloadOutcome.REFUSED, rules().version)
    assert "Did you mean view?" in caplog.text
    ready = await client.http.get("/readyz")
    assert (ready.status_code, ready.json()["policyVersion"]) == (200, rules().version)
    shown = ready.json()["policyReloads"]
    assert (shown["taken"], shown["refused"]) == (0, 1)
    line = SHIPPED[: SHIPPED.index('"view", service: Service')].count("\n") + 1
    assert shown["lastRefusal"]["findings"] == [f"policies.polar:{line}:22"]
    assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
    file.unlink()
    assert (await source(client).reload()).outcome is ReloadOutcome.REFUSED
    assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6


async def test_a_request_ends_under_the_policy_that_it_began_with(
    client: Client, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await client.session("ada@acme.example")
    holder = client.backend.authentication.authenticate
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(bearer: BearerToken, *, bypass_cache: bool = False) -> object:
        reached.set()
        await go_on.wait()
        return await holder(bearer, bypass_cache=bypass_cache)

    monkeypatch.setattr(client.backend.authentication, "authenticate", slow)
    request = asyncio.create_task(client.post({"query": SERVICES}, token))
    await reached.wait()
    file.write_text(NARROWER)
    assert (await source(client).reload()).outcome is ReloadOutcome.TAKEN
    go_on.set()
    answer = await request
    assert answer.headers["portico-policy-version"] == rules().version
    assert answer.json()["data"]["services"]["totalCount"] == 6
    assert (await client.data(SERVICES, token))["services"]["totalCount"] == 5


async def test_the_file_is_watched(client: Client, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[FileState] = []
    monkeypatch.setattr(policy_file, "file_state", lambda path: states.append(file_state(path)))
    watching = asyncio.create_task(source(client).watch(interval=0.01))
    async with asyncio.timeout(60):
        while not states:
            await asyncio.sleep(0.01)
        file.write_text(NARROWER)
        while source(client).taken == 0:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert client.backend.policy.version == source(client).policy.version


async def test_all_servers_answer_who_asks(client: Client, file: Path, tmp_path: Path, demo_database_url: str) -> None:
    async with serving(demo_database_url, tmp_path, policy=file, policy_watch=False) as other:
        file.write_text(NARROWER)
        answers = await answers_of(client, 2)
        assert {answer.outcome for answer in answers} == {ReloadOutcome.TAKEN}
        assert client.backend.policy == other.backend.policy != rules()
        file.write_text(BROKEN)
        for answer in await answers_of(client, 2):
            assert answer.outcome is ReloadOutcome.REFUSED
            assert "Did you mean view?" in answer.findings


async def answers_of(client: Client, servers: int) -> list[ReloadAnswer]:
    """What all servers on the client's database say when they are asked, once so many listen."""
    async with asyncio.timeout(60):
        while await count_listeners(client.backend.engine, LISTENER) != servers:
            await asyncio.sleep(0.05)
        async with request_reload(client.backend.engine) as (count, answers):
            assert count == servers
            return [await anext(answers) for _ in range(count)]


async def test_the_command_shows_what_every_server_made_of_it(
    client: Client, file: Path, demo_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    await answers_of(client, 1)
    file.write_text(NARROWER)
    done = await asyncio.to_thread(CliRunner().invoke, program, ["policy", "reload", "--json"])
    assert done.exit_code == 0
    shown = json.loads(done.stdout)
    assert shown["servers"] == 1
    assert [answer["outcome"] for answer in shown["answers"]] == ["taken"]
    assert shown["answers"][0]["version"] == client.backend.policy.version
    file.write_text(BROKEN)
    refused = await asyncio.to_thread(CliRunner().invoke, program, ["policy", "reload"])
    assert refused.exit_code == 1
    assert "Did you mean view?" in refused.stdout


def test_without_a_server_the_command_says_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    done = CliRunner().invoke(program, ["policy", "reload"])
    assert done.exit_code == 1
    assert "No server is running" in done.stdout


async def test_many_reloads_fail_no_request_and_leak_nothing(client: Client, file: Path) -> None:
    token = await client.session("sam@acme.example")
    texts = [NARROWER, SHIPPED]
    file.write_text(NARROWER)
    await source(client).reload()
    objects: list[int] = []
    taken: list[ref[Policy]] = []
    for number in range(1, 101):
        file.write_text(texts[number % 2])
        reload = asyncio.create_task(source(client).reload())
        counts = [(await client.data(SERVICES, token))["services"]["totalCount"] for _ in range(2)]
        assert set(counts) <= {2, 3}
        assert (await reload).outcome is ReloadOutcome.TAKEN
        taken.append(ref(client.backend.policy))
        if number in (50, 100):
            gc.collect()
            objects.append(len(gc.get_objects()))
            assert sum(policy() is not None for policy in taken) < 8
    # A loaded policy is thousands of objects. The size of the process says less: it depends on what else has run in it.
    assert objects[1] - objects[0] < 50 * 100


async def test_what_stays_is_frozen_and_no_former_policy_stays(
    demo_database_url: str, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = partial(create_application, freezer=Freezer(warm_seconds=0.01))
    monkeypatch.setattr("tests.support.server.create_application", application)
    try:
        async with serving(demo_database_url, tmp_path, policy=file, policy_watch=False) as client:
            assert len(gc.get_objects()) < gc.get_freeze_count() / 10
            token = await client.session("ada@acme.example")
            taken: list[ref[Policy]] = []
            for text in (NARROWER, SHIPPED, NARROWER):
                file.write_text(text)
                assert (await source(client).reload()).outcome is ReloadOutcome.TAKEN
                taken.append(ref(client.backend.policy))
                await client.data(SERVICES, token)
                await asyncio.sleep(0.05)
                assert len(gc.get_objects()) < gc.get_freeze_count() / 10
            # The process keeps the policy that it has started with.
            assert [policy() for policy in taken] == [None, None, client.backend.policy]
    finally:
        freeze_survivors()
