"""PostGraphile is compared with Portico on the same pages, and the rules written for it are those of the policy.

The comparison itself needs Node, and what npm installs: `make bench ARGS=peers`.
"""

import json
from io import StringIO

import asyncpg
import pytest
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_inspection_engine, normalize_url
from app.demo import large
from app.demo.large_users import Role
from authz.policy import Policy
from benchmarks.measuring import Sample
from benchmarks.pages import PAGES
from benchmarks.peers import run
from benchmarks.peers.pages import PEER_PAGES, normalized
from benchmarks.world import migrated_database
from models import User
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis.resource_lookup import find_resources
from resolvers.policy_analysis.what_can import requested_actions, what_can
from tests.support.databases import execute
from tests.support.paths import POLICY

SHIPPED = Policy(POLICY.read_text(), POLICY.name)
KEY = "01941f2d-3c00-78a3-8689-5e4f413a18a3"
ROLES = {"false": "portico_peer", "true": "portico_peer_staff"}
TABLES = ("organizations", "contract_accounts", "delivery_accounts", "services", "users")


def test_each_page_has_the_variables_of_the_original() -> None:
    assert PEER_PAGES.keys() == PAGES.keys()
    assert all(PEER_PAGES[page][1] == PAGES[page][1] for page in PAGES)
    assert "city country" in PEER_PAGES["Q4"][0]


def test_both_forms_of_an_answer_become_one() -> None:
    service = {"id": f"svc_{KEY}", "site": {"city": "Oslo", "country": "NO"}}
    portico = json.dumps({"data": {"viewer": {"user": {"id": f"usr_{KEY}"}}, "services": {"nodes": [service]}}})
    flat = {"id": KEY, "city": "Oslo", "country": "NO"}
    peer = json.dumps({"data": {"viewer": {"id": KEY}, "services": {"nodes": [flat]}}})
    assert normalized(portico.encode()) == normalized(peer.encode())
    assert normalized(portico.encode()) != normalized(peer.replace("Oslo", "Bergen").encode())


def test_missing_node_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SystemExit, match="Node 20 or newer with npm was not found"):
        run.main([])


def test_the_table_marks_whether_targets_are_met() -> None:
    samples = {"portico": [Sample(90, 1, 3)], "postgraphile": [Sample(29, 9, 9)], "ceiling": [Sample(100, 1, 1)]}
    printed = StringIO()
    Console(file=printed, width=200).print(run.table("admin", {"Q2": samples}))
    line = next(line for line in printed.getvalue().splitlines() if "Q2" in line)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["Q2", "90", "3.1 ✓", "0.90 ✓", "1 / 9 / 1", "3 / 9 / 1", "3.0 ✗"]


async def test_the_rules_show_each_user_as_much_as_the_policy(shared_database_url: str) -> None:
    """The numbers of rows that PostgreSQL shows by the rules of the file are those that the policy allows to view."""
    server = normalize_url(shared_database_url)
    url = await migrated_database(server, "portico_test_peers")
    try:
        await large.load(url, 2, 3)
        await compare_rules(url, [*(large.viewer_email(role, 3) for role in Role), large.staff_email(3)])
    finally:
        await execute(server, "DROP DATABASE portico_test_peers WITH (FORCE)")


async def compare_rules(url: str, emails: list[str]) -> None:
    connection = await asyncpg.connect(url)
    engine = create_inspection_engine(url)
    try:
        for _ in range(2):
            await connection.execute((run.FOLDER / "rules.sql").read_text())
        async with engine.connect() as inspection:
            seen = {email: await allowed(inspection, email) for email in emails}
        assert {email: await visible(connection, email) for email in emails} == seen
        assert len({tuple(counts.values()) for counts in seen.values()}) == len(emails)
    finally:
        await connection.close()
        await engine.dispose()


async def allowed(connection: AsyncConnection, email: str) -> dict[str, int]:
    """The numbers of rows that the user may view by the policy, by table."""
    (user,) = await find_resources(connection, [User], name=email)
    actor = await load_user_as_actor(connection, user.id)
    assert actor is not None
    page = await what_can(connection, SHIPPED, actor, requested_actions("view", None), first=1)
    counts = {count.model.__tablename__: count.resources for count in page.counts}
    return {table: counts[table] for table in TABLES}


async def visible(connection: asyncpg.Connection, email: str) -> dict[str, int]:
    """The numbers of rows that the user sees by the rules, by table."""
    claims = dict(await connection.fetchrow(run.CLAIMS, email))
    async with connection.transaction():
        for name, value in claims.items():
            await connection.execute("SELECT set_config($1, $2, true)", f"peer.{name}", value)
        await connection.execute(f"SET LOCAL ROLE {ROLES[claims['staff']]}")
        counts = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}
        await connection.execute("RESET ROLE")
    return counts
