"""Whoever has the secret of an API client ends with no more than the scopes of the client open, and keeps no more when
it is revoked.

They may choose the emails of those whom the client creates or invites, and so activate them. Random worlds, random
clients of admins, random sequences of all mutations on users: by the client; by every user whom it made or changed; and
by API clients of these users. The client is revoked at some point; the others go on.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Literal
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models import Permission, Scope
from resolvers.transaction.context import MutationContext
from tests.support.depth import examples
from tests.support.escalation.accesses import accesses
from tests.support.escalation.chance import chance
from tests.support.escalation.step import MAKING, Deed
from tests.support.escalation.story import Story
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, BILLING, INVITED, VIEW, State, User, World, worlds

pytestmark = pytest.mark.invariant("no_escalation")

STEPS = 10
PORTAL = Permission.DEVELOPER_PORTAL
CLIENT = "the client"
ALLURING = (BILLING, PORTAL, ADMIN)
Change = Literal["update", "resend", "remove", "restore"]
CHANGES: tuple[Change, ...] = ("update", "resend", "remove", "restore")


@pytest_asyncio.fixture
async def done() -> AsyncIterator[Counter[str]]:
    """How many attempts succeeded: a world in which everything is denied would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    assert sum(counted[each.name] for each in MAKING) > 0, counted
    assert sum(counted[name] for name in CHANGES) > 0, counted
    assert counted["denied"] > 0, counted


def withheld(scopes: frozenset[Scope]) -> frozenset[Permission]:
    """The permissions that no one may have by way of a client with these scopes."""
    return frozenset({PORTAL, ADMIN} if Scope.BILLING_READ in scopes else ALLURING)


def permissions() -> st.SearchStrategy[tuple[Permission, ...]]:
    """Mostly those that clients should not give, now and then others."""
    return st.lists(st.sampled_from((*ALLURING, *Permission)), max_size=2, unique=True).map(tuple)


async def abuse(story: Story, client_id: UUID, scopes: frozenset[Scope], data: st.DataObject) -> Counter[str]:
    """Run a few steps, each by the client or by a user whom it made or changed, and check all users after each step
    that succeeded. Returns how many succeeded."""
    done: Counter[str] = Counter()
    anything = accesses(story.world, story.root, permissions())
    tried = data.draw(st.lists(anything, min_size=STEPS, max_size=STEPS), label="access")
    random = chance(data, story.world)
    for number, access in enumerate(tried):
        if random.random() < 0.1:
            revoke = text("UPDATE api_clients SET revoked_at = created_at WHERE id = :id")
            await story.connection.execute(revoke, {"id": client_id})
        actor = random.choice((CLIENT, CLIENT, *story.controlled))
        changing = random.choice(targets(story, random.choice(CHANGES)))
        deed = random.choice((random.choice(MAKING), changing))
        note(f"{actor}: {deed} {access}")
        if isinstance(actor, UUID):
            succeeded = await story.act(actor, deed, access, number, by_client=random.choice((False, True)))
        else:
            caller = await story.client_as_caller(client_id, scopes)
            succeeded = await story.act_as(caller, deed, access, number)
        done[deed.name if succeeded else "denied"] += 1
        if succeeded:
            await story.check()
            await check_permissions(story, withheld(scopes))
    return done


def targets(story: Story, name: Change) -> list[Deed]:
    """Doing this to one of those whom they control, or to one of the others with whom it makes sense at the start."""
    colleagues = [user for user in story.world.users if user.organization_id == story.root.organization_id]
    others = [user.id for user in colleagues if user.removed == (name == "restore")]
    if name == "resend":
        others = [user.id for user in colleagues if user.state in INVITED]
    return [Deed(name, user_id) for user_id in (*story.controlled, *others)] or [Deed("create")]


async def check_permissions(story: Story, denied: Iterable[Permission]) -> None:
    """Check that nobody whom the client made or changed has one of these, or would have it when restored."""
    for user_id in story.controlled:
        assert (await story.access_of(user_id)).stored_permissions.isdisjoint(denied), user_id


def tempting(world: World, owner: User, data: st.DataObject) -> World:
    """The world, with a permission that clients should not give for most colleagues who are pending or removed."""

    def tempted(user: User) -> User:
        if user.organization_id != owner.organization_id or user.state is State.ACTIVE:
            return user
        more = data.draw(st.sampled_from((*ALLURING, VIEW)), label=f"what {user.email} has, too")
        return replace(user, permissions=user.permissions | {more})

    return replace(world, users=tuple(map(tempted, world.users)))


def owners(world: World) -> list[User]:
    """Those who could have a client with the scope `users.write` that works."""
    active = [user for user in world.users if user.state is State.ACTIVE and not user.staff]
    return [user for user in active if {PORTAL, ADMIN} <= user.permissions]


@settings(
    max_examples=examples(50),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a story in a database takes too long
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_nobody_has_more_than_the_client_by_way_of_it(
    writing: MutationContext, done: Counter[str], world: World, data: st.DataObject
) -> None:
    owner = data.draw(st.sampled_from(owners(world)), label="owner")
    others = data.draw(st.sets(st.sampled_from((Scope.BASIC_READ, Scope.BILLING_READ))), label="other scopes")
    scopes = frozenset(others) | {Scope.USERS_WRITE}
    world = tempting(world, owner, data)
    async with writing.engine.connect() as connection:
        # The first statement begins the transaction in which the world lies; nothing of it is committed.
        await connection.execute(text("SELECT 1"))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        story = Story(connection, writing, world, owner)
        story.controlled.clear()
        done.update(await abuse(story, await story.add_client(owner.id, scopes), scopes, data))
        await connection.rollback()
