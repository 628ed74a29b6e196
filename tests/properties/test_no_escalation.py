"""Whatever an admin does, alone, through users they control or through API clients of these, none of these users ends
with more access than the admin had.

Random worlds, random sequences of `createUser`, `inviteUsers`, `updateUser`, `removeUser` and `restoreUser`, with and
without expiry of what is granted; every user who can be activated is.
The oracle decides what each user may reach from what the database holds, at the start and after every step; and also
for later moments, when some grants have expired.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, cast
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_write_engine
from models import ApiClient, Audience, Permission, Scope, new_id
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.access.grants import stored_access
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import MutationRejected
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.mutations.users.invite import Invitations, invite_in_transaction
from resolvers.mutations.users.lifecycle import remove_user, restore_user
from resolvers.mutations.users.update import NewAccess, UserChange, update_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.resolver_fixtures import SECRET_KEY, rules, token_of
from tests.support.worlds.expiry import ENDS, grants_of
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import ADMIN, VIEW, State, User, World, worlds
from tests.support.worlds.oracle import Oracle, still

pytestmark = pytest.mark.invariant("no_escalation")

LIFE = {"remove": remove_user, "restore": restore_user}
STEPS = 8
LATER = (*ENDS, ENDS[-1] + timedelta(days=1))


@pytest_asyncio.fixture
async def writing(database_url: str) -> AsyncIterator[MutationContext]:
    engine = create_write_engine(database_url)
    yield MutationContext(engine, rules(), SECRET_KEY)
    await engine.dispose()


@pytest_asyncio.fixture
async def done() -> AsyncIterator[Counter[str]]:
    """How many attempts succeeded: a world in which everything is denied would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    # Which of them succeed is up to chance; most do, a few times at least.
    assert sum(number > 0 for number in counted.values()) >= 4, counted
    assert counted["client"] > 0, counted


@dataclass(frozen=True)
class Deed:
    """What an actor does, and to which user; None if a user is created."""

    name: Literal["create", "invite", "update", "remove", "restore"]
    user_id: UUID | None = None


MAKING = (Deed("create"), Deed("invite"))


class Story:
    """A world in the database, one of its admins, and all users whom the admin controls by now."""

    def __init__(self, connection: AsyncConnection, writing: MutationContext, world: World, root: User) -> None:
        self.connection, self.writing, self.world, self.root = connection, writing, world, root
        self.controlled: list[UUID] = [root.id]
        self.start = Oracle(world, replace(root, permissions=root.permissions | {VIEW}))

    async def act(
        self, actor_id: UUID, deed: Deed, access: dict[str, Any], number: int, *, by_client: bool = False
    ) -> bool:
        """A user whom they control, or an API client of that user, creates, invites or changes a user. Returns False
        if it is denied."""
        caller = await (self._client(actor_id) if by_client else self._user_as_caller(actor_id))
        if caller is None:
            return False  # They have been removed.
        savepoint = await self.connection.begin_nested()
        work = UnitOfWork(self.connection, self.writing, caller)
        try:
            changed = await self._mutation(work, deed, access, number)
        except MutationRejected:
            await savepoint.rollback()
            return False
        await savepoint.commit()
        active = "UPDATE users SET password_hash = 'argon2', activated_at = now() WHERE id = ANY(:id)"
        await self.connection.execute(text(active), {"id": changed})
        self.controlled += [each for each in changed if each not in self.controlled]
        return True

    async def _user_as_caller(self, user_id: UUID) -> Caller | None:
        actor = await load_user_as_actor(self.connection, user_id)
        return Caller(actor) if actor else None

    async def _client(self, owner_id: UUID) -> Caller | None:
        """Create an API client of the user, with all scopes."""
        client_id = new_id()
        client = {"organization_id": self.root.organization_id, "owner_id": owner_id, "name": "Program"}
        scopes = [scope.value for scope in Scope]
        await self.connection.execute(insert(ApiClient).values(id=client_id, scopes=scopes, **client))
        token = token_of(client_id)
        found = await load_actor(self.connection, token, timedelta(hours=1))
        return Caller(found[0], token) if found else None

    async def _mutation(self, work: UnitOfWork, deed: Deed, access: dict[str, Any], number: int) -> list[UUID]:
        whole = AccountAccess(**{"audience": Audience.ORGANIZATION} | access)
        if deed.name == "create":
            return [await create_user(work, NewUser(f"new{number}@users.example", "New", "User", whole))]
        if deed.name == "invite":
            emails = [f"invited{number}{each}@users.example" for each in "ab"]
            outcome = await invite_in_transaction(work, Invitations(emails, whole))
            return [row.user_id for row in outcome.rows if row.user_id]
        if deed.name != "update":
            return [await LIFE[deed.name](work, deed.user_id)]
        version = text("SELECT version FROM users WHERE id = :id")
        read = (await self.connection.execute(version, {"id": deed.user_id})).scalar_one()
        return [await update_user(work, deed.user_id, UserChange(read, access=cast("NewAccess", access)))]

    async def check(self) -> None:
        """Check that nobody has more than the admin had at the start."""
        for user_id in self.controlled:
            await self._check(user_id)

    async def _check(self, user_id: UUID) -> None:
        work = UnitOfWork(self.connection, self.writing, Caller())
        has, start = await stored_access(work, user_id), self.start
        assert has.audience in (start.assignable() or ({self.root.audience},))[0]
        assert has.stored_permissions <= start.actor.permissions
        assert not has.all_contract_accounts or self.root.all_contract_accounts
        assert not has.all_delivery_accounts or self.root.all_delivery_accounts
        user = self._user(user_id, has)
        for moment in LATER:
            self._check_later(still(user, moment), moment)
        now = Oracle(self.world, user)
        for kind in ("ContractAccount", "DeliveryAccount", "Service"):
            assert now.allowed(kind, "view") <= start.allowed(kind, "view"), kind

    def _check_later(self, user: User, moment: datetime) -> None:
        """What they still have then, the admin has then too, or a colleague whom they changed and who had it before."""
        having = [self.root, *(each for each in self.world.users if each.id in self.controlled)]
        later = [replace(still(each, moment), audience=self.root.audience) for each in having]
        assert user.permissions <= {VIEW}.union(*(each.permissions for each in later))
        oracles = [Oracle(self.world, replace(each, permissions=each.permissions | {VIEW})) for each in later]
        for kind, accounts in (
            ("ContractAccount", user.contract_accounts),
            ("DeliveryAccount", user.delivery_accounts),
        ):
            assert accounts <= frozenset[UUID]().union(*(each.allowed(kind, "view") for each in oracles)), moment

    def _user(self, user_id: UUID, has: AccountAccess) -> User:
        return User(
            user_id,
            self.root.organization_id,
            "somebody@users.example",
            has.audience,
            has.stored_permissions,
            has.all_contract_accounts,
            has.all_delivery_accounts,
            frozenset(account for account in has.contract_accounts if account),
            frozenset(account for account in has.delivery_accounts if account),
            ends=tuple((end.key, end.ends_at) for end in (*has.permission_ends, *has.account_ends) if end.key),
        )


def accesses(world: World, root: User) -> st.SearchStrategy[dict[str, Any]]:
    """The access that an actor may try to grant, mostly with the organization's own accounts."""

    def some(accounts: tuple[Any, ...]) -> st.SearchStrategy[tuple[UUID, ...]]:
        own = [each.id for each in accounts if each.organization_id == root.organization_id]
        foreign = [each.id for each in accounts if each.organization_id != root.organization_id]
        return st.lists(st.sampled_from(own * 6 + foreign[:1]), max_size=2, unique=True).map(tuple)

    def either(everything: str, listed: str, accounts: tuple[Any, ...]) -> st.SearchStrategy[dict[str, Any]]:
        one_by_one = some(accounts).map(lambda ids: {everything: False, listed: ids})
        return one_by_one | st.sampled_from([{}, {everything: True, listed: ()}])

    more = st.lists(st.sampled_from(Permission), max_size=2).map(lambda given: {"permissions": (ADMIN, *given)})
    parts: tuple[st.SearchStrategy[dict[str, Any]], ...] = (
        st.just({}) | st.sampled_from(Audience).map(lambda audience: {"audience": audience}),
        st.just({}) | st.just({"permissions": (ADMIN,)}) | more,
        either("all_contract_accounts", "contract_accounts", world.contract_accounts),
        either("all_delivery_accounts", "delivery_accounts", world.delivery_accounts),
    )
    given = st.tuples(*parts).map(lambda drawn: {key: value for part in drawn for key, value in part.items()})
    return given.flatmap(with_ends)


def with_ends(access: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The same with expiry of some of what it lists, or without a word about expiry."""

    def some(field: str, what: GrantKind) -> st.SearchStrategy[tuple[GrantEnd, ...]]:
        moments = st.none() | st.sampled_from(ENDS)
        each = [moments.map(partial(_end, what, key)) for key in access.get(field, ()) if key is not VIEW]
        return st.tuples(*each).map(lambda ends: tuple(end for end in ends if end))

    accounts = st.tuples(
        some("contract_accounts", GrantKind.CONTRACT_ACCOUNT), some("delivery_accounts", GrantKind.DELIVERY_ACCOUNT)
    ).map(lambda both: both[0] + both[1])
    ends = st.fixed_dictionaries(
        {}, optional={"permission_ends": some("permissions", GrantKind.PERMISSION), "account_ends": accounts}
    )
    return ends.map(lambda drawn: access | drawn)


def _end(what: GrantKind, key: Any, moment: datetime | None) -> GrantEnd | None:
    return GrantEnd(what, key, moment) if moment else None


async def tell(story: Story, data: st.DataObject, done: Counter[str]) -> None:
    """Run a few steps, each by a user whom the admin controls, and check all of them after each step that succeeded."""
    colleagues = [user.id for user in story.world.users if user.organization_id == story.root.organization_id]
    given_access = accesses(story.world, story.root)
    for number in range(STEPS):
        actor = data.draw(st.sampled_from(story.controlled), label="actor")
        changing = [Deed("update", each) for each in (*story.controlled * 3, *colleagues)]
        deed = data.draw(st.sampled_from(MAKING) | st.sampled_from(changing), label="deed")
        access = data.draw(given_access, label="access")
        by_client = data.draw(st.booleans(), label="by an API client")
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
