"""`portico organization copy`: all of an organization, in one transaction, into a database of the same version."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.audit.verify import ChainFilter, verify
from app.data_export.copy_organization import NOT_COPIED, copied_tables
from app.database.pools import normalize_url
from app.demo.example_users import ACME, GLOBEX
from app.demo.fixed_ids import named_key
from models import PLATFORM
from resolvers.data_protection.ownership import organization_tables
from tests.support.cli import run
from tests.support.data_protection.erasable_person import ACME_ID, ADA, BEN
from tests.support.data_protection.whole_database import Dump, add_event, dump, fill
from tests.support.databases import fresh_database, in_new_loop
from tests.support.server import serving

pytestmark = pytest.mark.invariant("data_protection")

KEY = "k" * 32
GLOBEX_ID = named_key(GLOBEX)


@pytest.fixture
def target(server_url: str, template_database: str) -> Iterator[str]:
    """The URL of the other database."""
    with fresh_database(server_url, template_database) as url:
        yield normalize_url(url)


@pytest.fixture
def source(demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with the demo data, and a row of ACME in each table; the one that commands use."""
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    url = normalize_url(demo_database_url)
    on(url, prepare)
    return url


async def prepare(connection: asyncpg.Connection) -> None:
    await fill(connection, ACME_ID, ADA, BEN)
    for organization_id in (ACME_ID, GLOBEX_ID, None):
        await add_event(connection, "user.removed", organization_id=organization_id)


def on(url: str, work: Any) -> Any:
    async def connected() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return in_new_loop(connected())


def dumped(url: str) -> Dump:
    rows: Dump = on(url, dump)
    return rows


def execute(url: str, statement: str) -> None:
    on(url, lambda connection: connection.execute(statement))


def copy(monkeypatch: pytest.MonkeyPatch, target: str) -> int:
    return run(monkeypatch, "organization", "copy", ACME, "--to", target)


def test_every_row_of_the_organization_is_copied_and_no_other(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dumped(source)
    assert copy(monkeypatch, target) == 0
    copied = dumped(target)
    others = {table for table in copied if table not in copied_tables()}
    assert {*NOT_COPIED} == others & {table.name for table in organization_tables()}
    assert {table: rows for table, rows in copied.items() if table in others and rows} == {}
    for table in copied_tables():
        expected = [row for row in before[table] if str(ACME_ID) in row]
        assert copied[table] == expected != [], table


def test_the_audit_chain_is_intact_and_goes_on(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert copy(monkeypatch, target) == 0
    columns = "id, kind, organization_id, tenant_id"
    values = f"gen_random_uuid(), 'user.removed', '{ACME_ID}', '{ACME_ID}'"
    insert = f"INSERT INTO audit_events ({columns}) VALUES ({values})"
    execute(target, insert)
    for url in (source, target):
        assert in_new_loop(verify(url, ChainFilter(), {}, lambda *_: None)).intact


def test_a_user_signs_in_there(source: str, target: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert copy(monkeypatch, target) == 0

    async def seen() -> Any:
        async with serving(target, tmp_path) as client:
            token = await client.sign_in("ada@acme.example")
            return (await client.data("{ organizations { nodes { name } } }", token))["organizations"]

    assert in_new_loop(seen()) == {"nodes": [{"name": ACME}]}


def test_it_is_recorded(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert copy(monkeypatch, target) == 0
    events = [json.loads(row) for row in dumped(source)["audit_events"]]
    exported = [event for event in events if event["kind"] == "organization.exported"]
    assert {(event["organization_id"], event["address"]) for event in exported} == {
        (str(ACME_ID), "cli"),
        (None, "cli"),
    }


def expect_refusal(monkeypatch: pytest.MonkeyPatch, target: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The message of a copy that changes nothing in either database."""
    source = os.environ["DATABASE_URL"]
    before = dumped(source), dumped(target)
    capsys.readouterr()
    assert copy(monkeypatch, target) == 1
    assert (dumped(source), dumped(target)) == before
    return capsys.readouterr().err


@pytest.mark.usefixtures("source")
def test_an_organization_that_is_there_is_not_replaced(
    target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy(monkeypatch, target) == 0
    assert "has the organization already" in expect_refusal(monkeypatch, target, capsys)


@pytest.mark.usefixtures("source")
def test_both_databases_have_the_same_migration(
    target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(target, "UPDATE alembic_version SET version_num = '0001'")
    assert "the other one at 0001" in expect_refusal(monkeypatch, target, capsys)


@pytest.mark.usefixtures("source")
def test_an_email_that_is_taken_there_is_named(
    target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = "id, tenant_id, email, kind, staff, first_name, audience, all_contract_accounts, all_delivery_accounts"
    key = named_key("another Ada")
    values = f"'{key}', '{PLATFORM}', 'ada@acme.example', 'PERSONAL', true, 'Ada', 'ORGANIZATION', false, false"
    execute(target, f"INSERT INTO users ({columns}) VALUES ({values})")
    # In an ordinary database, a trigger has entered it.
    entry = f"VALUES ('ada@acme.example', '{PLATFORM}', '{key}') ON CONFLICT DO NOTHING"
    execute(target, f"INSERT INTO emails (email, tenant_id, user_id) {entry}")
    assert "ada@acme.example" in expect_refusal(monkeypatch, target, capsys)
