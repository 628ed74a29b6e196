"""What a property about escalation acts with: a world in the database, somebody in it, and the users whom they control.

Every user whom they make or change counts as controlled, and as activated by them.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial, reduce
from typing import Any, Literal, cast
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import Uuid, insert, literal, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

import models
from authz.actor import Actor
from models import CONTRACT, DELIVERY, ApiClient, Audience, Permission, Scope, new_id
from resolvers import public_id
from resolvers.access.account_access import CONTENT, AccountAccess, GrantEnd, GrantKind
from resolvers.access.grants import stored_access, stored_grants
from resolvers.access.templates import TemplateId
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_actor, load_user_as_actor
from resolvers.errors import MutationRejected
from resolvers.mutations.access_requests.decide import Approval, approve_access_request
from resolvers.mutations.access_requests.request import NewRequest, request_access
from resolvers.mutations.access_templates.mutations import NewTemplate, create_template
from resolvers.mutations.access_templates.update import TemplateChange, update_template_in_transaction
from resolvers.mutations.users.access_edit import AccessEdit
from resolvers.mutations.users.change_users import ChangeMode, UserChangeState, UsersChange, change_in_transaction
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.mutations.users.extend_access import LaterEnds
from resolvers.mutations.users.invite import Invitations, invite_in_transaction
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.mutations.users.update import NewAccess, UserChange, update_user
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.resolver_fixtures import token_of
from tests.support.worlds.expiry import ENDS
from tests.support.worlds.models import ADMIN, VIEW, User, World
from tests.support.worlds.oracle import Oracle, still

LIFE = {"resend": resend_activation, "remove": remove_user, "restore": restore_user}
LATER = (*ENDS, ENDS[-1] + timedelta(days=1))


@dataclass(frozen=True)
class Deed:
    """What an actor does, and to which user; None if a user is created. `approve` is of a request of the user."""

    name: Literal[
        "create", "invite", "update", "change", "extend", "template", "approve", "resend", "remove", "restore"
    ]
    user_id: UUID | None = None


MAKING = (Deed("create"), Deed("invite"))


class Story:
    """A world in the database, one of its admins, and all users whom the admin controls by now."""

    def __init__(self, connection: AsyncConnection, writing: MutationContext, world: World, root: User) -> None:
        # The users of all worlds have the same ids: attempts in one must not count against the limits of the next.
        self.writing = replace(writing, limits=RateLimiter())
        self.connection, self.world, self.root = connection, world, root
        self.controlled: list[UUID] = [root.id]
        self.start = Oracle(world, replace(root, permissions=root.permissions | {VIEW}))

    async def act(
        self, actor_id: UUID, deed: Deed, access: dict[str, Any], number: int, *, by_client: bool = False
    ) -> bool:
        """A user whom they control, or a new API client of that user with all scopes, creates, invites or changes a
        user. Returns False if it is denied."""
        if not by_client:
            return await self.act_as(await self._user_as_caller(actor_id), deed, access, number)
        client_id = await self.add_client(actor_id, frozenset(Scope))
        return await self.act_as(await self.client_as_caller(client_id, frozenset(Scope)), deed, access, number)

    async def act_as(self, caller: Caller | None, deed: Deed, access: dict[str, Any], number: int) -> bool:
        """The same as this caller; None is somebody who is not there any more. Whom they make or change, they control
        from then on."""
        if caller is None:
            return False
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
        actor = await self._actor(user_id)
        return Caller(actor) if actor else None

    async def _actor(self, user_id: UUID) -> Actor | None:
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

    async def _mutation(self, work: UnitOfWork, deed: Deed, access: dict[str, Any], number: int) -> list[UUID]:
        whole = AccountAccess(**{"audience": Audience.ORGANIZATION} | access)
        if deed.name == "create":
            return [await create_user(work, NewUser(f"new{number}@users.example", "New", "User", whole))]
        if deed.name == "invite":
            emails = [f"invited{number}{each}@users.example" for each in "ab"]
            outcome = await invite_in_transaction(work, Invitations(emails, whole))
            return [row.user_id for row in outcome.rows if row.user_id]
        if deed.name == "approve" and deed.user_id is not None:
            requester = UnitOfWork(work.connection, work.context, Caller(await self._actor(deed.user_id)))
            request = await request_access(requester, wish_for(access))
            await approve_access_request(work, request, Approval())
            return [deed.user_id]
        if deed.name in ("change", "extend"):
            change = LaterEnds(LATER[-1]) if deed.name == "extend" else _edit(whole)
            wish = UsersChange((deed.user_id, *self.controlled), change, mode=ChangeMode.AS_MANY_AS_POSSIBLE)
            results = (await change_in_transaction(work, wish)).rows
            return [row.user_id for row in results if row.state is UserChangeState.CHANGED and row.user_id]
        if deed.name == "template":
            return await self._by_template(work, deed, whole, number)
        if deed.name != "update":
            return [await LIFE[deed.name](work, deed.user_id)]
        version = text("SELECT version FROM users WHERE id = :id")
        read = (await self.connection.execute(version, {"id": deed.user_id})).scalar_one()
        return [await update_user(work, deed.user_id, UserChange(read, access=cast("NewAccess", access)))]

    async def _by_template(self, work: UnitOfWork, deed: Deed, whole: AccountAccess, number: int) -> list[UUID]:
        """A template of nothing is given to a user, and changed to hold the access."""
        nothing = AccountAccess(whole.audience, delivery_accounts=whole.delivery_accounts[:1])
        template_id = await create_template(work, NewTemplate(f"{number} {deed.user_id}", nothing))
        version = text("SELECT version FROM users WHERE id = :id")
        read = (await self.connection.execute(version, {"id": deed.user_id})).scalar_one()
        change = UserChange(read, template=TemplateId(template_id))
        await update_user(work, deed.user_id, change)
        access: Any = {name: getattr(whole, name) for name in CONTENT}
        await update_template_in_transaction(work, template_id, TemplateChange(1, access=access))
        assert deed.user_id is not None
        return [deed.user_id]

    async def check(self) -> None:
        """Check that nobody has more than the admin had at the start."""
        for user_id in self.controlled:
            await self._check(user_id)

    async def access_of(self, user_id: UUID) -> AccountAccess:
        """What the user has now, or would have again if they were restored."""
        user = models.User.__table__
        grants = stored_grants(literal(user_id, Uuid()))
        joined = reduce(lambda rows, each: rows.join(each, true()), grants, user)
        columns = select(user, *grants).select_from(joined).where(user.c.id == user_id)
        return stored_access((await self.connection.execute(columns)).one())

    async def _check(self, user_id: UUID) -> None:
        has, start = await self.access_of(user_id), self.start
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


def _edit(access: AccountAccess) -> AccessEdit:
    """Gives each user what is in the access, in addition to what they have."""
    added = {kind: access.keys(kind) for kind in GrantKind}
    return AccessEdit(added, {}, access.permission_ends, access.account_ends)


def wish_for(access: dict[str, Any]) -> NewRequest:
    """A request for one thing of `access`, until it ends there; for nothing at all if there is none."""
    ends = {end.key: end.ends_at for field in ("permission_ends", "account_ends") for end in access.get(field, ())}
    for permission in access.get("permissions", ()):
        if permission is not VIEW:
            return NewRequest("Why", permission=permission, ends_at=ends.get(permission))
    for field, kind in (("contract_account", CONTRACT), ("delivery_account", DELIVERY)):
        for account in access.get(f"{field}s", ()):
            words: dict[str, Any] = {field: public_id.encode(kind.accounts, account)}
            return NewRequest("Why", ends_at=ends.get(account), **words)
    return NewRequest("Why")


def accesses(
    world: World, root: User, permissions: st.SearchStrategy[tuple[Permission, ...]] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """The access that an actor may try to grant, mostly with the organization's own accounts, and with `permissions`;
    without these, mostly with what makes an admin."""

    def some(accounts: tuple[Any, ...]) -> st.SearchStrategy[tuple[UUID, ...]]:
        own = [each.id for each in accounts if each.organization_id == root.organization_id]
        foreign = [each.id for each in accounts if each.organization_id != root.organization_id]
        return st.lists(st.sampled_from(own * 6 + foreign[:1]), max_size=2, unique=True).map(tuple)

    def either(everything: str, listed: str, accounts: tuple[Any, ...]) -> st.SearchStrategy[dict[str, Any]]:
        one_by_one = some(accounts).map(lambda ids: {everything: False, listed: ids})
        return one_by_one | st.sampled_from([{}, {everything: True, listed: ()}])

    if permissions is None:
        more = st.lists(st.sampled_from(Permission), max_size=2).map(lambda given: (ADMIN, *given))
        permissions = st.just((ADMIN,)) | more
    parts: tuple[st.SearchStrategy[dict[str, Any]], ...] = (
        st.just({}) | st.sampled_from(Audience).map(lambda audience: {"audience": audience}),
        st.just({}) | permissions.map(lambda given: {"permissions": given}),
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
