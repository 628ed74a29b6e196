"""What a property about escalation acts with: a world in the database, somebody in it, and the users whom they control.

Every user whom they make or change counts as controlled, and as activated by them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

import models
from authz.actor import Actor
from models import ApiClient, Permission, Scope, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.access.grants import stored_access, stored_grants_of_each
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import MutationRejected
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.escalation.accesses import LATER
from tests.support.escalation.deeds import perform
from tests.support.escalation.step import Deed, Step
from tests.support.resolver_fixtures import token_of
from tests.support.worlds.models import VIEW, State, User, World
from tests.support.worlds.oracle import Oracle
from tests.support.worlds.still import still

ACTIVATE = "UPDATE users SET password_hash = 'argon2', activated_at = now() WHERE id = ANY(:ids)"


class Story:
    """A world in the database, one of its admins, and all users whom the admin controls by now, and `templates` of
    theirs."""

    def __init__(self, connection: AsyncConnection, writing: MutationContext, world: World, root: User) -> None:
        # The users of all worlds have the same ids: attempts in one must not count against the limits of the next.
        self.writing = replace(writing, limits=RateLimiter())
        self.connection, self.world, self.root = connection, world, root
        self.controlled: list[UUID] = [root.id]
        self.templates: list[UUID] = []
        self.start = Oracle(world, replace(root, permissions=root.permissions | {VIEW}))

    async def act(
        self, actor_id: UUID, deed: Deed, access: dict[str, Any], number: int, *, by_client: bool = False
    ) -> bool:
        """A user whom they control, or a new API client of that user with all scopes, creates, invites or changes a
        user. Returns False if it is denied."""
        return await self.act_as(await self.caller(actor_id, by_client=by_client), deed, access, number)

    async def caller(self, actor_id: UUID, *, by_client: bool = False) -> Caller | None:
        """The user, or a new API client of theirs with all scopes."""
        if not by_client:
            return await self.user_as_caller(actor_id)
        client_id = await self.add_client(actor_id, frozenset(Scope))
        return await self.client_as_caller(client_id, frozenset(Scope))

    async def act_as(self, caller: Caller | None, deed: Deed, access: dict[str, Any], number: int) -> bool:
        """The same as this caller; None is somebody who is not there any more. Whom they make or change, they control
        from then on."""
        if caller is None:
            return False
        templates = list(self.templates)
        savepoint = await self.connection.begin_nested()
        try:
            changed = await self.perform(self._step(caller, deed, access, number))
        except MutationRejected:
            self.templates = templates
            await savepoint.rollback()
            return False
        await savepoint.commit()
        await self.connection.execute(text(ACTIVATE), {"ids": changed})
        self.controlled += [each for each in changed if each not in self.controlled]
        return True

    async def result(self, caller: Caller, deed: Deed, access: dict[str, Any], number: int) -> list[Any]:
        """What the caller would be told if they did it now: the problems, or the number of changed users, and whatever
        else they get to know."""
        templates = list(self.templates)
        async with self.undone():
            step = self._step(caller, deed, access, number)
            # Attempts that are undone don't count against the limits.
            work = UnitOfWork(self.connection, replace(self.writing, limits=RateLimiter()), caller)
            try:
                return [len(await self.perform(replace(step, work=work))), *step.told]
            except MutationRejected as rejection:
                return [(problem.code, problem.path, problem.message) for problem in rejection.problems]
            finally:
                self.templates = templates

    async def perform(self, step: Step) -> list[UUID]:
        """Does what the step says. Returns the users who were made or changed. Raises `MutationRejected`."""
        return await perform(step)

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Whatever is written during the block is undone at its end."""
        savepoint = await self.connection.begin_nested()
        try:
            yield
        finally:
            await savepoint.rollback()

    def _step(self, caller: Caller, deed: Deed, access: dict[str, Any], number: int) -> Step:
        return Step(self, UnitOfWork(self.connection, self.writing, caller), deed, access, number)

    async def user_as_caller(self, user_id: UUID) -> Caller | None:
        """The user; None if they may not act."""
        actor = await self.actor(user_id)
        return Caller(actor) if actor else None

    async def actor(self, user_id: UUID) -> Actor | None:
        """The user as an actor; None if they may not act."""
        return await load_user_as_actor(self.connection, user_id)

    async def add_client(self, owner_id: UUID, scopes: frozenset[Scope]) -> UUID:
        """Create an API client of the user with these scopes."""
        client_id = new_id()
        client = {"organization_id": self.root.organization_id, "owner_id": owner_id, "name": "Program"}
        words = [scope.value for scope in Scope.in_order(scopes)]
        await self.connection.execute(insert(ApiClient).values(id=client_id, scopes=words, **client))
        return client_id

    async def client_as_caller(self, client_id: UUID, scopes: frozenset[Scope]) -> Caller | None:
        """The API client with a token for these scopes; None if it may not act any more."""
        token = token_of(client_id, scopes)
        found = await load_actor(self.connection, token, timedelta(hours=1))
        return Caller(found[0], token) if found else None

    async def access_of(self, user_id: UUID) -> AccountAccess:
        """What the user has now, or would have again if they were restored."""
        [row] = await self._users(models.User.id == user_id)
        return stored_access(row)

    async def now(self) -> World:
        """The world with the users of the organization as they are now."""
        own = await self._users(models.User.organization_id == self.root.organization_id)
        others = [user for user in self.world.users if user.organization_id != self.root.organization_id]
        return replace(self.world, users=(*others, *map(_user, own)))

    async def _users(self, condition: Any) -> list[Row[Any]]:
        user = models.User.__table__
        grants = stored_grants_of_each(user)
        joined = reduce(lambda rows, each: rows.join(each, true()), grants, user)
        columns = select(user, *grants).select_from(joined).where(condition).order_by(user.c.id)
        return list((await self.connection.execute(columns)).all())

    async def check(self) -> None:
        """Check that nobody has more than the admin had at the start, and that nobody leaves the organization without
        an admin."""
        users = {user.id: user for user in (await self.now()).users}
        for user_id in self.controlled:
            self._check(users[user_id])
        assert not any(map(is_unlimited_admin, self.world.users)) or any(map(is_unlimited_admin, users.values()))

    def _check(self, user: User) -> None:
        start = self.start
        assert user.audience in (start.assignable() or ({self.root.audience},))[0]
        assert user.permissions <= start.actor.permissions
        assert not user.all_contract_accounts or self.root.all_contract_accounts
        assert not user.all_delivery_accounts or self.root.all_delivery_accounts
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


def is_unlimited_admin(user: User) -> bool:
    """Whether an organization may depend on the user, whose access as an admin must not end."""
    ending = {key for key, _ in user.ends}
    oracle = Oracle(World((), (), (), (), ()), user)
    has_all = oracle.is_admin and user.all_contract_accounts and user.audience is models.Audience.ORGANIZATION
    return has_all and user.state is State.ACTIVE and Permission.USER_MANAGEMENT not in ending


def _user(row: Row[Any]) -> User:
    has = stored_access(row)
    state = State.ACTIVE if row.activated_at else State.PENDING
    if row.removed_at:
        state = State.REMOVED if row.activated_at else State.REMOVED_BEFORE_ACTIVATION
    return User(
        row.id,
        row.organization_id,
        row.email,
        has.audience,
        frozenset(has.permissions),
        has.all_contract_accounts,
        has.all_delivery_accounts,
        frozenset(account for account in has.contract_accounts if account),
        frozenset(account for account in has.delivery_accounts if account),
        state,
        ends=tuple((end.key, end.ends_at) for end in (*has.permission_ends, *has.account_ends) if end.key),
    )
