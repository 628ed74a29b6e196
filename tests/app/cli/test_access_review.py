"""`portico access-review`: what is written down, as a spreadsheet and as a program take it."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.cli.output import CHECK_TIME
from tests.support.cli import run
from tests.support.databases import execute
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import example

EVIL = '=HYPERLINK("http://evil.example","a,b")'


@pytest.fixture
def portico(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> Any:
    """Runs `portico access-review` on the example data and returns its exit code and what it printed."""

    async def made() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute("ALTER TABLE access_review_entries DISABLE TRIGGER USER")
            await insert_world(connection, example())
            for account in ("contract_accounts", "delivery_accounts"):
                await connection.execute(f"UPDATE {account} SET name = $1 WHERE name = 'ACME South'", EVIL)
        finally:
            await connection.close()

    asyncio.run(made())
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PORTICO_SECRET_KEY", "k" * 44)

    def command(*arguments: str) -> tuple[int, bytes, str]:
        code = run(monkeypatch, "access-review", *arguments)
        out, err = capfdbinary.readouterr()
        return code, out, err.decode()

    return command


def test_a_new_review_is_written_as_csv_for_spreadsheets(portico: Any, tmp_path: Path) -> None:
    file = tmp_path / "review.csv"
    code, out, said = portico("acme corporation", "--new", "--output", str(file))
    assert (code, out) == (0, b""), said
    assert "not signed off" in said
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbforganization,reviewed_at,")
    assert data.count(b"\r\n") == data.count(b"\n")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    sue = {(row["what"], row["name"]): row for row in rows if row["email"] == "sue@acme.example"}
    row = sue["CONTRACT_ACCOUNT", f"'{EVIL}"]
    assert row["account"].startswith("ca_")
    assert row["user"].startswith("usr_")
    assert row["why"].startswith(f"grant of {EVIL}")
    assert "policies.polar:" in row["rules"]
    assert not [cell for each in rows for cell in each.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {each["organization"] for each in rows} == {"ACME Corporation"}


def test_the_newest_review_is_the_default_and_others_have_ids(portico: Any, database_url: str) -> None:
    first = portico("Globex")
    assert first[0] == 0, first[2]
    _, made, said = portico("Globex", "--new")
    *progress, summary = said.splitlines(keepends=True)
    assert progress == [f"Checking policies.polar ({CHECK_TIME})…\n", "Recording who has access to what…\n"]
    assert portico("Globex") == (0, made, summary)
    assert portico("Globex", "--review", first[2].partition(":")[0]) == first
    assert first[1] != made
    signed = "UPDATE access_reviews SET signed_off_at = now(), signed_off_by_id = users.id FROM users"
    asyncio.run(execute(database_url, f"{signed} WHERE email = 'max@globex.example' AND signed_off_at IS NULL"))
    _, out, said = portico("Globex", "--json")
    assert "signed off by max@globex.example" in said
    review, *entries = map(json.loads, out.splitlines())
    assert review["signed_off_by"] == "max@globex.example"
    assert (review["reviewed_by"], review["entries"]) == (None, len(entries))
    assert {"PERMISSION", "ALL_CONTRACT_ACCOUNTS", "ALL_DELIVERY_ACCOUNTS"} == {entry["what"] for entry in entries}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Nobody Inc"], "No Organization has the name or id 'Nobody Inc'."),
        (["Globex", "--review", "usr_01900000-0000-7000-8000-000000000001"], "not the id of an access review"),
        (["Globex", "--review", "rev_01900000-0000-7000-8000-000000000001"], "no such review"),
        (["Globex", "--new", "--review", "rev_01900000-0000-7000-8000-000000000001"], "has no id yet"),
    ],
)
def test_missing_organizations_and_reviews_are_reported(portico: Any, arguments: list[str], said: str) -> None:
    code, out, err = portico(*arguments)
    assert (code, out) == (2, b"")
    assert said in " ".join(err.replace("│", " ").split())


def test_a_review_of_another_organization_is_not_found(portico: Any) -> None:
    review = portico("Globex")[2].partition(":")[0]
    assert portico("ACME Corporation", "--review", review)[0] == 2
