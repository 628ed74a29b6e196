"""Erasing a person: nothing of them is found in any table, the trail verifies, and others stay as they were."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
import sqlalchemy as sa

from app.audit.verify import ChainFilter, VerificationResult, current_checkpoints, verify
from app.database.pools import normalize_url
from app.demo.fixed_ids import named_key
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.data_protection.erase_user import ErasedUser, ErasureOrder, erase_user
from resolvers.mutations.data_protection.legal_hold import UnderHold, set_hold
from resolvers.mutations.users.lifecycle import restore_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.data_protection.erasable_person import (
    ACME_ID,
    ADA,
    BEN,
    EMAIL,
    FIRST,
    LAST,
    NEEDLES,
    NICKNAME,
    ZEB,
    add_events,
    add_zebulon,
)
from tests.support.data_protection.whole_database import add_event, dump, places_of
from tests.support.resolver_fixtures import caller, make, new_user

pytestmark = pytest.mark.invariant("data_protection")

ORDER = ErasureOrder(ZEB, "jane@build-7", remove=True)
STAFF = named_key("staff@portico.example")
PSEUDONYM = f"Erased user {ZEB.hex[-4:]}"


@pytest.fixture
async def connection(writing: MutationContext, demo_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database in which Zebulon has left traces everywhere."""
    connection = await asyncpg.connect(normalize_url(demo_database_url))
    await add_zebulon(connection)
    yield connection
    await connection.close()


async def erase(writing: MutationContext, order: ErasureOrder = ORDER) -> ErasedUser:
    erased = await run_in_transaction(writing, Caller(address="cli"), lambda work: erase_user(work, order))
    assert erased is not None
    return erased


async def verified(url: str, known: object = None) -> VerificationResult:
    return await verify(normalize_url(url), ChainFilter(), known or {}, lambda *_: None)  # type: ignore[arg-type]


async def test_nothing_of_the_person_is_left_in_any_table(
    writing: MutationContext, connection: asyncpg.Connection, demo_database_url: str
) -> None:
    before = await dump(connection)
    touched = {"users", "sessions", "outbox_mails", "api_clients", "access_requests", "access_reviews", "audit_events"}
    touched |= {"access_review_entries", "access_templates"}
    assert touched <= set(places_of(before, *NEEDLES))
    erased = await erase(writing)
    after = await dump(connection)
    assert places_of({**after, "contract_accounts": []}, *NEEDLES) == []
    assert [text for text in after["contract_accounts"] if "ducks" in text and "ducks.example.org" not in text] == []
    assert erased.name == PSEUDONYM
    assert (await verified(demo_database_url)).findings == []


async def test_the_pseudonym_stands_where_the_name_was(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    await erase(writing)
    user = await connection.fetchrow("SELECT * FROM users WHERE id = $1", ZEB)
    assert (user["email"], f"{user['first_name']} {user['last_name']}") == (
        f"erased-{ZEB.hex}@erased.invalid",
        PSEUDONYM,
    )
    assert [user[name] for name in ("phone", "country", "password_hash", "last_sign_in_at")] == [None] * 4
    assert user["removed_at"] is not None
    texts = {
        "SELECT name FROM api_clients WHERE owner_id = $1": f"Laptop of {PSEUDONYM}",
        "SELECT reason || account FROM access_requests WHERE requester_id = $1 AND account IS NOT NULL": "erasederased",
        "SELECT user_name FROM access_review_entries WHERE user_id = $1": PSEUDONYM,
        "SELECT note FROM access_reviews WHERE $1::uuid IS NOT NULL": f"All but {PSEUDONYM}",
        "SELECT values #>> '{ends,0,name}' FROM outbox_mails WHERE message_id = 'm' AND $1::uuid <> id": PSEUDONYM,
        "SELECT name FROM access_templates WHERE $1::uuid IS NOT NULL AND name LIKE 'As %'": f"As {PSEUDONYM} has",
    }
    for query, expected in texts.items():
        assert await connection.fetchval(query, ZEB) == expected, query


async def test_others_and_their_events_stay_as_they_were(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    before = await dump(connection)
    await erase(writing)
    after = await dump(connection)
    for name in ("users", "audit_events", "access_review_entries", "user_permissions", "outbox_mails"):
        mine = [text for text in before[name] if places_of({name: [text]}, *NEEDLES, str(ZEB)) == []]
        assert mine
        assert set(mine) <= set(after[name]), name
    remaining = {
        text for text in after["audit_events"] if '"address":"192.0.2.9"' in text or '"lastName": ["Zeb' in text
    }
    assert len(remaining) == 2, "an email or a name of others was erased"


async def test_what_others_did_to_the_person_stays_without_their_details(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    await erase(writing)
    created = "SELECT address, changes::text AS text FROM audit_events WHERE kind = 'user.created' AND subject_id = $1"
    event = await connection.fetchrow(created, ZEB)
    assert event["address"] == "192.0.2.1"
    for text in (
        '"email": [null, "erased"]',
        '"lastName": [null, "erased"]',
        '"permissions": [null, ["SUPPORT_VIEW"]]',
    ):
        assert text in event["text"]


async def test_both_chains_record_the_erasure_without_the_data(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    erased = await erase(writing)
    events = await connection.fetch("SELECT * FROM audit_events WHERE kind = 'user.erased' ORDER BY organization_id")
    assert [(event["organization_id"], event["subject_id"]) for event in events] == [(ACME_ID, ZEB), (None, ZEB)]
    assert [("jane@build-7" in event["changes"]) for event in events] == [False, True]
    assert erased.audit_events == 8
    assert not any(needle.lower() in str(dict(event)).lower() for event in events for needle in NEEDLES)


async def test_ends_of_chains_that_were_kept_before_still_fit(
    writing: MutationContext, connection: asyncpg.Connection, demo_database_url: str
) -> None:
    known = {
        key: {head.number: head.hash} for key, head in (await current_checkpoints(connection, ChainFilter())).items()
    }
    await erase(writing)
    assert (await verified(demo_database_url, known)).findings == []


async def test_events_of_the_first_format_are_sealed_again(
    writing: MutationContext, connection: asyncpg.Connection, demo_database_url: str
) -> None:
    await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER audit_events_format")
    await add_events(connection)
    await connection.execute("ALTER TABLE audit_events ENABLE TRIGGER audit_events_format")
    await add_events(connection)
    hashes = await connection.fetch("SELECT id, hash, format FROM audit_events ORDER BY id")
    assert {row["format"] for row in hashes} == {1, 2}
    erased = await erase(writing)
    assert erased.audit_events == 24
    assert places_of({"audit_events": (await dump(connection))["audit_events"]}, *NEEDLES) == []
    kept = await connection.fetch("SELECT id, hash, format FROM audit_events WHERE id = ANY ($1) ORDER BY id",
                                  [row["id"] for row in hashes])  # fmt: skip
    assert kept == hashes
    assert (await verified(demo_database_url)).findings == []


async def test_several_erasures_may_touch_the_same_event(
    writing: MutationContext, connection: asyncpg.Connection, demo_database_url: str
) -> None:
    await connection.execute("ALTER TABLE audit_events DISABLE TRIGGER audit_events_format")
    await add_events(connection)
    await connection.execute("ALTER TABLE audit_events ENABLE TRIGGER audit_events_format")
    for user in (BEN, ZEB, ADA):
        await erase(writing, ErasureOrder(user, "jane", remove=True))
    assert (await verified(demo_database_url)).findings == []
    left = await dump(connection)
    assert places_of({**left, "contract_accounts": []}, *NEEDLES, "192.0.2.1", "192.0.2.2", "benjamin") == []


async def test_a_dry_run_says_the_same_and_changes_nothing(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    before = await dump(connection)
    tried = await erase(writing, replace(ORDER, dry_run=True))
    assert await dump(connection) == before
    assert await erase(writing) == tried
    again = await erase(writing)
    assert (again.already, again.deleted) == (True, {})


async def test_further_texts_that_name_the_person(writing: MutationContext, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE api_clients SET name = $1", f"For {NICKNAME.upper()}, at last")
    await erase(writing, replace(ORDER, also=[NICKNAME]))
    assert await connection.fetchval("SELECT name FROM api_clients") == f"For {PSEUDONYM}, at last"


async def test_names_of_the_organization_s_own_things_are_left_and_reported(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE contract_accounts SET name = $1 WHERE name = 'ACME North'", f"{FIRST} {LAST} Ltd")
    erased = await erase(writing)
    assert erased.left == {"contract_accounts.name": 1}
    assert await connection.fetchval("SELECT count(*) FROM contract_accounts WHERE name LIKE '% Ltd'") == 1


async def test_only_a_removed_user_is_erased(writing: MutationContext, connection: asyncpg.Connection) -> None:
    before = await dump(connection)
    order = replace(ORDER, remove=False)
    with pytest.raises(MutationRejected) as rejected:
        await run_in_transaction(writing, Caller(), lambda work: erase_user(work, order))
    assert [problem.code for problem in rejected.value.problems] == [ErrorCode.NOT_REMOVED]
    assert await dump(connection) == before
    missing = ErasureOrder(ACME_ID, "jane")
    assert await run_in_transaction(writing, Caller(), lambda work: erase_user(work, missing)) is None


async def test_an_erased_user_can_t_be_restored_and_the_email_is_free(
    writing: MutationContext, connection: asyncpg.Connection, demo_database_url: str
) -> None:
    await erase(writing)
    ada = await caller(writing, "ada@acme.example")
    with pytest.raises(MutationRejected) as rejected:
        await run_in_transaction(writing, ada, lambda work: restore_user(work, ZEB))
    assert [problem.code for problem in rejected.value.problems] == [ErrorCode.ERASED]
    assert await make(writing, ada, new_user(EMAIL)) != ZEB
    assert (await verified(demo_database_url)).findings == []


async def test_staff_are_erased_from_the_trails_of_all_organizations(
    writing: MutationContext, connection: asyncpg.Connection, demo_database_url: str
) -> None:
    await connection.execute("UPDATE users SET last_name = 'Xylophone', first_name = 'Stan' WHERE id = $1", STAFF)
    for organization, name in ((ACME_ID, "stan xylophone"), (named_key("Globex"), "nobody"), (None, "nobody")):
        changes = json.dumps({"note": [None, f"by {name}"]})
        values = {"organization_id": organization, "actor_id": STAFF, "address": "203.0.113.99", "changes": changes}
        await add_event(connection, "user.updated", **values)
    erased = await erase(writing, ErasureOrder(STAFF, "jane", remove=True))
    assert erased.audit_events == 3
    assert places_of(await dump(connection), "xylophone", "203.0.113.99", "staff@portico.example") == []
    chains = "SELECT count(DISTINCT organization_id) FROM audit_events WHERE kind = 'user.erased'"
    assert await connection.fetchval(chains) == 2
    assert (await verified(demo_database_url)).findings == []


async def test_the_events_of_each_chain_are_found_by_an_index(
    writing: MutationContext, connection: asyncpg.Connection
) -> None:
    """The platform's staff are erased from all chains, each by a statement of its own: none reads those of others."""
    add = """INSERT INTO audit_events (id, kind, organization_id, tenant_id)
        SELECT gen_random_uuid(), 'user.updated', $1, $1 FROM generate_series(1, 3000)"""
    await connection.execute(add, named_key("Globex"))
    await connection.execute("ANALYZE audit_events")
    events, chains = await connection.fetchrow("SELECT count(*), count(DISTINCT tenant_id) FROM audit_events")
    assert chains > 2

    async def rows_read(work: UnitOfWork) -> int:
        await erase_user(work, ErasureOrder(STAFF, "jane", remove=True))
        read = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'audit_events'"
        return int((await work.execute(sa.text(read))).scalar_one())

    assert await run_in_transaction(writing, Caller(), rows_read) < 2 * events


@pytest.mark.parametrize("dry_run", [True, False])
async def test_nothing_is_erased_from_the_trail_of_an_organization_under_a_hold(
    writing: MutationContext, connection: asyncpg.Connection, dry_run: bool
) -> None:
    """Staff act in all organizations, and a hold of any of them keeps what they did there."""
    globex = named_key("Globex")
    await add_event(connection, "user.updated", organization_id=globex, actor_id=STAFF, address="203.0.113.99")
    await run_in_transaction(writing, Caller(), lambda work: set_hold(work, globex, "jane", "a case", held=True))
    before, order = await dump(connection), ErasureOrder(STAFF, "jane", remove=True, dry_run=dry_run)
    with pytest.raises(UnderHold, match=f"org_{globex}"):
        await erase(writing, order)
    assert await dump(connection) == before
    await run_in_transaction(writing, Caller(), lambda work: set_hold(work, globex, "jane", "over", held=False))
    assert (await erase(writing, order)).audit_events
