"""The chains of the audit trail: the database links every event, and whoever touches one is found out."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import migrations
from app.audit.canonical_form import ChainedEvent, canonical, digest
from app.audit.chain import IntegrityFault
from app.audit.checkpoints import read_checkpoints, to_json
from app.audit.verify import ChainFilter, current_checkpoints, verify
from app.database.pools import normalize_url
from app.demo.example_users import ACME, GLOBEX
from app.demo.fixed_ids import named_key
from models import AuditKind
from resolvers.callers.caller import Caller
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.paths import DOCS
from tests.support.resolver_fixtures import loaded_acme, rows

pytestmark = pytest.mark.invariant("audit_chain")

BEFORE_CHAINS = "0009"
ORGANIZATION, OTHER = named_key(ACME), named_key(GLOBEX)
CHAINS: tuple[UUID | None, ...] = (ORGANIZATION, OTHER, None)
LENGTH = 12


@pytest.fixture
async def url(demo_database_url: str) -> str:
    return normalize_url(demo_database_url)


@pytest.fixture
async def writing(demo_database_url: str) -> AsyncIterator[MutationContext]:
    """The demo world, with a chain of events in each of two organizations and in none."""
    async with loaded_acme(demo_database_url) as writing:
        for third in range(3):
            await run_in_transaction(writing, Caller(), partial(add_to_all, numbers=range(third * 4, third * 4 + 4)))
        yield writing


async def add_to_all(work: UnitOfWork, numbers: range) -> None:
    for number in numbers:
        for organization in CHAINS:
            await add(work, organization, number)


async def add(work: UnitOfWork, organization: UUID | None, number: int) -> None:
    changes = created({"firstName": f'Ada, "{number}" é 🙂\n', "list": [1.50, True, None], "b": {"aa": 1, "c": 2}})
    await work.audit(AuditEntry(AuditKind.USER_UPDATED, ORGANIZATION, organization, changes=changes))


async def tamper(url: str, *statements: str) -> None:
    """What somebody does who owns the database, and so can switch the triggers off."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for table in ("audit_events", "audit_heads"):
                await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                await connection.execute(statement.replace("ACME", f"organization_id = '{ORGANIZATION}'"))
            for table in ("audit_events", "audit_heads"):
                await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    finally:
        await connection.close()


async def faults(
    url: str, chains: ChainFilter | None = None, known: Any = None
) -> list[tuple[UUID | None, int, IntegrityFault]]:
    verdict = await verify(url, chains or ChainFilter(), known or {}, lambda done, total: None)
    return [(each.organization_id, each.number, each.fault) for each in verdict.findings]


async def test_an_unmodified_trail_is_intact(writing: MutationContext, url: str) -> None:
    reports: list[tuple[int, int]] = []
    verdict = await verify(url, ChainFilter(), {}, lambda *report: reports.append(report))
    assert (verdict.events, verdict.chains, verdict.findings) == (3 * LENGTH, 3, [])
    assert reports[-1] == (3 * LENGTH, 3 * LENGTH)
    one = await verify(url, ChainFilter(all=False, organization_id=None), {}, lambda *_: None)
    assert (one.events, one.chains, one.intact) == (LENGTH, 1, True)


REHASH = "UPDATE audit_events SET hash = audit_event_hash(audit_events.*) WHERE ACME AND number {}"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit_events SET address = 'x' WHERE ACME AND number = 5"], [(5, IntegrityFault.CHANGED)]),
        (["UPDATE audit_events SET changes = changes || '{\"b\": 1}' WHERE ACME AND number = 1"],
         [(1, IntegrityFault.CHANGED)]),
        (["UPDATE audit_events SET actor_id = subject_id, subject_id = NULL WHERE ACME AND number = 12"],
         [(12, IntegrityFault.CHANGED)]),
        (["UPDATE audit_events SET created_at = created_at + interval '1 us' WHERE ACME AND number = 2"],
         [(2, IntegrityFault.CHANGED)]),
        (["UPDATE audit_events SET kind = 'user.removed' WHERE ACME AND number = 5", REHASH.format("= 5")],
         [(6, IntegrityFault.UNLINKED)]),
        (["DELETE FROM audit_events WHERE ACME AND number = 5"], [(5, IntegrityFault.MISSING)]),
        (["DELETE FROM audit_events WHERE ACME AND number < 3"], [(1, IntegrityFault.MISSING)]),
        (["DELETE FROM audit_events WHERE ACME AND number > 9"], [(10, IntegrityFault.CUT_OFF)]),
        (["DELETE FROM audit_events WHERE ACME"], [(1, IntegrityFault.CUT_OFF)]),
        (["UPDATE audit_events SET number = 1000 WHERE ACME AND number = 3",
          "UPDATE audit_events SET number = 3 WHERE ACME AND number = 8",
          "UPDATE audit_events SET number = 8 WHERE ACME AND number = 1000"],
         [(3, IntegrityFault.MOVED), (8, IntegrityFault.MOVED)]),
        (["DELETE FROM audit_heads"], [(12, IntegrityFault.HEAD)] * 3),
        (["UPDATE audit_heads SET hash = sha256('') WHERE chain = '" + str(ORGANIZATION) + "'"],
         [(12, IntegrityFault.HEAD)]),
    ],
)  # fmt: skip
async def test_every_modification_of_an_event_is_found(
    writing: MutationContext, url: str, statements: list[str], found: list[tuple[int, IntegrityFault]]
) -> None:
    await tamper(url, *statements)
    assert [(number, fault) for _, number, fault in await faults(url)] == found


async def test_an_event_in_the_chain_of_another_organization_is_found(writing: MutationContext, url: str) -> None:
    await tamper(
        url,
        f"DELETE FROM audit_events WHERE organization_id = '{OTHER}' AND number = 7",
        f"UPDATE audit_events SET organization_id = '{OTHER}', tenant_id = '{OTHER}' WHERE ACME AND number = 7",
    )
    found = [(ORGANIZATION, 7, IntegrityFault.MISSING), (OTHER, 7, IntegrityFault.CHANGED)]
    assert sorted(await faults(url), key=str) == sorted(found, key=str)


async def test_a_truncated_end_stays_missing_when_the_chain_grows(writing: MutationContext, url: str) -> None:
    await tamper(url, "DELETE FROM audit_events WHERE ACME AND number > 10")
    await run_in_transaction(writing, Caller(), lambda work: add(work, ORGANIZATION, 0))
    assert await faults(url) == [(ORGANIZATION, 11, IntegrityFault.MISSING)]


async def test_anchors_kept_elsewhere_detect_a_rebuilt_trail(
    writing: MutationContext, url: str, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(url)
    (tmp_path / "kept.json").write_text(to_json((await current_checkpoints(connection, ChainFilter())).values()))
    await connection.close()
    known = read_checkpoints([tmp_path / "kept.json"])
    await run_in_transaction(writing, Caller(), lambda work: add(work, ORGANIZATION, 0))
    assert await faults(url, known=known) == []
    last = "SELECT number, hash FROM audit_events WHERE ACME AND number = 6"
    doctored = f"UPDATE audit_heads SET (number, hash) = ({last}) WHERE chain = '{ORGANIZATION}'"
    await tamper(url, "DELETE FROM audit_events WHERE ACME AND number > 6", doctored)
    assert await faults(url) == []
    assert await faults(url, known=known) == [(ORGANIZATION, LENGTH, IntegrityFault.ANCHOR)]
    for number in range(LENGTH):
        await run_in_transaction(writing, Caller(), partial(add, organization=ORGANIZATION, number=number))
    assert await faults(url) == []
    assert await faults(url, known=known) == [(ORGANIZATION, LENGTH, IntegrityFault.ANCHOR)]
    await tamper(url, f"DELETE FROM audit_events WHERE organization_id = '{OTHER}'", "DELETE FROM audit_heads")
    assert (OTHER, LENGTH, IntegrityFault.ANCHOR) in await faults(url, known=known)


async def test_concurrent_writers_produce_intact_chains(writing: MutationContext, url: str) -> None:
    async def write(number: int) -> None:
        mixed = [AuditEntry(AuditKind.USER_UPDATED, organization_id=CHAINS[(number + n) % 3]) for n in range(7)]
        await run_in_transaction(writing, Caller(), lambda work: work.audit(*mixed))

    await asyncio.gather(*(write(number) for number in range(40)))
    verdict = await verify(url, ChainFilter(), {}, lambda *_: None)
    assert (verdict.events, verdict.findings) == (3 * LENGTH + 40 * 7, [])


async def test_the_events_of_one_mutation_are_written_in_order(writing: MutationContext, url: str) -> None:
    users = [AuditEntry(AuditKind.USER_CREATED, UUID(int=n), ORGANIZATION) for n in range(500)]
    await run_in_transaction(writing, Caller(), lambda work: work.audit(*users))
    statement = "SELECT subject_id FROM audit_events WHERE kind = 'user.created' ORDER BY number"
    assert [row.subject_id for row in await rows(writing, statement)] == [each.subject_id for each in users]
    assert await faults(url) == []


async def test_the_database_links_copied_events(writing: MutationContext, url: str) -> None:
    connection = await asyncpg.connect(url)
    records = [(UUID(int=n), (ORGANIZATION, None)[n % 2], "user.created", n, b"", b"") for n in range(1, 300)]
    columns = ["id", "organization_id", "kind", "number", "previous_hash", "hash"]
    await connection.copy_records_to_table("audit_events", records=records, columns=columns)
    await connection.close()
    assert await faults(url) == []


async def test_an_event_without_changes_stores_null(writing: MutationContext) -> None:
    await run_in_transaction(writing, Caller(), lambda work: work.audit(AuditEntry(AuditKind.SESSION_ENDED)))
    [row] = await rows(writing, "SELECT changes IS NULL AS is_null FROM audit_events WHERE kind = 'session.ended'")
    assert row.is_null


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE audit_events",
        "TRUNCATE audit_heads",
        "DELETE FROM audit_heads",
        "UPDATE audit_heads SET number = 1",
        "INSERT INTO audit_heads (chain, number, hash) VALUES (gen_random_uuid(), 1, '')",
    ],
)
async def test_only_triggers_write_heads_and_hashes(writing: MutationContext, url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute(statement)
    await connection.close()


async def test_the_migration_chains_older_events(writing: MutationContext, url: str) -> None:
    await migrations.downgrade(writing.engine, BEFORE_CHAINS)
    await migrations.upgrade(writing.engine)
    verdict = await verify(url, ChainFilter(), {}, lambda *_: None)
    assert (verdict.events, verdict.chains, verdict.findings) == (3 * LENGTH, 3, [])
    await run_in_transaction(writing, Caller(), lambda work: add(work, None, 0))
    assert await faults(url) == []


def test_every_column_of_an_event_is_in_its_hash() -> None:
    from models import AuditEvent

    # A check ties the tenant to the organization.
    assert {each.name for each in fields(ChainedEvent)} == set(AuditEvent.__table__.c.keys()) - {"tenant_id"}


def test_the_canonical_form_is_the_documented_one() -> None:
    page = (DOCS / "audit.md").read_text()
    shown = re.search(r"The event with these bytes\n\n```\n(.*)\n```\n\nhas the hash `(\w+)`", page)
    assert shown
    ids = [UUID(f"01900000-0000-7000-8000-00000000000{n}") for n in range(1, 5)]
    at = datetime(2026, 1, 31, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    event = ChainedEvent(
        ids[0], 1, bytes(32), b"", ids[1], at, "user.updated", ids[2], ids[3], "req_1", None, None,
        '{"firstName": ["Zoë", "Zoe"]}',
    )  # fmt: skip
    assert canonical(event).decode() == shown[1]
    assert sha256(shown[1].encode()).hexdigest() == (digest(event) or b"").hex() == shown[2]
