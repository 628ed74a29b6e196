"""Whatever an admin does, alone, through users they control or through API clients of these, none of these users ends
with more access than the admin had.

Random worlds, random sequences of all mutations that give or take access: of users one by one and many at once, of
access templates, also for people who become users by signing in at a provider, of access requests, of access reviews
that are carried out, and of removals, also for having been inactive; with and without expiry of what is granted; every
user who can be activated is. Between them, users view as others, simulate changes, and are told what ends. The oracle
decides what each user may reach from what the database holds, at the start and after every step; and also for later
moments, when some grants have expired.

In every step, whoever may update a user has that user's whole access within their own; and what the actor doesn't see
makes no difference to what they are told.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models import Permission
from resolvers.transaction.context import MutationContext
from tests.support.depth import THOROUGH, examples
from tests.support.escalation.accesses import accesses
from tests.support.escalation.chance import chance
from tests.support.escalation.held import check_containment, check_interference
from tests.support.escalation.step import BY_THE_SERVER, FOR_USERS, Deed, Name
from tests.support.escalation.story import Story
from tests.support.worlds.expiry import ENDS, grants_of
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, VIEW, State, User, World, worlds

pytestmark = pytest.mark.invariant("no_escalation")

STEPS = 8
DEEDS: tuple[Name, ...] = (
    *("create", "invite", "update", "change", "extend"),
    *("make template", "give template", "edit template", "drop template", "join"),
    *("ask", "withdraw", "approve", "decline", "review"),
    *("view", "simulate", "announce", "resend many"),
)
BY_TEMPLATE: tuple[Name, ...] = ("give template", "edit template", "join")
"""What is tried more often once there are templates, which most stories begin without."""

BRIEFLY: tuple[Name, ...] = ("remove", "remove many", "dormant")
"""What takes users away, who are brought back at once."""

MODEST = ("ask", "withdraw", "approve", "decline", "make template")
"""What is tried with any access, also with what makes no admin: most of it is otherwise denied to most."""

RARELY = (False, False, True)


@pytest_asyncio.fixture
async def done() -> AsyncIterator[Counter[str]]:
    """How many attempts succeeded: a world in which everything is denied would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    # Which of them succeed is up to chance; most do, a few times at least.
    if THOROUGH:
        assert sum(number > 0 for number in counted.values()) >= 8, counted
        assert counted["client"] > 0, counted


def some_deed(story: Story, random: Random) -> Deed:
    """What somebody may try: to make users, and to change those whom the admin controls, and colleagues of theirs."""
    colleagues = [user.id for user in story.world.users if user.organization_id == story.root.organization_id]
    name = random.choice((*DEEDS, *BY_TEMPLATE * 3) if story.templates else DEEDS)
    name = "make template" if name.endswith(("template", "join")) and not story.templates else name
    return Deed(name, random.choice((*story.controlled * 2, *colleagues)))


def permissions(root: User) -> st.SearchStrategy[tuple[Permission, ...]]:
    """Mostly what the admin has."""
    held = sorted(root.permissions - {VIEW})
    return st.lists(st.sampled_from((*held * 3, *Permission)), max_size=2, unique=True).map(tuple)


async def tell(story: Story, data: st.DataObject, done: Counter[str]) -> None:
    """Run a few steps, each by a user whom the admin controls, and check all of them after each step that succeeded."""
    by_user = accesses(story.world, story.root)
    # Whatever makes an admin is denied to clients, and mostly asked for in vain.
    modest = accesses(story.world, story.root, permissions(story.root))
    tried = data.draw(st.lists(st.tuples(by_user, modest), min_size=STEPS, max_size=STEPS), label="access")
    random = chance(data, story.world)
    for number in range(STEPS):
        active = [user for user in (await story.now()).users if user.state is State.ACTIVE]
        actors = [user.id for user in active if user.id in story.controlled]
        developers = {user.id for user in active if Permission.DEVELOPER_PORTAL in user.permissions}
        if not actors:
            return
        actor, deed = random.choice(actors), some_deed(story, random)
        clients = (False, True) if actor in developers and deed.name not in FOR_USERS else RARELY
        by_client = random.choice(clients) and deed.name not in BY_THE_SERVER
        access = tried[number][by_client or deed.name in MODEST]
        note(f"{actor}, {by_client=}: {deed} {access}")
        if random.choice(RARELY):
            await check_interference(story, actor, deed, access, number, by_client=by_client)
        if await story.act(actor, deed, access, number, by_client=by_client):
            assert not (by_client and deed.name in FOR_USERS)
            done[deed.name] += 1
            done["client"] += by_client
            done["end"] += bool(access.get("permission_ends") or access.get("account_ends"))
            await story.check()
            await check_containment(story, actor)
        others = [each for each in story.controlled if each != actor]
        others += [user.id for user in story.world.users if user.organization_id == story.root.organization_id]
        if random.random() < 0.2:
            await take_and_bring_back(story, random, actor, random.choice(others), done)


async def take_and_bring_back(story: Story, random: Random, actor: UUID, whom: UUID, done: Counter[str]) -> None:
    """One of them, or nobody, removes a user, or some; the same or another restores them."""
    how, present = random.choice(BRIEFLY), set(await _present(story))
    if await story.act(actor, Deed(how, whom), {}, 0):
        done[how] += 1
        await story.check()
        for user_id in sorted(present - set(await _present(story))):
            other = random.choice([actor] * 4 + story.controlled)
            done["restore"] += await story.act(other, Deed("restore", user_id), {}, 0)
            await story.check()


async def _present(story: Story) -> list[UUID]:
    return [user.id for user in (await story.now()).users if not user.removed]


@settings(
    max_examples=examples(20),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a story in a database takes too long
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_nobody_ends_with_more_than_the_admin_had(
    writing: MutationContext, done: Counter[str], world: World, data: st.DataObject
) -> None:
    admins = [user for user in world.users if not user.staff and ADMIN in user.permissions]
    active = [user for user in admins if user.state is State.ACTIVE]
    whole = [user for user in active if user.all_contract_accounts and VIEW in user.permissions]
    root = data.draw(st.sampled_from([*active, *whole * 2]), label="admin")
    grants = sorted(grants_of(root) - {VIEW}, key=str)
    ends = tuple((grant, data.draw(st.sampled_from(ENDS), label="end")) for grant in grants if data.draw(st.booleans()))
    ending = replace(root, ends=ends)
    world = replace(world, users=tuple(ending if each is root else each for each in world.users))
    async with writing.engine.connect() as connection:
        # The first statement begins the transaction in which the world lies; nothing of it is committed.
        await connection.execute(text("SELECT 1"))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        await tell(Story(connection, writing, world, ending), data, done)
        await connection.rollback()
