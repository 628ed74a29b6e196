"""The connection to the database is cut after each statement of each mutation: all of it is done, or nothing.

No half mutation, none without its audit row, no mail without its mutation.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import normalized
from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from app.mail.worker import DATABASE_AWAY
from models import Audience, Scope
from resolvers.access.account_access import AccountAccess
from resolvers.callers.caller import Caller
from resolvers.identity import hashing, passwords
from resolvers.identity.passwords import change, request_reset, reset
from resolvers.identity.sessions import sign_in, sign_out
from resolvers.mutations.access_reviews import mutations as access_review_mutations
from resolvers.mutations.api_clients import mutations as api_client_mutations
from resolvers.mutations.onboarding import contract_account as contract_account_onboarding
from resolvers.mutations.onboarding import delivery_account as delivery_account_onboarding
from resolvers.mutations.onboarding import organization as organization_onboarding
from resolvers.mutations.onboarding import service as service_onboarding
from resolvers.mutations.onboarding.contract_account import NewContractAccount
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount
from resolvers.mutations.onboarding.organization import FirstAdmin, NewOrganization
from resolvers.mutations.onboarding.service import NewService
from resolvers.mutations.onboarding.service_import import ImportOptions, ServiceLine, ServiceLines, import_services
from resolvers.mutations.users.activate import activate
from resolvers.mutations.users.invite import Invitations, invite
from resolvers.mutations.users.lifecycle import remove, resend_activation, restore
from resolvers.mutations.users.update import UserChange, update
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from schema.operations import Operations
from tests.support.passwords import NEW, SAM, VISITOR, link_token, newest_token
from tests.support.resolver_fixtures import (
    EAST,
    PEAR,
    SOUTH,
    acme,
    caller,
    client_of,
    contents,
    make,
    new_user,
    rows,
    run,
)

Mutation = Callable[[], Awaitable[Any]]
ADA, PAT, ROB = "ada@acme.example", "pat@acme.example", "rob@acme.example"


class Cut:
    """Ends the connection that runs the statement number `after`, once PostgreSQL has done it."""

    def __init__(self, killer: asyncpg.Connection) -> None:
        self.killer, self.after, self.statements = killer, 0, 0

    def arm(self, after: int) -> None:
        self.after, self.statements = after, 0

    async def count(self, connection: AsyncConnection) -> None:
        self.statements += 1
        if self.statements == self.after:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            assert await self.killer.fetchval("SELECT pg_terminate_backend($1, 5000)", driver.get_server_pid())


@pytest_asyncio.fixture
async def writing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MutationContext]:
    """The demo world, where hashing passwords and asking for a reset take no time."""
    monkeypatch.setattr(passwords, "TICK", 0.001)
    async with acme(database_url) as world:
        monkeypatch.setattr(hashing, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024))
        quick = await hashing.hash_password(PASSWORD)
        await run(world, "UPDATE users SET password_hash = :quick WHERE email = :sam", quick=quick, sam=SAM)
        yield world


@pytest_asyncio.fixture
async def cut(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cut]:
    """Not armed yet."""
    killer = await asyncpg.connect(normalized(database_url))
    scissors, execute = Cut(killer), AsyncConnection.execute

    async def counted(connection: AsyncConnection, *given: Any, **options: Any) -> Any:
        result = await execute(connection, *given, **options)
        await scissors.count(connection)
        return result

    monkeypatch.setattr(AsyncConnection, "execute", counted)
    yield scissors
    await killer.close()


async def of_ada(writing: MutationContext, work: Callable[[UnitOfWork], Awaitable[Any]], who: str = ADA) -> Mutation:
    actor = await caller(writing, who)
    return lambda: run_in_transaction(writing, actor, work)


async def of_staff(writing: MutationContext, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Mutation:
    return await of_ada(writing, work, "staff@portico.example")


async def create_user(writing: MutationContext) -> Mutation:
    ada = await caller(writing, ADA)
    return lambda: make(writing, ada, new_user(permissions=(), contract_accounts=(SOUTH, EAST)))


async def update_user(writing: MutationContext) -> Mutation:
    sue = named_key("sue@acme.example")
    [found] = await rows(writing, "SELECT version FROM users WHERE id = :id", id=sue)
    wish = UserChange(found.version, {"last_name": "Other"}, {"contract_accounts": (EAST,)})
    return await of_ada(writing, lambda work: update(work, sue, wish))


async def activate_user(writing: MutationContext) -> Mutation:
    token = await newest_token(writing, PAT)
    return lambda: run_in_transaction(writing, VISITOR, lambda work: activate(work, token, NEW))


async def reset_password(writing: MutationContext) -> Mutation:
    token = await link_token(writing)
    return lambda: run_in_transaction(writing, VISITOR, lambda work: reset(work, token, NEW))


async def request_password_reset(writing: MutationContext) -> Mutation:
    # Each request counts, also one that fails.
    return lambda: request_reset(replace(writing, limits=RateLimiter()), VISITOR, SAM)


async def change_password(writing: MutationContext) -> Mutation:
    sam: Caller = await caller(writing, SAM)
    return lambda: change(writing, sam, PASSWORD, NEW)


async def start_session(writing: MutationContext) -> Mutation:
    return lambda: sign_in(writing, VISITOR, SAM, PASSWORD)


async def import_file(writing: MutationContext) -> Mutation:
    line = ServiceLine(2, "SVC-000100", "Internet access", "ACTIVE", "Initech", "PEAR Corp", "Utrecht", "NL")
    given, options = ServiceLines([line]), ImportOptions(create_accounts=True)
    return lambda: import_services(writing, Caller(address="cli"), ACME, given, options)


TWO = Invitations(("a@new.example", "b@new.example"), AccountAccess(Audience.ORGANIZATION, contract_accounts=(SOUTH,)))
INITECH = NewOrganization(
    "Initech",
    FirstAdmin("peter@initech.example", "Peter", "Gibbons"),
    (NewContractAccount("Initech Holding"),),
    (NewDeliveryAccount("Initech Europe"),),
)
SERVICE = NewService("SVC-000100", "Internet access", "Utrecht", "NL", SOUTH, PEAR)
OWN = named_key(ACME)


async def sign_off_access_review(writing: MutationContext) -> Mutation:
    made = await (await of_ada(writing, lambda work: access_review_mutations.create(work, OWN)))()
    return await of_ada(writing, lambda work: access_review_mutations.sign_off(work, made, "Looked at"))


async def rotate_secret(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    return await of_ada(writing, lambda work: api_client_mutations.rotate_secret(work, client))


async def retire_secret(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    await (await of_ada(writing, lambda work: api_client_mutations.rotate_secret(work, client)))()
    [first, _] = await rows(writing, "SELECT id FROM api_client_secrets WHERE api_client_id = :id", id=client)
    return await of_ada(writing, lambda work: api_client_mutations.retire_secret(work, client, first.id))


async def revoke_client(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    return await of_ada(writing, lambda work: api_client_mutations.revoke(work, client))


MUTATIONS: dict[str, tuple[Callable[[MutationContext], Awaitable[Mutation]], str, int]] = {
    "createUser": (create_user, "user.created", 1),
    "inviteUsers": (lambda writing: of_ada(writing, lambda work: invite(work, TWO)), "user.invited user.invited", 2),
    "createOrganization": (
        lambda writing: of_staff(writing, lambda work: organization_onboarding.create(work, INITECH)),
        "organization.created contract_account.created delivery_account.created user.created",
        1,
    ),
    "createContractAccount": (
        lambda writing: of_staff(
            writing, lambda work: contract_account_onboarding.create(work, OWN, NewContractAccount("New"))
        ),
        "contract_account.created",
        0,
    ),
    "createDeliveryAccount": (
        lambda writing: of_staff(
            writing, lambda work: delivery_account_onboarding.create(work, OWN, NewDeliveryAccount("New"))
        ),
        "delivery_account.created",
        0,
    ),
    "createAccessReview": (
        lambda writing: of_ada(writing, lambda work: access_review_mutations.create(work, OWN)),
        "access_review.created",
        0,
    ),
    "signOffAccessReview": (sign_off_access_review, "access_review.signed_off", 0),
    "createApiClient": (
        lambda writing: of_ada(writing, lambda work: api_client_mutations.create(work, "Export", [Scope.BASIC_READ])),
        "api_client.created",
        0,
    ),
    "rotateApiClientSecret": (rotate_secret, "api_client.secret_rotated", 0),
    "retireApiClientSecret": (retire_secret, "api_client.secret_retired", 0),
    "revokeApiClient": (revoke_client, "api_client.revoked", 0),
    "createService": (
        lambda writing: of_staff(writing, lambda work: service_onboarding.create(work, OWN, SERVICE)),
        "service.created",
        0,
    ),
    "import-services": (import_file, "contract_account.created services.imported", 0),
    "updateUser": (update_user, "user.updated", 0),
    "resendActivation": (
        lambda writing: of_ada(writing, lambda work: resend_activation(work, named_key(PAT))),
        "user.activation_resent",
        1,
    ),
    "removeUser": (lambda writing: of_ada(writing, lambda work: remove(work, named_key(PAT))), "user.removed", 0),
    "restoreUser": (lambda writing: of_ada(writing, lambda work: restore(work, named_key(ROB))), "user.restored", 1),
    "activateUser": (activate_user, "user.activated", 0),
    "requestPasswordReset": (request_password_reset, "user.password_reset_requested", 1),
    "resetPassword": (reset_password, "user.password_reset", 0),
    "changePassword": (change_password, "user.password_changed", 0),
    "signIn": (start_session, "session.started", 0),
    "signOut": (lambda writing: of_ada(writing, sign_out), "session.ended", 0),
}
"""Of each mutation: how to begin it, the kinds of what it leaves in the audit trail, and how many mails it sends."""


async def trail(writing: MutationContext) -> Counter[str]:
    """How often each kind stands in the audit trail, and how many mails were written."""
    kinds = Counter(row.kind for row in await rows(writing, "SELECT kind FROM audit_events"))
    return kinds + Counter(mails=len(await rows(writing, "SELECT 1 FROM outbox_mails")))


def test_no_mutation_of_the_schema_is_left_out() -> None:
    root = Operations().schema.mutation_type
    assert root is not None
    assert set(root.fields) <= set(MUTATIONS)


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_cut_connection_leaves_all_or_nothing(writing: MutationContext, cut: Cut, name: str) -> None:
    begin, kinds, mails = MUTATIONS[name]
    mutation = await begin(writing)
    before, told = await contents(writing), await trail(writing)
    statement, failed, complete = 0, 0, False
    while not complete:
        statement += 1
        cut.arm(after=statement)
        try:
            await mutation()
        except DATABASE_AWAY:
            failed += 1
            cut.arm(after=0)
            assert await contents(writing) == before, f"cut after statement {statement}"
            continue
        # What was only read before the transaction may be cut, and nothing is lost.
        complete = cut.statements < statement
        cut.arm(after=0)
        now = await trail(writing)
        assert now - told == Counter(kinds.split()) + Counter(mails=mails), f"cut after statement {statement}"
        before, told = await contents(writing), now
    assert failed > 2
