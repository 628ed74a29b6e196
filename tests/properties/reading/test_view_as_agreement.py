"""An admin who views as a user reads what both of them see: of a random world, what the user sees, and nothing that the
admin doesn't see."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.actor import Actor
from models import new_id
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.expected_answers import EVERYTHING, ROOTS, Expected
from tests.support.worlds.models import ADMIN, State, User, World, worlds
from tests.support.worlds.planner_fixtures import id_of, ids_in
from tests.support.worlds.random_reads import RANDOM, stored
from tests.support.worlds.views import read_actor, read_through_guard

pytestmark = pytest.mark.invariant("view_as")

PERSONAL = "{ viewer { viewerCan assignable { permissions } sessions { id } user { id viewerCan viewerCanViewAs } } }"


def actor_of(user: User) -> Actor:
    """The user as an actor, whose row has not changed since it was stored."""
    return Actor(user.id, user.organization_id, traits_of(user), version=1)


def pairs(world: World) -> list[tuple[User, User]]:
    """The admins and users of whom the one may view as the other."""
    admins = [user for user in world.users if ADMIN in user.permissions and user.state is State.ACTIVE]
    return [(admin, user) for admin in admins for user in world.users if may_view_as(world, admin, user)]


def may_view_as(world: World, admin: User, user: User) -> bool:
    """Whether the admin, if there is a reason, may read what the user sees."""
    may_update = user.id in Expected(world, admin).oracle.allowed("User", "update")
    return may_update and user.state is State.ACTIVE and user is not admin


def without_actions(answer: Any) -> Any:
    """An answer without what depends on what the reader may do, and without what the admin need not see of what the
    user sees: the trail, and requests for more than the admin has."""
    if isinstance(answer, dict):
        left_out = "viewerCan", "viewer", "auditEvents", "accessRequests"
        return {key: without_actions(value) for key, value in answer.items() if key not in left_out}
    return [without_actions(each) for each in answer] if isinstance(answer, list) else answer


@RANDOM
@given(world=worlds(), data=st.data())
async def test_what_is_shown_is_what_both_see(connection: Any, world: World, data: st.DataObject) -> None:
    possible = pairs(world)
    if not possible:
        return
    admin, user = data.draw(st.sampled_from(possible), label="admin and user")
    async with stored(connection, world):
        shown = await read_actor(connection, actor_of(user), EVERYTHING, actor_of(admin))
        alone = await read_actor(connection, actor_of(user), EVERYTHING)
        personal = await read_actor(connection, actor_of(user), PERSONAL, actor_of(admin))
    of_user, of_admin = Expected(world, user), Expected(world, admin)
    for kind, root in ROOTS.items():
        ids = ids_in(shown[root])
        assert ids <= of_admin.ids(kind, of_admin.visible[kind]), f"{admin} {user} {kind}"
        both = of_user.visible[kind] & of_admin.visible[kind]
        assert ids == of_user.ids(kind, both), f"{admin} {user} {kind}"
        for node in shown[root]["nodes"]:
            assert node.get("viewerCan", ["VIEW"]) == ["VIEW"]
    assert without_actions(shown) == without_actions(alone)
    own = {"id": id_of("User", user.id), "viewerCan": ["VIEW"], "viewerCanViewAs": False}
    assert personal["viewer"] == {"viewerCan": [], "assignable": None, "sessions": [], "user": own}


async def add_view(connection: Any, admin: UUID, user: UUID) -> SessionToken:
    """Store a session of the admin that views as the user."""
    session, digest = new_id(), new_id().bytes
    await connection.execute(
        "INSERT INTO sessions (id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, now() + interval '1 hour')",
        session, admin, digest,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO views_as (id, session_id, user_id, reason, ends_at) "
        "VALUES ($1, $2, $3, 'Ticket', now() + interval '30 minutes')",
        new_id(), session, user,
    )  # fmt: skip
    return SessionToken(digest)


@RANDOM
@given(world=worlds(), data=st.data())
async def test_the_session_guard_asks_whether_the_admin_may_update_the_user(
    connection: Any, world: World, data: st.DataObject
) -> None:
    active = [user for user in world.users if user.state is State.ACTIVE]
    async with stored(connection, world):
        for _ in range(6):
            admin = data.draw(st.sampled_from(active), label="admin")
            user = data.draw(st.sampled_from(world.users), label="user")
            may = user.id in Expected(world, admin).oracle.allowed("User", "update") and user.state is State.ACTIVE
            if admin.organization_id != user.organization_id:
                assert not may
                with pytest.raises(asyncpg.ForeignKeyViolationError):
                    async with connection.transaction():
                        await add_view(connection, admin.id, user.id)
                continue
            credential = await add_view(connection, admin.id, user.id)
            versions = dict(await connection.fetch("SELECT id, version FROM users"))
            admin_actor, viewed = (
                Actor(each.id, each.organization_id, traits_of(each), versions[each.id]) for each in (admin, user)
            )
            caller = Caller(admin_actor, credential, viewed=viewed)
            data_ = await read_through_guard(connection, caller, "{ viewer { user { id } viewingAs { reason } } }")
            viewer = {"user": {"id": id_of("User", user.id)}, "viewingAs": {"reason": "Ticket"}}
            assert data_ == ({"viewer": viewer} if may else None), f"{admin} {user}"
