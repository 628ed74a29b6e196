"""What is erased from the trail is vouched for by the record of the erasure; everything else that changes is found."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import asyncpg
import pytest

from app.audit.canonical_form import ChainedEvent, canonical, digest, netstring
from app.audit.chain import IntegrityFault
from app.audit.json_text import member_texts
from app.audit.verify import ChainFilter, verify
from app.database.pools import normalize_url
from resolvers.callers.caller import Caller
from resolvers.mutations.data_protection.erase_user import ErasureOrder, erase_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.data_protection.erasable_person import ACME_ID, ZEB, add_events, add_zebulon
from tests.support.paths import DOCS

pytestmark = pytest.mark.invariant("audit_chain")

ERASED_FORMAT_1, ERASED_FORMAT_2, WHOLE_FORMAT_2 = 1, 10, 18
"""Numbers of events in the chain of ACME: `add_events` adds nine of each format."""

RECORD = 0
"""Stands for the number of the erasure's record, which is the last event."""


RECORDED = (
    "(SELECT changes #>> '{erasure,1}' FROM audit_events"
    " WHERE kind = 'user.erased' AND organization_id = e.organization_id)::uuid"
)


@pytest.fixture
async def connection(writing: MutationContext, demo_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a trail with events of both formats, from which a person was erased."""
    connection = await asyncpg.connect(normalize_url(demo_database_url))
    await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER audit_events_format")
    await add_zebulon(connection)
    await connection.execute("ALTER TABLE audit_events ENABLE TRIGGER audit_events_format")
    await add_events(connection)
    order = ErasureOrder(ZEB, "jane", remove=True)
    await run_in_transaction(writing, Caller(), lambda work: erase_user(work, order))
    yield connection
    await connection.close()


async def findings(url: str) -> list[tuple[int, IntegrityFault]]:
    result = await verify(normalize_url(url), ChainFilter(all=False, organization_id=ACME_ID), {}, lambda *_: None)
    return [(finding.number, finding.fault) for finding in result.findings]


@pytest.mark.parametrize(
    ("change", "number", "found"),
    [
        ("address = 'x'", ERASED_FORMAT_2, [(ERASED_FORMAT_2, IntegrityFault.CHANGED)]),
        ("address = 'x'", ERASED_FORMAT_1, [(RECORD, IntegrityFault.ERASURE)]),
        ("actor_id = subject_id", ERASED_FORMAT_1, [(RECORD, IntegrityFault.ERASURE)]),
        ("changes = changes || '{\"permissions\": [null, [\"BILLING_VIEW\"]]}'", ERASED_FORMAT_1,
         [(RECORD, IntegrityFault.ERASURE)]),
        ("changes = changes || '{\"permissions\": [null, [\"BILLING_VIEW\"]]}'", ERASED_FORMAT_2,
         [(ERASED_FORMAT_2, IntegrityFault.CHANGED)]),
        ("changes = changes || '{\"email\": [null, \"other@x.example\"]}'", ERASED_FORMAT_2,
         [(ERASED_FORMAT_2, IntegrityFault.ERASURE)]),
        ("changes = changes || '{\"email\": [null, \"other@x.example\"]}'", ERASED_FORMAT_1,
         [(ERASED_FORMAT_1, IntegrityFault.ERASURE)]),
        ("changes = changes - 'email'", ERASED_FORMAT_2,
         [(ERASED_FORMAT_2, IntegrityFault.CHANGED), (ERASED_FORMAT_2, IntegrityFault.ERASURE)]),
        ("erased = erased #- '{digests,changes.email}'", ERASED_FORMAT_2,
         [(ERASED_FORMAT_2, IntegrityFault.CHANGED), (RECORD, IntegrityFault.ERASURE)]),
        ("erased = NULL", ERASED_FORMAT_1,
         [(ERASED_FORMAT_1, IntegrityFault.CHANGED), (RECORD, IntegrityFault.ERASURE)]),
        ("erased = '{\"digests\": 1}'", ERASED_FORMAT_2,
         [(ERASED_FORMAT_2, IntegrityFault.CHANGED), (ERASED_FORMAT_2, IntegrityFault.ERASURE),
          (RECORD, IntegrityFault.ERASURE)]),
        ("erased = '{\"salts\": {}, \"digests\": {}, \"resealed_by\": \"x\"}'", 9, [(9, IntegrityFault.ERASURE)]),
        ("salt = 'x'", WHOLE_FORMAT_2, [(WHOLE_FORMAT_2, IntegrityFault.CHANGED)]),
        ("salt = NULL", WHOLE_FORMAT_2, [(WHOLE_FORMAT_2, IntegrityFault.CHANGED)]),
        ("format = 1", WHOLE_FORMAT_2, [(WHOLE_FORMAT_2, IntegrityFault.CHANGED)]),
        ("format = 1", ERASED_FORMAT_2, [(ERASED_FORMAT_2, IntegrityFault.ERASURE)]),
        ("address = NULL, erased = (audit_event_erase(e, '{address}', gen_random_uuid())).erased, salt = NULL",
         WHOLE_FORMAT_2, [(WHOLE_FORMAT_2, IntegrityFault.ERASURE)]),
        (f"address = NULL, erased = (audit_event_erase(e, '{{address}}', {RECORDED})).erased, salt = NULL",
         WHOLE_FORMAT_2, [(RECORD, IntegrityFault.ERASURE)]),
    ],
)  # fmt: skip
async def test_every_change_of_an_event_that_was_or_was_not_erased_is_found(
    connection: asyncpg.Connection,
    demo_database_url: str,
    change: str,
    number: int,
    found: list[tuple[int, IntegrityFault]],
) -> None:
    assert await findings(demo_database_url) == []
    await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
    where = f"WHERE organization_id = '{ACME_ID}' AND number = {number}"
    assert await connection.execute(f"UPDATE audit_events AS e SET {change} {where}") == "UPDATE 1"
    record = await connection.fetchval(f"SELECT max(number) FROM audit_events WHERE organization_id = '{ACME_ID}'")
    assert sorted(await findings(demo_database_url)) == [(number or record, fault) for number, fault in found]


async def test_an_erased_value_can_t_be_found_by_trying(connection: asyncpg.Connection) -> None:
    statement = "SELECT salt, erased::text AS erased FROM audit_events WHERE organization_id = $1 AND number = $2"
    for number in (ERASED_FORMAT_1, ERASED_FORMAT_2):
        row = await connection.fetchrow(statement, ACME_ID, number)
        erased = json.loads(row["erased"])
        assert row["salt"] is None
        assert "changes.email" in erased["digests"]
        assert not erased["digests"].keys() & erased["salts"].keys()


def test_members_keep_the_text_that_postgresql_prints() -> None:
    text = '{"a": [null, 1.50], "b\\"}": {"x": "}, \\"y\\": "}, "é🙂": "\\n", "d": true}'
    assert member_texts(text) == {"a": "[null, 1.50]", 'b"}': '{"x": "}, \\"y\\": "}', "é🙂": '"\\n"', "d": "true"}
    assert member_texts("{}") == {}


def test_the_canonical_form_with_digests_is_the_documented_one() -> None:
    page = (DOCS / "audit.md").read_text()
    shown = re.search(r"The same event in format 2, .*?\n\n```\n(.*)\n```\n\nhas the hash `(\w+)`", page, re.DOTALL)
    assert shown
    ids = [UUID(f"01900000-0000-7000-8000-00000000000{n}") for n in range(1, 5)]
    at = datetime(2026, 1, 31, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    changes = '{"firstName": ["Zoë", "Zoe"]}'
    event = ChainedEvent(
        ids[0], 1, bytes(32), b"", ids[1], at, "user.updated", ids[2], ids[3], "req_1", None, None, changes, None,
        2, bytes(range(16)),
    )  # fmt: skip
    assert canonical(event).decode() == shown[1]
    assert sha256(shown[1].encode()).hexdigest() == shown[2]
    assert (digest(event) or b"").hex() == shown[2]
    salt = sha256(netstring(bytes(range(16)).hex()) + netstring("changes.firstName")).hexdigest()
    value = sha256(netstring(salt) + netstring('["Zoë", "Zoe"]')).hexdigest()
    erased = json.dumps({"digests": {"changes.firstName": {"digest": value, "by": "x"}}})
    without = ChainedEvent(
        ids[0], 1, bytes(32), b"", ids[1], at, "user.updated", ids[2], ids[3], "req_1", None, None,
        '{"firstName": ["erased", "erased"]}', None, 2, None, erased,
    )  # fmt: skip
    assert digest(without) == digest(event)
