"""`portico audit prune`, `hold` and `release`: old events go to an archive, and the trail still verifies."""

import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.demo.example_users import ACME
from models import Organization
from resolvers.public_id import encode
from tests.support.data_protection.erasable_person import ACME_ID, ADA, BEN, EMAIL, add_zebulon
from tests.support.data_protection.operator import GLOBEX_ID, MAX, Operator
from tests.support.data_protection.whole_database import add_event, fill
from tests.support.distribution.moved_times import earlier

pytestmark = pytest.mark.invariant("audit_archive")

OLD, NEW = 400, 0
"""Ages of events, in days."""

ACME_CHAIN, GLOBEX_CHAIN = encode(Organization, ACME_ID), encode(Organization, GLOBEX_ID)


async def dated(connection: asyncpg.Connection, days: int) -> None:
    """Date the events that are inserted from now on."""
    await connection.execute(
        f"ALTER TABLE audit_events ALTER COLUMN created_at SET DEFAULT now() - interval '{days} days'"
    )


async def add_old_and_new(connection: asyncpg.Connection) -> None:
    """Twelve old events with Zebulon in the chain of ACME, some in the platform's, and new ones in all chains."""
    await dated(connection, OLD)
    await add_zebulon(connection)
    for name in ("first", "second", "third"):
        await add_event(connection, "user.updated", organization_id=ACME_ID, subject_id=BEN, request_id=name)
    await add_event(connection, "session.started", organization_id=GLOBEX_ID, actor_id=MAX)
    await dated(connection, NEW)
    await fill(connection, GLOBEX_ID, MAX, MAX)
    await connection.execute("DELETE FROM webhook_deliveries")
    await connection.execute("DELETE FROM webhooks")
    for organization_id in (ACME_ID, GLOBEX_ID, None):
        await add_event(connection, "session.started", organization_id=organization_id, address="192.0.2.7")
    changes = json.dumps({"email": [None, EMAIL], "firstName": [None, "Zebulon"]})
    await add_event(connection, "user.updated", organization_id=ACME_ID, subject_id=ADA, changes=changes)


@pytest.fixture
def operator(
    demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    """An operator of a database with old and new events."""
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    monkeypatch.setenv("PORTICO_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    operator = Operator(demo_database_url, tmp_path, monkeypatch, capsys)
    operator.on_database(add_old_and_new)
    return operator


def prune(operator: Operator, name: str = "old.zip", *more: str) -> dict[str, Any]:
    done: dict[str, Any] = operator.json(
        "audit", "prune", "--to", str(operator.folder / name), "--yes", "--json", *more
    )
    return done


def chain(operator: Operator, organization_id: UUID | None) -> list[dict[str, Any]]:
    """The events of a chain that are in the database, in order."""
    events = (json.loads(text) for text in operator.dump()["audit_events"])
    own = (event for event in events if event["organization_id"] == (organization_id and str(organization_id)))
    return sorted(own, key=lambda event: event["number"])


def test_old_events_move_to_an_archive_and_the_chains_go_on(operator: Operator) -> None:
    before = operator.dump()
    counted = operator.json("audit", "prune", "--json")
    code, out, _ = operator("audit", "prune")
    assert (code, "Nothing was changed" in out, counted["pruned"]) == (0, True, False)
    assert operator.dump() == before
    heads = operator.folder / "heads.json"
    heads.write_text(json.dumps(operator.json("audit", "head")))

    done = prune(operator)
    file = operator.folder / "old.zip"
    assert (done["events"], done["failed"], file.stat().st_mode & 0o777) == (counted["events"], {}, 0o600)
    assert done["events"] == 12 + 2 + 1
    assert done["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()

    kept = chain(operator, ACME_ID)
    assert [event["number"] for event in kept] == [13, 14, 15]
    record = {name: after for name, (_, after) in kept[-1]["changes"].items()}
    assert (kept[-1]["kind"], record["through"], record["events"]) == ("audit.pruned", 12, 12)
    assert record["archive"] == done["sha256"]
    by = [event["changes"]["by"][1] for event in chain(operator, None) if event["kind"] == "audit.pruned"]
    assert (len(by), "by" in record) == (3, False)
    with zipfile.ZipFile(file) as archive:
        archived = [json.loads(line) for line in archive.read(f"data/audit_events/{ACME_CHAIN}.jsonl").splitlines()]
    assert [event["number"] for event in archived] == list(range(1, 13))
    removed = [json.loads(text) for text in before["audit_events"] if json.loads(text)["id"] == archived[0]["id"]]
    assert archived[0]["changes"] == removed[0]["changes"]

    assert operator.is_intact()
    code, out, _ = operator("audit", "verify", "--anchor", str(heads))
    assert code == 0
    assert "Not verified: 15 older events of 3 chains" in out
    whole = operator.json("audit", "verify", "--archive", str(file), "--anchor", str(heads), "--json")
    assert (whole["intact"], whole["pruned"]) == (True, [])
    assert whole["events"] == len(before["audit_events"]) + 5
    assert operator.json("audit", "prune", "--json")["events"] == 0


def test_it_can_be_repeated_and_archives_are_verified_together(operator: Operator) -> None:
    prune(operator, "1.zip")

    async def grow_old(connection: asyncpg.Connection) -> None:
        await dated(connection, OLD - 20)
        await add_event(connection, "session.started", organization_id=GLOBEX_ID, actor_id=MAX)
        await dated(connection, NEW)

    assert chain(operator, GLOBEX_ID)[0]["number"] == 2
    operator.on_database(grow_old)
    # The event is younger than one before it, and stays for as long.
    assert operator.json("audit", "prune", "--json")["events"] == 0
    operator.on_database(make_all_old)
    done = prune(operator, "2.zip")
    assert done["failed"] == {}
    assert [event["kind"] for event in chain(operator, GLOBEX_ID)] == ["audit.pruned"]
    assert operator.is_intact()
    files = [str(operator.folder / name) for name in ("2.zip", "1.zip")]
    both = operator.json("audit", "verify", "--archive", files[0], "--archive", files[1], "--json")
    assert (both["intact"], both["pruned"]) == (True, [])
    code, out, _ = operator("audit", "verify", "--archive", files[0], "--organization", GLOBEX_CHAIN)
    assert (code, "event 1: MISSING" in out) == (1, True)


async def make_all_old(connection: asyncpg.Connection) -> None:
    """Date all events back, and link them anew."""
    await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
    await connection.execute("ALTER TABLE audit_heads DISABLE TRIGGER USER")
    await connection.execute(f"UPDATE audit_events SET created_at = {earlier('created_at', '400 days')}")
    previous: dict[UUID, bytes] = {}
    for row in await connection.fetch("SELECT id, tenant_id FROM audit_events ORDER BY tenant_id, number"):
        await connection.execute(
            "UPDATE audit_events SET previous_hash = coalesce($2, previous_hash) WHERE id = $1",
            *(row["id"], previous.get(row["tenant_id"])),
        )
        hash_ = await connection.fetchval("SELECT audit_event_hash(e) FROM audit_events AS e WHERE id = $1", row["id"])
        await connection.execute("UPDATE audit_events SET hash = $2 WHERE id = $1", row["id"], hash_)
        previous[row["tenant_id"]] = hash_
    for tenant_id, hash_ in previous.items():
        await connection.execute("UPDATE audit_heads SET hash = $2 WHERE chain = $1", tenant_id, hash_)
    await connection.execute("ALTER TABLE audit_events ENABLE TRIGGER USER")
    await connection.execute("ALTER TABLE audit_heads ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    ("statement", "number", "fault"),
    [
        ("DELETE FROM audit_events WHERE ACME AND number = 13", 13, "MISSING"),
        ("UPDATE audit_events SET changes = changes || '{\"through\": [null, 13]}' WHERE ACME AND number = 15", 15,
         "CHANGED"),
        ("UPDATE audit_events SET changes = changes - 'hash' WHERE ACME AND number = 15", 15, "CHANGED"),
        ("DELETE FROM audit_events WHERE ACME AND number = 15", 15, "CUT_OFF"),
        ("UPDATE audit_events SET previous_hash = sha256('') WHERE ACME AND number = 13", 13, "CHANGED"),
    ],
)  # fmt: skip
def test_nobody_can_remove_more_than_the_record_says(
    operator: Operator, statement: str, number: int, fault: str
) -> None:
    prune(operator)

    async def tamper(connection: asyncpg.Connection) -> None:
        await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
        await connection.execute(statement.replace("ACME", f"organization_id = '{ACME_ID}'"))

    operator.on_database(tamper)
    code, out, _ = operator("audit", "verify", "--organization", ACME_CHAIN)
    assert code == 1
    assert f"{ACME_CHAIN} event {number} " in out.replace(":", " ")
    assert fault in out


def test_a_changed_archive_is_found(operator: Operator) -> None:
    prune(operator)
    file, member = operator.folder / "old.zip", f"data/audit_events/{ACME_CHAIN}.jsonl"
    changed = operator.folder / "changed.zip"
    for old, new, found in (
        (b'"first"', b'"other"', "CHANGED"),
        (b'"number":5,', b'"number":6,', "MISSING"),
        (b'"kind":', b'"kin":', "damaged"),
        (b"}\n", b"\n", "damaged"),
        (b"", b"", "Intact"),
    ):
        with zipfile.ZipFile(file) as source, zipfile.ZipFile(changed, "w") as target:
            for name in source.namelist():
                content = source.read(name)
                target.writestr(name, content.replace(old, new) if name == member and old else content)
        code, out, err = operator("audit", "verify", "--archive", str(changed))
        assert (code, found in out + err) == (0 if found == "Intact" else 1, True), (found, out, err)
    changed.write_text("no archive")
    assert operator("audit", "verify", "--archive", str(changed))[0] == 2


def test_an_erasure_on_both_sides_still_fits(operator: Operator) -> None:
    assert operator("user", "erase", EMAIL, "--remove", "--yes")[0] == 0
    assert operator.is_intact()
    done = prune(operator)
    assert done["failed"] == {}
    assert operator.is_intact()
    assert operator("audit", "verify", "--archive", str(operator.folder / "old.zip"))[0] == 0
    record = chain(operator, ACME_ID)[-1]["changes"]
    assert [each["events"] for each in record["erasures"][1]] == [1]

    async def erase_more(connection: asyncpg.Connection) -> None:
        await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
        erasure = record["erasures"][1][0]["erasure"]
        event = f"WHERE organization_id = '{ACME_ID}' AND number = 13"
        erased = f"SELECT (audit_event_erase(e, '{{address}}', '{erasure}')).erased FROM audit_events AS e {event}"
        values = await connection.fetchval(erased)
        statement = f"UPDATE audit_events SET address = NULL, salt = NULL, erased = $1 {event}"
        assert await connection.execute(statement, values) == "UPDATE 1"

    operator.on_database(erase_more)
    code, out, _ = operator("audit", "verify")
    assert (code, "ERASURE" in out) == (1, True)


def test_what_was_erased_and_deleted_stays_listed(operator: Operator) -> None:
    assert operator("user", "erase", EMAIL, "--remove", "--yes")[0] == 0
    assert operator("organization", "delete", "Globex", "--yes", "--name", "Globex")[0] == 0
    listed = operator.json("erasures", "list")
    assert list(map(len, listed.values())) == [1, 1]
    operator.on_database(make_all_old)
    for name in ("1.zip", "2.zip"):
        assert prune(operator, name, "--organization", "none")["failed"] == {}
        assert [event["kind"] for event in chain(operator, None)] == ["audit.pruned"]
        assert operator.json("erasures", "list") == listed
        operator.on_database(make_all_old)
    assert operator.is_intact()


def test_a_hold_keeps_everything_until_it_is_released(operator: Operator) -> None:
    reason = ("--reason", "case 4711")
    assert operator("audit", "hold", ACME, *reason)[1] == f"{ACME} is under a legal hold.\n"
    assert "already" in operator("audit", "hold", ACME_CHAIN, *reason)[1]
    assert operator("audit", "hold", ACME, "--reason", " ")[0] == 2
    before = chain(operator, ACME_ID)
    assert before[-1]["changes"] == {"reason": [None, "case 4711"]}
    for arguments in (
        ("user", "erase", EMAIL, "--remove", "--yes"),
        ("organization", "delete", ACME, "--yes", "--name", ACME),
    ):
        code, _, err = operator(*arguments)
        assert (code, "under a legal hold" in err) == (1, True)
    done = prune(operator)
    assert done["held"] == [ACME_CHAIN]
    assert [each["organization"] for each in done["chains"]] == [GLOBEX_CHAIN, None]
    assert chain(operator, ACME_ID) == before
    assert f"{ACME_CHAIN}: under a legal hold, so its events stay." in operator("audit", "prune")[1]
    assert operator("audit", "release", ACME, *reason)[1] == f"{ACME} is no longer under a legal hold.\n"
    assert "is not under a legal hold" in operator("audit", "release", ACME, *reason)[1]
    assert [each["organization"] for each in prune(operator, "acme.zip")["chains"]] == [ACME_CHAIN]
    assert operator.is_intact()
    assert operator("audit", "hold", "none", *reason)[0] == 0
    assert operator("user", "erase", EMAIL, "--remove", "--yes")[0] == 1
    assert operator("audit", "release", "none", *reason)[0] == 0
    assert operator("user", "erase", EMAIL, "--remove", "--yes")[0] == 0
    assert operator.is_intact()


def test_events_that_a_webhook_has_still_to_send_stay(operator: Operator) -> None:
    async def add_webhook(connection: asyncpg.Connection) -> None:
        await connection.execute(
            "INSERT INTO webhooks (id, organization_id, owner_id, url, kinds, secret, secret_hint, position) "
            "VALUES ($1, $2, $3, 'https://hooks.example.com/', '{user.updated}', 'x', 'abcd', 5)",
            *(GLOBEX_ID, ACME_ID, ADA),
        )

    operator.on_database(add_webhook)
    counted = operator.json("audit", "prune", "--organization", ACME_CHAIN, "--json")
    assert (counted["events"], counted["unsent"]) == (5, [ACME_CHAIN])
    assert "a webhook has still to send" in operator("audit", "prune", "--organization", ACME_CHAIN)[1]
    prune(operator, "old.zip", "--organization", ACME_CHAIN)
    assert chain(operator, ACME_ID)[0]["number"] == 6
    assert operator.is_intact()


def test_what_is_young_or_not_intact_is_not_removed(operator: Operator) -> None:
    before, file = operator.dump(), operator.folder / "old.zip"
    to = ("--to", str(file), "--yes")
    today = datetime.now(UTC).date()
    for arguments, code in (
        ((*to, "--before", str(today)), 2),
        ((*to, "--before", str(today - timedelta(days=364))), 2),
        ((*to, "--before", "yesterday"), 2),
        ((*to, "--organization", "usr_1"), 2),
        (("--yes",), 2),
        ((*to, "--before", str(today - timedelta(days=OLD + 1))), 0),
    ):
        assert operator("audit", "prune", *arguments)[0] == code, arguments
    operator.monkeypatch.setenv("PORTICO_AUDIT_RETENTION", "P30D")
    assert operator("audit", "prune", *to)[0] == 1
    operator.monkeypatch.delenv("PORTICO_AUDIT_RETENTION")
    file.write_text("mine")
    code, _, err = operator("audit", "prune", *to)
    assert (code, "exists already" in err) == (1, True)
    file.unlink()

    async def tamper(connection: asyncpg.Connection) -> None:
        await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
        await connection.execute("UPDATE audit_events SET address = 'x' WHERE number = 2")
        await connection.execute("ALTER TABLE audit_events ENABLE TRIGGER USER")

    assert operator.dump() == before
    operator.on_database(tamper)
    code, _, err = operator("audit", "prune", *to)
    assert (code, "not intact" in err, file.exists()) == (1, True, False)


def test_access_at_says_how_far_the_trail_reaches_back(operator: Operator) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=OLD + 10)).isoformat()

    async def exist_for_long(connection: asyncpg.Connection) -> None:
        await connection.execute("UPDATE users SET created_at = now() - interval '500 days' WHERE id = $1", BEN)

    def reach(time: str) -> tuple[bool, str | None]:
        code, out, err = operator("access-at", "ben@acme.example", time, "--json")
        assert code == 0, err
        found = json.loads(out.splitlines()[0])
        return found["complete"], found["reaches_back_to"]

    operator.on_database(exist_for_long)
    assert reach(datetime.now(UTC).isoformat()) == (False, None)
    prune(operator)
    (record,) = [event["changes"] for event in chain(operator, ACME_ID) if event["kind"] == "audit.pruned"]
    complete, since = reach(datetime.now(UTC).isoformat())
    assert (complete, datetime.fromisoformat(since or "")) == (True, datetime.fromisoformat(record["before"][1]))
    assert reach(long_ago)[0] is False
