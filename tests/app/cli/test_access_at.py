"""`portico access-at`: what a user had, and who had an account or a service, from the audit trail."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.database.pools import create_write_engine
from app.demo import example
from app.demo.fixed_ids import named_key
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.cli import run
from tests.support.resolver_fixtures import EAST, SECRET_KEY, SOUTH, caller, rules

EVIL = '=HYPERLINK("http://evil.example","a,b")'
SUE = "sue@acme.example"


@pytest.fixture
def before(database_url: str) -> datetime:
    """The time before Sue, who has ACME South, is given ACME East in its place."""

    async def made() -> datetime:
        connection = await asyncpg.connect(database_url)
        await example.load(connection, SECRET_KEY)
        await connection.execute("UPDATE contract_accounts SET name = $1 WHERE name = 'ACME South'", EVIL)
        version = await connection.fetchval("SELECT version FROM users WHERE id = $1", named_key(SUE))
        time: datetime = await connection.fetchval("SELECT clock_timestamp()")
        await connection.close()
        engine = create_write_engine(database_url)
        context = MutationContext(engine, rules(), SECRET_KEY)
        change = UserChange(version, access={"contract_accounts": (EAST,)})
        admin = await caller(context, "ada@acme.example")
        await run_in_transaction(context, admin, lambda work: update_user(work, named_key(SUE), change))
        await engine.dispose()
        return time

    return asyncio.run(made())


@pytest.fixture
def portico(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> Any:
    """Runs `portico access-at` and returns its exit code and what it printed."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PORTICO_SECRET_KEY", "k" * 44)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(monkeypatch, "access-at", *arguments)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), " ".join(err.decode().replace("│", " ").split())

    return command


def now() -> str:
    return datetime.now(UTC).isoformat()


def test_a_user_has_what_they_had_before_a_change(portico: Any, before: datetime) -> None:
    code, out, err = portico(SUE, before.isoformat(), "--json")
    assert code == 0, err
    asked, *had = map(json.loads, out.splitlines())
    assert (asked["name"], asked["organization"], asked["existed"], asked["active"]) == (
        SUE,
        "ACME Corporation",
        True,
        True,
    )
    assert asked["complete"] is False
    assert datetime.fromisoformat(asked["reaches_back_to"]) > before
    assert [(each["what"], each["name"]) for each in had] == [
        ("Permission", "SITES_SERVICES_VIEW"),
        ("ContractAccount", EVIL),
        *(("Service", f"SVC-00000{number}") for number in (1, 2, 3)),
    ]
    code, out, err = portico(SUE, now())
    assert code == 0, err
    assert f"{SUE} of ACME Corporation at " in out
    assert "The user could sign in." in out
    assert "ACME East" in out
    assert "HYPERLINK" not in out


def test_who_had_an_account_is_written_as_csv_for_spreadsheets(portico: Any, before: datetime) -> None:
    for time, had in ((before.isoformat(), "yes"), (now(), None)):
        code, out, err = portico(f"ca_{SOUTH}", time, "--csv")
        assert code == 0, err
        assert out.startswith("\ufeffuser,email,name,had_access,recorded\r\n")
        found = {row["email"]: row for row in csv.DictReader(io.StringIO(out.lstrip("\ufeff"), newline=""))}
        assert found["ada@acme.example"]["had_access"] == "yes"
        assert found["ada@acme.example"]["recorded"] == "no"
        assert (found[SUE]["had_access"] if SUE in found else None) == had
        assert "max@globex.example" not in found
    _, out, _ = portico(SUE, before.isoformat(), "--csv")
    cells = [cell for row in csv.reader(io.StringIO(out.lstrip("\ufeff"), newline="")) for cell in row]
    assert f"'{EVIL}" in cells


def test_a_service_is_had_with_its_accounts(portico: Any, before: datetime) -> None:
    for service, who in (("SVC-000001", {"pia@pear.example"}), ("SVC-000004", {"noc@pear.example"})):
        code, out, err = portico(service, before.isoformat(), "--organization", "ACME Corporation", "--json")
        assert code == 0, err
        _, *users = map(json.loads, out.splitlines())
        had = {user["email"] for user in users if user["had_access"]}
        assert {email for email in had if email in {"pia@pear.example", "noc@pear.example"}} == who


def test_a_table_says_that_there_is_more(portico: Any, before: datetime) -> None:
    code, out, _ = portico("ACME East", before.isoformat(), "--first", "2")
    assert code == 0
    assert "Only the first 2 rows" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody@acme.example", "2026-01-31T12:00:00Z"], "has the name or id 'nobody@acme.example'"),
        ([SUE, "2026-01-31T12:00:00"], "not a time with its offset"),
        ([SUE, "yesterday"], "not a time with its offset"),
        ([SUE, (datetime.now(UTC) + timedelta(days=1)).isoformat()], "in the future"),
        ([SUE, "2026-01-31T12:00:00Z", "--csv", "--json"], "either --csv or --json"),
        (["ACME East", "2026-01-31T12:00:00Z", "--type", "Organization"], "no type 'Organization'"),
    ],
)
def test_what_cannot_be_answered_is_reported(portico: Any, before: datetime, arguments: list[str], said: str) -> None:
    code, out, err = portico(*arguments)
    assert (code, out) == (2, "")
    assert said in err
