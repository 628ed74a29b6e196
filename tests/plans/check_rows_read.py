"""No page reads all services or all audit events of a large organization.

For every list, filter and order that the schema offers, and every kind of viewer, both statements are executed in an
organization of the usual size and in one that is twenty to two hundred times larger, and the rows of the two tables
that have no bound are counted (EXPLAIN ANALYZE). They may not grow with the organization. A new list, filter or order
is covered at once. What must read more is in `GROWS`, with the reason; `docs/limits.md` says the same to users.

`make test-plans` runs this: it takes minutes.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import asyncpg
import pytest

from app.database.pools import create_write_engine, normalize_url
from app.demo import large
from app.demo.large_users import Role
from app.demo.organization_shape import SMALL
from authz.access import Access
from authz.actor import Actor
from authz.policy import Policy
from benchmarks.connections import PAST
from benchmarks.list_requests import Family, ListRequest, all_requests
from benchmarks.samples import filter_samples
from resolvers.callers.load_actor import load_email_as_actor
from resolvers.query.statement import build
from schema.schema import registry
from tests.support.prepared_operations import request as prepared

SEED = 1
SCALE: Final = 0.04
"""20,000 services, 40,000 audit events, 800 users: twenty to two hundred times an ordinary organization."""

COUNTED: Final = frozenset({"services", "audit_events"})
FEW_ROWS: Final = 3_000
"""Rows that any page may read, whatever it reads in an ordinary organization: PostgreSQL may pass the 2,000 events of
the other organizations on its way through those of the large one."""

GROWTH: Final = 5
PAGES: Final = (Family.LIST, Family.PAGE, Family.NESTED)

GROWS: Final[Mapping[str, str]] = {
    "search: many": "a search for one letter has no grams",
    "DeliveryAccount.contractAccounts search": "some plans begin with the services of the account",
    "kind: ": "a limited admin may not see any of the events of a kind",
}
"""Parts of the names of requests, and why they grow."""

GROWS_FOR_STAFF: Final[Mapping[str, str]] = {
    "search: many": GROWS["search: many"],
    "auditEvents actors: one": "the events of somebody who has done little are sorted: the index on them is cheaper",
}

OF_THE_PAST: Final = tuple(f"{name}." for name in PAST)
"""The lists of past access grow with what somebody had, or with those who had it. They have a test of their own."""


async def sizes(url: str) -> dict[str, dict[str, str]]:
    """Loads both organizations, and returns the emails of their viewers by role."""
    await large.load(url, 10, SEED)
    await large.load_large(url, SEED, SCALE)
    shape = large.large_shape(SCALE)
    return {
        "ordinary": {role: large.viewer_email(role, SEED, 0, SMALL) for role in Role},
        "large": {role: large.viewer_email(role, SEED, 0, shape) for role in Role},
    }


async def actor(url: str, email: str) -> Actor:
    engine = create_write_engine(url)
    async with engine.connect() as connection:
        found = await load_email_as_actor(connection, email)
    await engine.dispose()
    assert found is not None
    return found


def rows_read(plan: Mapping[str, Any]) -> int:
    """The rows of the counted tables that the scans of a plan returned or rejected, over all executions."""
    loops: int = plan["Actual Loops"]
    own = 0
    if plan.get("Relation Name") in COUNTED:
        own = loops * (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
    return round(own) + sum(rows_read(part) for part in plan.get("Plans", ()))


async def read(connection: asyncpg.Connection, policy: Policy, who: Actor, asked: ListRequest) -> int:
    """The fewest rows that one of the two statements reads, of which the server takes the faster one."""
    request = prepared(asked.document, **asked.variables)
    counts = []
    for large_, mode in ((False, "force_generic_plan"), (True, "force_custom_plan")):
        statement = build(registry(), Access(policy, who.traits), request.selection, guarded=False, large=large_)
        arguments = statement.arguments(who.identity, request.values)
        await connection.execute(f"SET plan_cache_mode = {mode}")
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.sql}"
        (explained,) = await connection.fetchrow(explain, *arguments)
        counts.append(rows_read(json.loads(explained)[0]["Plan"]))
    return min(counts)


async def counts(url: str, policy: Policy, email: str, *, pairs: bool) -> dict[str, int]:
    """The rows read for each request of a viewer."""
    who = await actor(url, email)
    connection = await asyncpg.connect(normalize_url(url), server_settings={"jit": "off"})
    try:
        samples = await filter_samples(connection, email)
        return {
            f"{asked.family} {asked.name}": await read(connection, policy, who, asked)
            for asked in all_requests(samples, pairs=pairs)
            if asked.family in PAGES and not asked.needs_cursor and not asked.list.startswith(OF_THE_PAST)
        }
    finally:
        await connection.close()


WHO_HAD_ACCESS: Final = """query Past($on: ID!, $time: DateTime!) {
    whoHadAccess(on: $on, time: $time) { users(first: 25) { nodes { id } } } }"""


@pytest.mark.timeout(600)
async def test_who_had_access_reads_the_events_of_possible_holders_only(
    shared_database_url: str, policy: Policy
) -> None:
    email = (await sizes(shared_database_url))["large"][Role.ADMIN]
    who = await actor(shared_database_url, email)
    connection = await asyncpg.connect(normalize_url(shared_database_url), server_settings={"jit": "off"})
    try:
        samples = await filter_samples(connection, email)
        variables = {"on": samples.ids["ContractAccount"], "time": samples.times["last"]}
        question = ListRequest("whoHadAccess", Family.LIST, "users", WHO_HAD_ACCESS, variables)
        found = await read(connection, policy, who, question)
    finally:
        await connection.close()
    # One in six users may have had it: by a list, or as one of those with all accounts. All users read 25,000 rows.
    assert 0 < found < large.large_shape(SCALE).audit_events / 6


@pytest.mark.timeout(1_500)
@pytest.mark.parametrize("role", list(Role))
async def test_no_page_reads_more_services_or_events_because_the_organization_is_large(
    shared_database_url: str, policy: Policy, role: Role
) -> None:
    emails = await sizes(shared_database_url)
    pairs = role is Role.LIMITED_ADMIN
    ordinary = await counts(shared_database_url, policy, emails["ordinary"][role], pairs=pairs)
    grown = await counts(shared_database_url, policy, emails["large"][role], pairs=pairs)
    over = {
        name: (ordinary.get(name), count)
        for name, count in grown.items()
        if count > max(FEW_ROWS, GROWTH * ordinary.get(name, 0)) and not any(each in name for each in GROWS)
    }
    assert over == {}


@pytest.mark.timeout(1_500)
async def test_no_page_of_staff_reads_many_services_or_events(shared_database_url: str, policy: Policy) -> None:
    await sizes(shared_database_url)
    found = await counts(shared_database_url, policy, large.staff_email(SEED), pairs=False)
    over = {
        name: count
        for name, count in found.items()
        if count > FEW_ROWS and not any(each in name for each in GROWS_FOR_STAFF)
    }
    assert over == {}
