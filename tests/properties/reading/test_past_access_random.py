"""Whatever is done in whatever order, `accessAt` and `whoHadAccess` answer for each time what the database held then.

Random worlds, and random sequences of what admins do. The clock of PostgreSQL is advanced between the steps, so that
grants expire on the way: `now()` is a function of the test. The access that users have is recorded after each step;
after the last one, both queries are asked about the time of each step, and about the time half-way to the next.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models import Permission
from resolvers.access.account_access import GrantEnd, GrantKind
from resolvers.transaction.context import MutationContext
from tests.support.depth import THOROUGH, examples
from tests.support.escalation.accesses import accesses
from tests.support.escalation.chance import chance
from tests.support.escalation.step import MAKING, Deed, Step
from tests.support.escalation.story import Story
from tests.support.worlds.expiry import ENDS, grants_of
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, EVERY, VIEW, State, User, World, key, worlds
from tests.support.worlds.oracle import Oracle
from tests.support.worlds.planner_fixtures import id_of, ids_in, read
from tests.support.worlds.still import still

pytestmark = [pytest.mark.invariant("access_at"), pytest.mark.timeout(600)]

STEPS = 6 if THOROUGH else 3
MOST_ASKED = 5
BEGINNING = datetime(2099, 6, 1, tzinfo=UTC)
STEP = timedelta(days=140)
"""From before the first of `ENDS` to before the last."""

CLOCK = """CREATE SCHEMA test_clock;
CREATE FUNCTION test_clock.now() RETURNS timestamptz STABLE LANGUAGE sql
  AS $$SELECT current_setting('test_clock.now')::timestamptz$$;
SELECT set_config('test_clock.now', pg_catalog.now()::text, true);
SET LOCAL search_path = test_clock, pg_catalog, public;
ALTER TABLE audit_events DISABLE TRIGGER audit_events_append_only"""

DATED = "users", "contract_accounts", "delivery_accounts", "services", "audit_events"

ACCESS = """query ($user: ID!, $time: DateTime!) { accessAt(user: $user, time: $time) {
  complete existed active permissions
  contractAccounts { totalCount nodes { id } } deliveryAccounts { totalCount nodes { id } }
  services { totalCount nodes { id } }
} }"""
WHO = """query ($on: ID!, $time: DateTime!) { whoHadAccess(on: $on, time: $time) {
  users { totalCount nodes { id } } unknown { totalCount nodes { id } }
} }"""


@dataclass
class Past:
    """What users had and whether they were active, by time and user."""

    held: dict[datetime, dict[UUID, tuple[User, bool]]] = field(default_factory=dict)


@pytest_asyncio.fixture
async def done() -> AsyncIterator[Counter[str]]:
    """How much was done and found: without any of it, equal answers would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    for what in ("steps", "ended", "removed", "complete", "incomplete", "services", "new"):
        assert counted[what] > 0 or not THOROUGH, counted


class Clock:
    """The time of the database, within the transaction."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.time = BEGINNING

    async def start(self) -> None:
        """Set the clock, and have everything that is there made before."""
        await self.set(BEGINNING)
        await self._date(BEGINNING - STEP)

    async def step(self) -> None:
        """Let time pass."""
        await self.set(self.time + STEP)

    async def set(self, time: datetime) -> None:
        self.time = time
        await self._run("SELECT set_config('test_clock.now', :time, true)", time=time.isoformat())

    async def date(self) -> None:
        """Everything that was made since is made now. Defaults of columns don't know the clock."""
        await self._date(self.time)

    async def _date(self, time: datetime) -> None:
        for table in DATED:
            await self._run(f"UPDATE {table} SET created_at = :time WHERE created_at = pg_catalog.now()", time=time)

    async def _run(self, sql: str, **values: Any) -> None:
        await self.story.connection.execute(text(sql), values)


class AuditedStory(Story):
    """A story that also writes the audit events, as a unit of work does when it ends."""

    async def perform(self, step: Step) -> list[UUID]:
        changed = await super().perform(step)
        await step.work.write_audit_entries(step.work.audit_entries)
        return changed


async def people(story: Story) -> dict[UUID, bool]:
    """The users of the organization, and whether they are active."""
    active = "activated_at IS NOT NULL AND removed_at IS NULL AS active"
    sql = text(f"SELECT id, {active} FROM users WHERE organization_id = :id ORDER BY id")
    rows = await story.connection.execute(sql, {"id": story.root.organization_id})
    return {row.id: row.active for row in rows}


async def record_activations(story: Story, before: dict[UUID, bool]) -> None:
    """The audit events of those who have become active: a story activates users without a link."""
    sql = text(
        "INSERT INTO audit_events (id, organization_id, kind, subject_id, actor_id)"
        " VALUES (gen_random_uuid(), :organization, 'user.activated', :id, :id)"
    )
    for user_id, active in (await people(story)).items():
        if active and not before.get(user_id, False):
            await story.connection.execute(sql, {"organization": story.root.organization_id, "id": user_id})


async def tell(story: Story, data: st.DataObject, clock: Clock, done: Counter[str]) -> Past:
    """Run the steps, and write down what everybody has after each."""
    colleagues = [user.id for user in story.world.users if user.organization_id == story.root.organization_id]
    colleagues.remove(AUDITOR)
    everything = accesses(story.world, story.root)
    tried = data.draw(st.lists(everything, min_size=STEPS, max_size=STEPS), label="access")
    random = chance(data, story.world)
    past = Past()
    for number in range(STEPS):
        await clock.step()
        before = await people(story)
        actor, deed, access = some_deed(story, random, number, colleagues)
        access = unexpired(tried[number], clock.time) if access is None else access
        note(f"{actor}: {deed} {access}")
        if await story.act(actor, deed, access, number):
            done["steps"] += 1
            done["removed"] += deed.name == "remove"
            done["new"] += deed in MAKING
        await record_activations(story, before)
        await clock.date()
        users = {user.id: user for user in (await story.now()).users}
        past.held[clock.time] = {user_id: (users[user_id], active) for user_id, active in (await people(story)).items()}
    return past


def some_deed(
    story: Story, random: Random, number: int, colleagues: list[UUID]
) -> tuple[UUID, Deed, dict[str, Any] | None]:
    """Who does what, and with what access; None means any. The first deed makes a user with grants that end, and the
    last one removes them."""
    if number == 0:
        return AUDITOR, Deed("create"), ending_access(story)
    if number == STEPS - 1:
        return AUDITOR, Deed("remove", story.controlled[1]), {}
    everybody = (*story.controlled * 2, *colleagues)
    deeds = [Deed(name, each) for name in ("update", "update", "update", "change", "extend") for each in everybody]
    deeds += [Deed(name, each) for name in ("make template", "remove", "restore", "approve") for each in everybody]
    return random.choice([AUDITOR, story.root.id, *story.controlled]), random.choice((*MAKING, *deeds)), None


def ending_access(story: Story) -> dict[str, Any]:
    """A permission and all accounts of a kind, each with an end."""
    of_organization = [
        each.id for each in story.world.contract_accounts if each.organization_id == story.root.organization_id
    ]
    permission, permission_ends = (
        Permission.SUPPORT_VIEW,
        GrantEnd(GrantKind.PERMISSION, Permission.SUPPORT_VIEW, ENDS[1]),
    )
    return {
        "permissions": (permission,),
        "permission_ends": (permission_ends,),
        "contract_accounts": tuple(of_organization),
        "account_ends": tuple(GrantEnd(GrantKind.CONTRACT_ACCOUNT, each, ENDS[0]) for each in of_organization[:1]),
    }


def unexpired(access: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The access without the ends that are over."""
    fields = "permission_ends", "account_ends"
    return access | {name: tuple(end for end in access[name] if end.ends_at > now) for name in fields if name in access}


AUDITOR = key(99)


@dataclass(frozen=True)
class Inquiry:
    """Questions of an admin whom nothing limits about what users had at a time."""

    story: Story
    users: dict[UUID, tuple[User, bool]]
    time: datetime

    async def ask(self, question: str, **variables: str) -> Any:
        """The answer."""
        connection = (await self.story.connection.get_raw_connection()).driver_connection
        auditor = next(user for user in self.story.world.users if user.id == AUDITOR)
        return await read(connection, auditor, question, {"time": self.time.isoformat(), **variables})


async def check(story: Story, clock: Clock, past: Past, done: Counter[str]) -> None:
    """Ask about each time."""
    await clock.step()
    for recorded, users in past.held.items():
        for time in (recorded, recorded + STEP / 2):
            inquiry = Inquiry(story, users, time)
            await check_things(inquiry, await check_users(inquiry, done))


async def check_users(inquiry: Inquiry, done: Counter[str]) -> set[UUID]:
    """Check `accessAt` of each user. Returns those whose answer is as it was: those who are recorded wholly, and those
    who never had anything that ends."""
    world, time, sure = inquiry.story.world, inquiry.time, set()
    ending = {user.id for user in world.users if user.ends or user.ended}
    for user_id in asked_about(inquiry):
        stored, active = inquiry.users[user_id]
        found = (await inquiry.ask(ACCESS, user=id_of("User", user_id)))["accessAt"]
        done["complete" if found["complete"] else "incomplete"] += 1
        assert (found["existed"], found["active"]) == (True, active), (time, user_id)
        if not found["complete"] and user_id in ending:
            continue
        sure.add(user_id)
        had = still(stored, time)
        done["ended"] += had != stored
        assert set(found["permissions"]) == {each.value for each in had.permissions}, (time, user_id)
        for field_, listed in listed_accounts(world, had).items():
            assert ids_in(found[field_]) == listed, (time, user_id)
        services = ids("Service", Oracle(world, had).allowed("Service", "view"))
        done["services"] += bool(services)
        assert ids_in(found["services"]) == services, (time, user_id)
    return sure


def asked_about(inquiry: Inquiry) -> list[UUID]:
    """The users who are asked about: those whom the story is about, as far as they existed."""
    return [each for each in inquiry.story.controlled if each in inquiry.users][:MOST_ASKED]


def listed_accounts(world: World, user: User) -> dict[str, set[str]]:
    """The ids of the accounts in the access of a user, by field: all of the organization, or those of the list."""
    contracts = {each.id for each in world.contract_accounts if each.organization_id == user.organization_id}
    deliveries = {each.id for each in world.delivery_accounts if each.organization_id == user.organization_id}
    return {
        "contractAccounts": ids("ContractAccount", contracts if user.all_contract_accounts else user.contract_accounts),
        "deliveryAccounts": ids(
            "DeliveryAccount", deliveries if user.all_delivery_accounts else user.delivery_accounts
        ),
    }


def ids(kind: str, keys: set[UUID] | frozenset[UUID]) -> set[str]:
    return {id_of(kind, each) for each in keys}


async def check_things(inquiry: Inquiry, sure: set[UUID]) -> None:
    """Check `whoHadAccess` of each account and service, as far as the answers about these users are as it was."""
    world, time, of_sure = inquiry.story.world, inquiry.time, ids("User", sure)
    holders: dict[str, set[str]] = {}
    for user_id, (stored, active) in inquiry.users.items():
        had = still(stored, time)
        services = ids("Service", Oracle(world, had).allowed("Service", "view"))
        for on in services.union(*listed_accounts(world, had).values()) if active else ():
            holders.setdefault(on, set()).add(id_of("User", user_id))
    for kind in ("ContractAccount", "DeliveryAccount", "Service"):
        for thing in world.things[kind][:MOST_ASKED]:
            on = id_of(kind, thing.id)
            found = (await inquiry.ask(WHO, on=on))["whoHadAccess"]
            if thing.organization_id != inquiry.story.root.organization_id:
                assert found is None
                continue
            users, unknown = ids_in(found["users"]), ids_in(found["unknown"])
            assert users & of_sure == holders.get(on, set()) & of_sure, (time, on)
            assert users | unknown <= ids("User", set(inquiry.users)), (time, on)


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_what_was_held_is_answered_for_its_time(
    writing: MutationContext, done: Counter[str], world: World, data: st.DataObject
) -> None:
    admins = [user for user in world.users if not user.staff and ADMIN in user.permissions]
    root = data.draw(st.sampled_from([user for user in admins if user.state is State.ACTIVE]), label="admin")
    grants = sorted(grants_of(root) - {VIEW}, key=str)
    ends = tuple((grant, data.draw(st.sampled_from(ENDS), label="end")) for grant in grants if data.draw(st.booleans()))
    ending = replace(root, ends=ends)
    auditor = User(
        AUDITOR,
        root.organization_id,
        "auditor@users.example",
        permissions=EVERY,
        all_contract_accounts=True,
        all_delivery_accounts=True,
    )
    users = (*(ending if each is root else each for each in world.users), auditor)
    # The events of a random world are about changes that it never had.
    world = replace(world, users=users, events=())
    async with writing.engine.connect() as connection:
        for sql in CLOCK.split(";\n"):
            await connection.execute(text(sql))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        story = AuditedStory(connection, writing, world, ending)
        clock = Clock(story)
        await clock.start()
        await check(story, clock, await tell(story, data, clock, done), done)
        await connection.rollback()
