"""Whoever has a SCIM token gives nobody more than the admin who made it may, whatever the groups hold.

Random worlds, random templates, and random sequences of what an identity provider does. Every user whom it makes or
changes counts as activated by whoever has the token.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, text

from models import AccessTemplate, Audience, Permission, ScimToken, new_id
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import ScimCredential
from resolvers.callers.load_actor import load_actor
from resolvers.errors import MutationRejected
from resolvers.identity.hashing import new_scim_token, token_hash
from resolvers.mutations.provisioning.groups import (
    GroupChange,
    change_provisioned_group,
    deprovision_group,
    provision_group,
)
from resolvers.mutations.provisioning.users import (
    ProvisionedUser,
    change_provisioned_user,
    deprovision_user,
    provision_user,
)
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.depth import THOROUGH, examples
from tests.support.escalation.chance import chance
from tests.support.escalation.story import ACTIVATE, Story
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, State, User, World, worlds

pytestmark = pytest.mark.invariant("no_escalation")

STEPS = 10
ACTIONS = ("create", "add", "add", "add", "take", "deactivate", "activate", "delete", "group", "delete group")


@pytest_asyncio.fixture
async def done() -> AsyncIterator[Counter[str]]:
    """How many attempts succeeded: a world in which everything is denied would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    if THOROUGH:
        assert all(counted[name] > 0 for name in ("create", "add", "deactivate", "group", "denied")), counted


def with_admin(world: World, data: st.DataObject) -> tuple[World, User]:
    """The world in which one of its users sets up provisioning, with whatever else they may."""
    active = [user for user in world.users if user.state is State.ACTIVE and not user.staff]
    chosen = data.draw(st.sampled_from(active), label="maker")
    limits: dict[str, Any] = {"all_contract_accounts": True, "contract_accounts": frozenset(), "ends": ()}
    given = chosen.permissions | {ADMIN}
    maker = replace(chosen, audience=Audience.ORGANIZATION, permissions=given, delivery_accounts=frozenset(), **limits)
    return replace(world, users=tuple(maker if user.id == maker.id else user for user in world.users)), maker


class Provider:
    """An identity provider with the token of a maker."""

    def __init__(self, story: Story, maker: User) -> None:
        self.story, self.maker, self.templates = story, maker, list[UUID]()

    async def begin(self, held: list[tuple[frozenset[Permission], bool]]) -> None:
        """Store the token, and templates that hold these permissions, and all delivery accounts or none."""
        owner = {"organization_id": self.maker.organization_id}
        self.token = new_scim_token(self.maker.organization_id or UUID(int=0))
        token = {"name": "Okta", "hint": "hint", "token_hash": token_hash(self.token), "maker_id": self.maker.id}
        until = func.now() + timedelta(days=1)
        await self.story.connection.execute(insert(ScimToken).values(id=new_id(), expires_at=until, **owner, **token))
        for permissions, everything in held:
            key = new_id()
            holds = {"permissions": sorted(permissions), "all_contract_accounts": everything, "contract_accounts": []}
            holds |= {"all_delivery_accounts": everything, "delivery_accounts": [], "audience": "ORGANIZATION"}
            template = insert(AccessTemplate).values(id=key, name=f"Held {key}", **owner, **holds)
            await self.story.connection.execute(template)
            self.templates.append(key)

    async def caller(self) -> Caller | None:
        credential = ScimCredential.of(self.token)
        assert credential is not None
        found = await load_actor(self.story.connection, credential, timedelta(hours=1))
        return None if found is None else Caller(found[0], credential)

    async def act(self, name: str, user_id: UUID, template_id: UUID, number: int) -> list[UUID] | None:
        """The users whom the request changed; None if it was refused."""
        caller = await self.caller()
        if caller is None:
            return None
        before = await self.versions()
        savepoint = await self.story.connection.begin_nested()
        work = UnitOfWork(self.story.connection, self.story.writing, caller)
        try:
            await self.perform(work, name, user_id, template_id, number)
        except MutationRejected:
            await savepoint.rollback()
            return None
        await savepoint.commit()
        return [key for key, version in (await self.versions()).items() if before.get(key) != version]

    async def versions(self) -> dict[UUID, int]:
        """The versions of all users of the organization: whoever is changed gets another one."""
        sql = text("SELECT id, version FROM users WHERE organization_id = :id")
        rows = await self.story.connection.execute(sql, {"id": self.maker.organization_id})
        return {row.id: row.version for row in rows}

    async def perform(self, work: UnitOfWork, name: str, user_id: UUID, template_id: UUID, number: int) -> None:
        match name:
            case "create":
                await provision_user(work, f"new-{number}@scim.example", ProvisionedUser("New", "User"))
            case "add":
                await change_provisioned_group(work, template_id, GroupChange(added=[user_id]))
            case "take":
                await change_provisioned_group(work, template_id, GroupChange(removed=[user_id]))
            case "deactivate":
                await change_provisioned_user(work, user_id, ProvisionedUser("Some", "Name", active=False))
            case "activate":
                await change_provisioned_user(work, user_id, ProvisionedUser("Some", "Name", active=True))
            case "delete":
                await deprovision_user(work, user_id)
            case "group":
                self.templates.append(await provision_group(work, GroupChange(f"Group {number}", added=[user_id])))
            case "delete group":
                await deprovision_group(work, template_id)


@settings(
    max_examples=examples(40),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a story in a database takes too long
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), data=st.data())
async def test_nobody_has_more_than_the_maker_by_way_of_a_scim_token(
    writing: MutationContext, done: Counter[str], world: World, data: st.DataObject
) -> None:
    world, maker = with_admin(world, data)
    permissions = st.frozensets(st.sampled_from(Permission), max_size=3)
    held = data.draw(st.lists(st.tuples(permissions, st.booleans()), min_size=2, max_size=4), label="templates")
    random = chance(data, world)
    async with writing.engine.connect() as connection:
        # The first statement begins the transaction in which the world lies; nothing of it is committed.
        await connection.execute(text("SELECT 1"))
        await insert_world((await connection.get_raw_connection()).driver_connection, world)
        story = Story(connection, writing, world, maker)
        provider = Provider(story, maker)
        await provider.begin(held)
        colleagues = [user.id for user in world.users if user.organization_id == maker.organization_id]
        for number in range(STEPS):
            name, user_id = random.choice(ACTIONS), random.choice((*story.controlled, *colleagues))
            template_id = random.choice(provider.templates)
            note(f"{name} {user_id} {template_id}")
            changed = await provider.act(name, user_id, template_id, number)
            done["denied" if changed is None else name] += 1
            if changed is not None:
                removed = "removed_at IS NULL AND "
                await connection.execute(text(ACTIVATE.replace("WHERE ", f"WHERE {removed}")), {"ids": changed})
                story.controlled += [each for each in changed if each not in story.controlled]
                await story.check()
        await connection.rollback()
