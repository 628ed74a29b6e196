"""What the commands say of replicas."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.settings import load
from app.workers.connection_budget import connections_of
from tests.support.backups.backup_files import use
from tests.support.cli import run
from tests.support.replicas.standby import Standby
from tests.support.server_process import process

GONE = "postgresql://nobody@127.0.0.1:1/nothing"


async def test_a_server_on_a_replica_alone_says_that_it_cannot_write(shared_url: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as ended:
        async with process(shared_url, tmp_path):
            pass
    assert "DATABASE_URL: this PostgreSQL is a read replica, so nothing can be written to it" in str(ended.value)


async def test_a_server_starts_while_a_replica_is_away(primary_url: str, tmp_path: Path) -> None:
    more = {"PORTICO_READ_DATABASE_URL": GONE, "PORTICO_WORKERS": "2"}
    async with process(primary_url, tmp_path, settings=more) as server:
        assert (await server.http.get("/readyz")).json()["checks"]["replicas"] != ["in use"]
        body = {"query": "{ viewer { user { email } } }"}
        headers = {"Authorization": f"Bearer {await server.token()}"}
        answer = (await server.http.post("/graphql", json=body, headers=headers)).json()
        assert answer["data"]["viewer"]["user"]["email"] == "ada@acme.example"
        assert "The read replica 127.0.0.1:1 is away" in server.log.read_text()


async def test_workers_of_one_server_read_what_another_has_written(
    primary_url: str, shared_url: str, tmp_path: Path
) -> None:
    """Signing in and out again and again, on new connections, which either worker may get."""
    more = {"PORTICO_READ_DATABASE_URL": shared_url, "PORTICO_WORKERS": "2"}
    body = {"query": "{ viewer { user { email } } }"}
    sign_out = {"query": "mutation { signOut { errors { code } } }"}
    async with process(primary_url, tmp_path, settings=more) as server:
        for _ in range(10):
            headers = {"Authorization": f"Bearer {await server.token()}", "Connection": "close"}
            for _ in range(4):
                answer = (await server.http.post("/graphql", json=body, headers=headers)).json()
                assert answer["data"]["viewer"]["user"]["email"] == "ada@acme.example"
            await server.http.post("/graphql", json=sign_out, headers=headers)
            for _ in range(4):
                answer = (await server.http.post("/graphql", json=body, headers=headers)).json()
                assert answer["data"]["viewer"] is None


async def test_a_server_does_not_start_without_the_primary_and_says_why(shared_url: str, tmp_path: Path) -> None:
    more = {"PORTICO_READ_DATABASE_URL": shared_url, "PORTICO_READ_WITHOUT_PRIMARY": "PT10M"}
    for options in ((), ("--workers", "2")):
        with pytest.raises(AssertionError) as ended:
            async with process(GONE, tmp_path, *options, settings=more):
                pass
        said = str(ended.value)
        assert "portico: the primary (DATABASE_URL) can't be reached (ConnectionRefusedError), so this process" in said
        assert "because no process on this machine was reading from replicas just before" in said


def test_replication_has_a_connection_to_the_primary(tmp_path: Path) -> None:
    without = load(database_url=GONE, data_dir=tmp_path)
    assert connections_of(load(database_url=GONE, data_dir=tmp_path, read_database_url=GONE)) == (
        connections_of(without) + 2
    )


class Doctor:
    """Runs `portico doctor` on the machine of a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def examine(self, urls: str, *, code: int = 0) -> dict[str, dict[str, Any]]:
        """The results by check, with these replicas."""
        self._monkeypatch.setenv("PORTICO_READ_DATABASE_URL", urls)
        self._capsys.readouterr()
        assert run(self._monkeypatch, "doctor", "--json") == code
        return {check["check"]: check for check in json.loads(self._capsys.readouterr().out)["checks"]}


@pytest.fixture
def doctor(
    primary_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Doctor:
    (tmp_path / "data").mkdir(mode=0o700)
    use(monkeypatch, primary_url, tmp_path / "data")
    return Doctor(monkeypatch, capsys)


def test_doctor_checks_replicas(primary_url: str, shared_standby: Standby, shared_url: str, doctor: Doctor) -> None:
    checks = doctor.examine(f"{shared_url},{GONE},{primary_url}", code=1)
    found = [checks[f"read replica {number}"] for number in (1, 2, 3)]
    assert [check["state"] for check in found] == ["warn", "warn", "fail"]
    messages = [check["message"] for check in found]
    assert messages[0].startswith("hot_standby_feedback is off")
    assert messages[1].startswith("It can't be used")
    assert messages[2].startswith("It isn't a replica")
    shared_standby.configure("hot_standby_feedback = on")
    try:
        assert doctor.examine(shared_url)["read replica 1"]["state"] == "ok"
    finally:
        shared_standby.configure("hot_standby_feedback = off")


def test_doctor_finds_a_replica_that_is_behind(shared_standby: Standby, shared_url: str, doctor: Doctor) -> None:
    shared_standby.configure("hot_standby_feedback = on")
    shared_standby.pause()
    shared_standby.write_on_primary()
    try:
        assert doctor.examine(shared_url)["read replica 1"]["message"].startswith("It is more than 1 s behind")
    finally:
        shared_standby.configure("hot_standby_feedback = off")
