"""The decision log writes what the policy decided, without names, and makes no request wait; `replay` repeats it."""

import asyncio
import errno
import inspect
import json
import logging
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from app.application import create_application
from app.cli import program
from app.cli.policy.replay import _read
from app.data_folder import policy_check_cache
from app.policy import decision_log
from app.policy.decision_lines import parse
from app.policy.decision_log import DecisionLog
from app.settings import Settings, SettingsError
from authz.actor import Actor, ActorKind, Traits
from authz.checks.cache import entry_path, write_entry
from authz.recording import DecisionListener
from models import Service, User, new_id
from resolvers import public_id
from tests.support.policies.narrower import NARROWER, SHIPPED
from tests.support.resolver_fixtures import SECRET_KEY, rules
from tests.support.server import Client, serving

pytestmark = pytest.mark.invariant("decision_log")

ADA, SUE = "ada@acme.example", "sue@acme.example"
REMOVE = 'mutation { removeUser(input: {id: "%s"}) { errors { code } } }'
MEMBER = Actor(new_id(), new_id(), Traits(ActorKind.MEMBER), 1)


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


@pytest.fixture
async def client(
    demo_database_url: str, tmp_path: Path, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORTICO_SECRET_KEY", SECRET_KEY.decode())
    async with serving(demo_database_url, tmp_path, decision_log=log_file) as client:
        yield client


async def lines(log_file: Path, action: str, number: int = 1) -> list[dict[str, Any]]:
    """The lines about this action, once there are so many."""
    async with asyncio.timeout(60):
        while True:
            # The last line may be on its way.
            found = [json.loads(line) for line in log_file.read_text().split("\n")[:-1]]
            if len(chosen := [line for line in found if line.get("action") == action]) >= number:
                return chosen
            await asyncio.sleep(0.02)


async def user_id(client: Client, email: str, token: str) -> str:
    found = await client.data(f'{{ users(filter: {{search: "{email[:4]}"}}) {{ nodes {{ id }} }} }}', token)
    key: str = found["users"]["nodes"][0]["id"]
    return key


async def replay(log_file: Path, candidate: str, *options: str) -> Result:
    """Replays the log with a candidate. That its text passes the checks, which take seconds, is taken for granted."""
    file = log_file.with_name("policies.polar")
    file.write_text(candidate)
    entry = entry_path(candidate, file.name, "", policy_check_cache(file.parent))
    write_entry(entry, "[]")
    arguments = ["policy", "replay", str(log_file), str(file), *options]
    return await asyncio.to_thread(CliRunner().invoke, program, arguments)


async def test_lists_single_rows_and_capabilities_are_written(client: Client, log_file: Path) -> None:
    token = await client.session(ADA)
    sue = await user_id(client, SUE, token)
    await client.data("{ services { totalCount } }", token)
    assert (await client.data(REMOVE % sue, token))["removeUser"]["errors"] == []
    [removed] = await lines(log_file, "remove")
    assert (removed["type"], removed["decision"], removed["policy"]) == ("User", "allowed", rules().version)
    assert removed["rules"]
    assert all(rule.startswith("policies.polar:") for rule in removed["rules"])
    assert removed["actor"]["permissions"] == sorted(removed["actor"]["permissions"]) != []
    [seen] = [line for line in await lines(log_file, "view", 3) if line["type"] == "Service"]
    assert (seen["decision"], "thing" in seen) == ("filtered", False)
    # The same row has the same name in all lines, and it is not its id. Nobody's name is there.
    assert removed["thing"] != sue
    written = log_file.read_text()
    assert removed["thing"] in {line.get("thing") for line in await lines(log_file, "view", 3)}
    assert "@" not in written
    assert "Sue" not in written
    assert sue not in written
    assert log_file.stat().st_mode & 0o777 == 0o600


async def test_a_denied_check_is_written(client: Client, log_file: Path) -> None:
    ada, sue = await client.session(ADA), await client.session(SUE)
    refused = await client.data(REMOVE % await user_id(client, ADA, ada), sue)
    assert refused["removeUser"]["errors"]
    checked = [line for line in await lines(log_file, "view", 2) if "thing" in line]
    assert [(line["type"], line["decision"], line["actor"]["kind"]) for line in checked] == [
        ("User", "denied", "Member")
    ]


async def test_replay_finds_the_decisions_that_a_candidate_changes(client: Client, log_file: Path) -> None:
    token = await client.session(ADA)
    sue = await user_id(client, SUE, token)
    await client.data("{ services { totalCount } }", token)
    await client.data("{ viewer { assignable { permissions } } }", token)
    changing = 'mutation { updateUser(input: {id: "%s", version: 1, firstName: "Sue"}) { errors { code } } }'
    await client.answer(changing % sue, token)
    removal = REMOVE % sue
    await client.data(removal, token)
    await client.data(f'mutation {{ restoreUser(input: {{id: "{sue}"}}) {{ errors {{ code }} }} }}', token)
    await lines(log_file, "restore")
    same = await replay(log_file, SHIPPED)
    assert same.exit_code == 0, same.output
    found = await replay(log_file, NARROWER, "--json")
    assert found.exit_code == 3, found.output
    shown = json.loads(found.stdout)
    changes = {(each["action"], each["type"]): each for each in shown["changes"]}
    assert set(changes) == {("view", "Service"), ("remove", "User")}
    assert {each["user"] for each in shown["changes"]} == {ADA}
    assert (changes["view", "Service"]["lost"], changes["view", "Service"]["gained"]) == (1, 0)
    assert (changes["remove", "User"]["change"], changes["remove", "User"]["times"]) == ("lost", 1)
    assert shown["notRepeated"] == {}
    giving_less = SHIPPED.replace(
        "    permission in actor.permissions;",
        '    permission in actor.permissions and\n    permission != "BILLING_VIEW";',
    )
    less = json.loads((await replay(log_file, giving_less, "--json")).stdout)
    assert ("assign_permission", "BILLING_VIEW") in {(each["action"], each["thing"]) for each in less["changes"]}


async def test_replay_says_what_it_cannot_repeat(client: Client, log_file: Path) -> None:
    token = await client.session(ADA)
    sue = await user_id(client, SUE, token)
    await client.data(REMOVE % sue, token)
    [removed] = await lines(log_file, "remove")
    async with client.backend.engine.begin() as connection:
        await connection.execute(text("UPDATE users SET kind = 'GROUP' WHERE email = 'sue@acme.example'"))
    other = json.dumps(removed | {"policy": "0" * 16})
    gone = json.dumps(removed | {"thing": public_id.encode(User, new_id())})
    log_file.write_text("\n".join([json.dumps(removed), other, gone, "not JSON", '{"at":"","dropped":7}']) + "\n")
    report = await replay(log_file, NARROWER, "--json")
    assert report.exit_code == 1, report.output
    shown = json.loads(report.stdout)
    reasons = {reason.partition(":")[0].partition(",")[0]: number for reason, number in shown["notRepeated"].items()}
    assert reasons == {
        "the history has no text of its version": 1,
        "the resource is gone": 1,
        "the data have changed": 1,
        "the line isn't a decision": 1,
    }
    assert (shown["dropped"], shown["repeated"]) == (7, 0)


async def test_without_the_setting_nothing_listens(demo_database_url: str, tmp_path: Path) -> None:
    async with serving(demo_database_url, tmp_path) as client:
        listener = client.backend.mutation_context.decision_listener
        token = await client.session(ADA)
        assert (await client.data("{ services { totalCount } }", token))["services"]["totalCount"]
        assert listener.log is None
        assert "decision log" not in {thread.name for thread in threading.enumerate()}
        # What a request does then is one comparison: no subclass or wrapper is in its way.
        assert type(listener) is DecisionListener
        assert inspect.getsource(DecisionListener.on_decision).count("self.log(") == 1
        assert client.backend.reader._decision_listener is listener


@pytest.fixture
def written(log_file: Path) -> Iterator[DecisionLog]:
    log = DecisionLog(log_file, public_id.encode)
    yield log
    log.close()


def decide(log: DecisionLog) -> None:
    log.on_decision(MEMBER, rules(), frozenset({("view", Service)}), ())


def test_the_file_may_be_moved_away(written: DecisionLog, log_file: Path) -> None:
    decide(written)
    _wait_for(log_file)
    log_file.rename(log_file.with_suffix(".1"))
    decide(written)
    _wait_for(log_file)
    assert parse(log_file.read_text()).actor == public_id.encode(User, MEMBER.id)


def _wait_for(file: Path) -> None:
    for _ in range(500):
        if file.exists() and file.read_text():
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"nothing was written to {file.name}")


def test_what_does_not_fit_is_dropped_and_counted(
    log_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(decision_log, "MOST_WAITING", 2)
    go_on = threading.Event()
    monkeypatch.setattr(decision_log, "lines_of", lambda occasion, id_text: iter([f"{go_on.wait(60)}\n"]))
    log = DecisionLog(log_file, public_id.encode)
    for _ in range(20):
        decide(log)
    go_on.set()
    with caplog.at_level(logging.WARNING):
        log.close()
    dropped = sum(json.loads(line)["dropped"] for line in log_file.read_text().splitlines() if "dropped" in line)
    assert dropped + log_file.read_text().count("True") == 20
    assert dropped >= 15
    assert "has dropped the decisions" in caplog.text


def test_a_full_disk_costs_only_the_lines_that_did_not_fit(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, write, failed = iter([10, 0]), os.write, threading.Event()

    def on_a_full_disk(descriptor: int, content: bytes) -> int:
        if descriptor != log._descriptor or (size := next(sizes, None)) is None:
            return write(descriptor, content)
        if size == 0:
            failed.set()
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content[:size])

    log = DecisionLog(log_file, public_id.encode)
    monkeypatch.setattr("app.policy.decision_log.os.write", on_a_full_disk)
    decide(log)
    assert failed.wait(60)
    decide(log)
    log.close()
    cut, decision, dropped = log_file.read_text().splitlines()
    assert len(cut) == 10
    assert parse(decision).action == "view"
    assert json.loads(dropped)["dropped"] == 1


def test_a_share_is_written(log_file: Path) -> None:
    log = DecisionLog(log_file, public_id.encode, share=1e-9)
    for _ in range(100):
        decide(log)
    log.close()
    assert log_file.read_text() == ""


@pytest.mark.parametrize("kind", ["open", "folder", "link", "missing"])
def test_a_file_that_others_can_read_is_refused_at_the_start(tmp_path: Path, log_file: Path, kind: str) -> None:
    if kind == "open":
        log_file.touch(mode=0o644)
        log_file.chmod(0o644)
    elif kind == "folder":
        log_file.mkdir()
    elif kind == "link":
        log_file.symlink_to(tmp_path / "elsewhere")
    else:
        log_file = tmp_path / "missing" / "decisions.jsonl"
    with pytest.raises(SettingsError, match="PORTICO_DECISION_LOG"):
        create_application(Settings(decision_log=log_file, data_dir=tmp_path), rules())


@pytest.mark.parametrize("line", ["null", "[" * 100_000, '{"a":' * 100_000, '{"dropped": 1e400}', '{"dropped": -5}'])
def test_a_line_that_is_no_decision_is_counted(log_file: Path, line: str) -> None:
    log_file.write_text(f"{line}\n")
    found = _read(log_file)
    assert (found.decisions.total(), found.unreadable, found.dropped) == (0, 1, 0)
