"""`portico doctor`: finds what is wrong, says what to do, and betrays no secret."""

import asyncio
import json
import shutil
import time
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.doctor import database, machine
from app.data_folder import keep_secret_key
from tests.support.backups.backup_files import use
from tests.support.cli import run
from tests.support.databases import execute, in_new_loop
from tests.support.mail.smtp_server import mail_server
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import SECRET_KEY

OTHER_KEY = "another key for tests, of 32 bytes"
CHECKS = {
    "settings",
    "data folder",
    "secret key",
    "dns",
    "mail server",
    "database",
    "migrations",
    "connections",
    "clock",
    "log of PostgreSQL",
    "mail queue",
    "policy",
}


@pytest.fixture(autouse=True)
def a_machine(demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the demo data, on which everything is in order."""
    for name in ("SMTP_URL", "PORTICO_BASE_URL", "PORTICO_DEMO", "PORTICO_TRUSTED_PROXIES", "PORTICO_HOST"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "data").mkdir(mode=0o700)
    # The example data may have been loaded by a test long ago.
    in_new_loop(execute(demo_database_url, "UPDATE outbox_mails SET next_attempt_at = now()"))
    use(monkeypatch, demo_database_url, tmp_path / "data")


class Doctor:
    """Runs the command, and returns its checks by name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def examine(self, *options: str, code: int = 0) -> dict[str, dict[str, Any]]:
        self._capsys.readouterr()
        assert run(self._monkeypatch, "doctor", "--json", *options) == code
        self.printed = self._capsys.readouterr().out
        result = json.loads(self.printed)
        assert code == 0 or result["state"] != "ok"
        for check in result["checks"]:
            assert (check["remedy"] is None) == (check["state"] == "ok")
        return {check["check"]: check for check in result["checks"]}


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(monkeypatch, capsys)


def test_all_is_well(doctor: Doctor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    checks = doctor.examine("--strict")
    assert set(checks) == CHECKS
    assert {check["state"] for check in checks.values()} == {"ok"}
    assert run(monkeypatch, "doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHECKS)
    assert all(line.startswith("ok    ") for line in lines)


def test_settings_are_checked_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], doctor: Doctor
) -> None:
    monkeypatch.setenv("PORTICO_PORT", "x")
    monkeypatch.setenv("PORTICO_DEMO", "maybe")
    assert run(monkeypatch, "doctor") == 1
    printed = capsys.readouterr().out
    assert "fail  settings  PORTICO_DEMO: must be true or false" in printed
    assert "fail  settings  PORTICO_PORT: " in printed
    assert set(doctor.examine(code=1)) == {"settings"}


def test_a_warning_fails_only_if_it_is_to(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_MAIL_WORKER", "false")
    assert doctor.examine()["settings"]["state"] == "warn"
    assert doctor.examine("--strict", code=1)["settings"]["state"] == "warn"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORTICO_BASE_URL": "http://192.0.2.1"}, "isn't https"),
        ({"PORTICO_BASE_URL": "http://192.0.2.1", "PORTICO_DEMO": "true"}, "passwords of its users are public"),
        ({"PORTICO_BASE_URL": "https://192.0.2.1"}, "PORTICO_TRUSTED_PROXIES is empty"),
    ],
)
def test_a_public_server_needs_more(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    doctor.examine()
    assert words in doctor.printed


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("PORTICO_TRUSTED_PROXY", "Is it meant to be PORTICO_TRUSTED_PROXIES?"),
        ("PORTICO_SMTP_URL", "Is it meant to be SMTP_URL?"),
        ("PORTICO_XYZZY", "Remove it. `portico settings` lists all settings."),
    ],
)
def test_a_variable_that_is_no_setting_is_named(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, name: str, remedy: str
) -> None:
    monkeypatch.setenv(name, "geheim")
    check = doctor.examine()["settings"]
    assert (check["state"], check["remedy"]) == ("warn", remedy)
    assert check["message"] == f"{name} is set, but there is no such setting."
    assert "geheim" not in doctor.printed


def test_root_is_told_to_run_as_the_user_of_the_servers(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "other_owner", lambda _folder: "portico")
    check = doctor.examine(code=1)["data folder"]
    assert "belongs to portico, and this command runs as root" in check["message"]
    assert check["remedy"].startswith("Run commands as portico")


def test_a_database_away_is_one_failure_without_the_password(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://portico:geheim@127.0.0.1:1/portico")
    monkeypatch.setenv("SMTP_URL", "smtp://portico:geheim@127.0.0.1:1")
    checks = doctor.examine(code=1)
    assert "Connect call failed" in checks["database"]["message"]
    assert (checks["database"]["state"], checks["mail server"]["state"]) == ("fail", "fail")
    assert "clock" not in checks
    assert checks["policy"]["state"] == "ok"
    assert "geheim" not in doctor.printed


def test_a_database_that_is_not_there_yet_is_not_created(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    assert (
        doctor.examine()["database"]["message"]
        == f"There is none in {tmp_path / 'data'} yet, and DATABASE_URL isn't set."
    )
    assert not (tmp_path / "data" / "postgres").exists()


def test_the_mail_server_takes_the_password(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def examine(password: str, code: int) -> dict[str, Any]:
        async with mail_server(login=("portico", "right"), tls=True) as server:
            monkeypatch.setenv("SMTP_URL", server.url.replace("://", f"://portico:{password}@"))
            check = (await asyncio.to_thread(doctor.examine, code=code))["mail server"]
            assert server.messages == []
            return check

    assert in_new_loop(examine("right", 0))["message"].endswith("with TLS")
    assert "535" in in_new_loop(examine("wrong", 1))["message"]


def test_a_name_that_nobody_knows(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_BASE_URL", "http://portico.invalid")
    assert "portico.invalid can't be resolved here" in doctor.examine(code=1)["dns"]["message"]


def test_a_key_that_others_can_read(doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTICO_SECRET_KEY")
    keep_secret_key(tmp_path / "data", SECRET_KEY.decode())
    assert "on all machines" in doctor.examine()["secret key"]["remedy"]
    (tmp_path / "data" / "secret_key").chmod(0o640)
    doctor.examine(code=1)
    assert f"chmod 600 {tmp_path / 'data' / 'secret_key'}" in doctor.printed


def test_a_key_of_another_database(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTICO_SECRET_KEY", OTHER_KEY)
    assert "isn't the one" in doctor.examine(code=1)["secret key"]["message"]
    assert OTHER_KEY not in doctor.printed


def test_too_few_connections(doctor: Doctor, demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = demo_database_url.partition("?")[0].rpartition("/")[2]
    in_new_loop(execute(demo_database_url, f"ALTER DATABASE {name} CONNECTION LIMIT 20"))
    check = doctor.examine(code=1)["connections"]
    assert check["message"].startswith("A server process opens up to 34; PostgreSQL allows 20, ")
    monkeypatch.setenv("PORTICO_READ_CONNECTIONS", "4")
    monkeypatch.setenv("PORTICO_WRITE_CONNECTIONS", "6")
    assert "two processes" in doctor.examine()["connections"]["remedy"]
    monkeypatch.setenv("PORTICO_WORKERS", "3")
    check = doctor.examine(code=1)["connections"]
    assert check["message"].startswith("3 server processes, and one more while they are restarted, open up to 61; ")
    assert "PORTICO_WORKERS" in check["remedy"]


@pytest.mark.parametrize(("offset", "state"), [(30, "warn"), (-30, "warn"), (3600, "fail")])
def test_a_clock_that_is_wrong(doctor: Doctor, monkeypatch: pytest.MonkeyPatch, offset: int, state: str) -> None:
    monkeypatch.setattr(database, "time", SimpleNamespace(time=lambda: time.time() + offset))
    assert doctor.examine(code=int(state == "fail"))["clock"]["state"] == state


def test_a_disk_that_is_full(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    for free, state in [(machine.NO_BYTES - 1, "fail"), (machine.LITTLE_BYTES - 1, "warn")]:
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: usage(free))
        assert doctor.examine(code=int(state == "fail"))["data folder"]["state"] == state


def test_migrations(doctor: Doctor, demo_database_url: str) -> None:
    in_new_loop(execute(demo_database_url, "UPDATE alembic_version SET version_num = '0001'"))
    assert doctor.examine()["migrations"]["message"].startswith("The database is at 0001, and ")
    in_new_loop(execute(demo_database_url, "UPDATE alembic_version SET version_num = '9999'"))
    assert "on which this one serves" in doctor.examine()["migrations"]["message"]
    in_new_loop(execute(demo_database_url, "COMMENT ON TABLE alembic_version IS NULL"))
    assert "which this Portico doesn't know" in doctor.examine(code=1)["migrations"]["message"]


def test_mails_that_nobody_sends(doctor: Doctor, demo_database_url: str) -> None:
    in_new_loop(execute(demo_database_url, "UPDATE outbox_mails SET next_attempt_at = now() - interval '1 hour'"))
    assert "the oldest for 60 minutes" in doctor.examine()["mail queue"]["message"]


def test_a_policy_that_is_rejected(doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policies.polar"
    policy.write_text(POLICY.read_text() + '\nallow(_: Member, "view", _: Servise);\n')
    monkeypatch.setenv("PORTICO_POLICY", str(policy))
    assert "Servise" in doctor.examine(code=1)["policy"]["message"]
    monkeypatch.setenv("PORTICO_POLICY", str(tmp_path / "none.polar"))
    assert doctor.examine(code=1)["policy"]["state"] == "fail"


def test_a_log_of_postgresql_with_personal_data(doctor: Doctor, demo_database_url: str) -> None:
    name = demo_database_url.partition("?")[0].rpartition("/")[2]
    in_new_loop(execute(demo_database_url, f"ALTER DATABASE {name} SET log_statement = 'all'"))
    assert "log_statement = all" in doctor.examine()["log of PostgreSQL"]["message"]
