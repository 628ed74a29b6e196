"""Whatever an admin does, alone, through users they control or through API clients of these, none of these users ends
with more access than the admin had.

Random worlds, random sequences of `createUser`, `inviteUsers`, `updateUser`, `changeUsers`, `extendAccess`,
`updateAccessTemplate`, `removeUser` and `restoreUser`, with and without expiry of what is granted; every user who can
be activated is.
The oracle decides what each user may reach from what the database holds, at the start and after every step; and also
for later moments, when some grants have expired.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models import Permission
from resolvers.transaction.context import MutationContext
from tests.support.escalation import MAKING, Deed, Story, accesses
from tests.support.worlds.expiry import ENDS, grants_of
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, VIEW, State, World, worlds

pytestmark = pytest.mark.invariant("no_escalation")

STEPS = 8


@pytest_asyncio.fixture
async def done() -> AsyncIterator[Counter[str]]:
    """How many attempts succeeded: a world in which everything is denied would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    # Which of them succeed is up to chance; most do, a few times at least.
    assert sum(number > 0 for number in counted.values()) >= 4, counted
    assert counted["client"] > 0, counted


async def tell(story: Story, data: st.DataObject, done: Counter[str]) -> None:
    """Run a few steps, each by a user whom the admin controls, and check all of them after each step that succeeded."""
    colleagues = [user.id for user in story.world.users if user.organization_id == story.root.organization_id]
    by_user = accesses(story.world, story.root)
    # Whatever makes an admin is denied to clients, so these try other permissions, too.
    of_client = accesses(story.world, story.root, st.lists(st.sampled_from(Permission), max_size=2).map(tuple))
    for number in range(STEPS):
        actor = data.draw(st.sampled_from(story.controlled), label="actor")
        changing = [Deed("update", each) for each in (*story.controlled * 3, *colleagues)]
        changing += [Deed(name, each) for name in ("change", "extend", "template") for each in colleagues]
        changing += [Deed("approve", each) for each in (*story.controlled, *colleagues)]
        deed = data.draw(st.sampled_from(MAKING) | st.sampled_from(changing), label="deed")
        by_client = data.draw(st.booleans(), label="by an API client")
        access = data.draw(of_client if by_client else by_user, label="access")
        if await story.act(actor, deed, access, number, by_client=by_client):
            done[deed.name] += 1
            done["client"] += by_client
            done["end"] += bool(access.get("permission_ends") or access.get("account_ends"))
            await story.check()
        others = [each for each in (*story.controlled, *colleagues) if each != actor]
        if others and data.draw(st.sampled_from((False, False, True)), label="somebody goes"):
            await take_and_bring_back(story, data, actor, data.draw(st.sampled_from(others), label="who"), done)


async def take_and_bring_back(story: Story, data: st.DataObject, actor: UUID, whom: UUID, done: Counter[str]) -> None:
    """One of them removes a user, and the same or another restores them."""
    if await story.act(actor, Deed("remove", whom), {}, 0):
        done["remove"] += 1
        other = data.draw(st.sampled_from([actor] * 4 + story.controlled), label="who brings them back")
        done["restore"] += await story.act(other, Deed("restore", whom), {}, 0)
        await story.check()


@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a story in a database takes too long
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_nobody_ends_with_more_than_the_admin_had(
    writing: MutationContext, done: Counter[str], world: World, data: st.DataObject
) -> None:
    admins = [user for user in world.users if not user.staff and ADMIN in user.permissions]
    root = data.draw(st.sampled_from([user for user in admins if user.state is State.ACTIVE]), label="admin")
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
