"""`portico audit`: what it prints, and with which code it ends."""

import json
import time
from pathlib import Path

import asyncpg
import pytest

from app.cli.audit.verify import ProgressBar
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.cli import run
from tests.support.databases import in_new_loop
from tests.support.resolver_fixtures import loaded_acme

ORGANIZATION = named_key(ACME)


async def three_events(demo_database_url: str) -> None:
    async with loaded_acme(demo_database_url) as writing:
        happenings = [AuditEntry(AuditKind.USER_UPDATED, organization_id=ORGANIZATION)] * 2
        await run_in_transaction(
            writing, Caller(), lambda work: work.audit(*happenings, AuditEntry(AuditKind.SESSION_REFUSED))
        )


async def lose_the_first(demo_database_url: str) -> None:
    connection = await asyncpg.connect(demo_database_url)
    await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
    await connection.execute("DELETE FROM audit_events WHERE number = 1 AND organization_id IS NOT NULL")
    await connection.close()


def test_verify_and_head(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], demo_database_url: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    in_new_loop(three_events(demo_database_url))
    capsys.readouterr()

    assert run(monkeypatch, "audit", "head") == 0
    kept, mine = tmp_path / "kept.json", f"org_{ORGANIZATION}"
    kept.write_text(capsys.readouterr().out)
    heads = json.loads(kept.read_text())["heads"]
    assert [(head["organization"], head["number"]) for head in heads] == [(None, 1), (mine, 2)]

    assert run(monkeypatch, "audit", "verify", "--anchor", str(kept)) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("Intact: 3 events in 2 chains.\n", "")

    in_new_loop(lose_the_first(demo_database_url))
    assert run(monkeypatch, "audit", "verify") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{mine} event 1: MISSING. Event 1 is missing.",
        "Not intact: 1 found in 2 events in 2 chains.",
    ]
    assert run(monkeypatch, "audit", "verify", "--json", "--organization", mine) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["intact"], verdict["events"], verdict["chains"], verdict["found"]) == (False, 1, 1, 1)
    assert verdict["findings"][0]["fault"] == "MISSING"
    assert run(monkeypatch, "audit", "verify", "--organization", "none") == 0
    assert run(monkeypatch, "audit", "verify", "--organization", f"usr_{ORGANIZATION}") == 2
    kept.write_text("[]")
    assert run(monkeypatch, "audit", "verify", "--anchor", str(kept)) == 2


def test_a_long_verification_shows_its_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProgressBar() as bar:
        bar.report(1, 4)
        assert capsys.readouterr().err == ""
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 2)
        bar.report(2, 4)
    assert "2/4" in capsys.readouterr().err
