"""A mutation whose connection is cut, after whichever statement, is done as a whole or not at all.

No half mutation, no mutation without its audit row, no mail without its mutation.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.errors import DATABASE_ERRORS
from app.database.pools import normalize_url
from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from models import Audience, Scope
from resolvers.access.account_access import AccountAccess
from resolvers.callers.caller import Caller
from resolvers.identity import argon2id, hashing, passwords
from resolvers.identity.passwords import change_password, request_password_reset, reset_password
from resolvers.identity.sessions import end_other_sessions, end_session, sign_in, sign_out
from resolvers.mutations.access_requests import decide
from resolvers.mutations.access_requests.request import NewRequest, request_access
from resolvers.mutations.access_reviews.mutations import create_access_review, sign_off_access_review
from resolvers.mutations.access_reviews.recorder import record_next
from resolvers.mutations.api_clients.mutations import (
    create_api_client,
    retire_api_client_secret,
    revoke_api_client,
    rotate_api_client_secret,
)
from resolvers.mutations.onboarding.contract_account import NewContractAccount, create_contract_account
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount, create_delivery_account
from resolvers.mutations.onboarding.organization import FirstAdmin, NewOrganization, create_organization
from resolvers.mutations.onboarding.service import NewService, create_service
from resolvers.mutations.onboarding.service_import import ImportOptions, ServiceLine, ServiceLines, import_services
from resolvers.mutations.users.activate import activate_user
from resolvers.mutations.users.invite import Invitations, invite_in_transaction
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
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

pytestmark = pytest.mark.invariant("atomic_mutations")

Mutation = Callable[[], Awaitable[Any]]
ADA, PAT, ROB = "ada@acme.example", "pat@acme.example", "rob@acme.example"


class Cut:
    """Ends the connection that runs statement number `after`, once PostgreSQL has executed it."""

    def __init__(self, killer: asyncpg.Connection) -> None:
        self.killer, self.after, self.statements = killer, 0, 0

    def arm(self, after: int) -> None:
        self.after, self.statements = after, 0

    async def count(self, connection: AsyncConnection) -> None:
        if connection.sync_engine.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            # A statement that is a transaction of its own is all or nothing anyway.
            return
        self.statements += 1
        if self.statements == self.after:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            assert await self.killer.fetchval("SELECT pg_terminate_backend($1, 5000)", driver.get_server_pid())


@pytest_asyncio.fixture
async def writing(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MutationContext]:
    """The demo data, where hashing passwords and requesting a reset take no time."""
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 0.001)
    async with acme(demo_database_url) as world:
        monkeypatch.setattr(argon2id, "PARAMETERS", replace(argon2id.PARAMETERS, time_cost=1, memory_cost=1024))
        quick = await hashing.hash_password(PASSWORD)
        await run(world, "UPDATE users SET password_hash = :quick WHERE email = :sam", quick=quick, sam=SAM)
        yield world


@pytest_asyncio.fixture
async def cut(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cut]:
    """Not armed yet."""
    killer = await asyncpg.connect(normalize_url(demo_database_url))
    scissors = Cut(killer)

    def counted(execute: Callable[..., Any]) -> Callable[..., Any]:
        async def run_and_count(connection: AsyncConnection, *given: Any, **options: Any) -> Any:
            result = await execute(connection, *given, **options)
            await scissors.count(connection)
            return result

        return run_and_count

    for name in ("execute", "exec_driver_sql"):
        monkeypatch.setattr(AsyncConnection, name, counted(getattr(AsyncConnection, name)))
    yield scissors
    await killer.close()


async def of_ada(writing: MutationContext, work: Callable[[UnitOfWork], Awaitable[Any]], who: str = ADA) -> Mutation:
    actor = await caller(writing, who)
    return lambda: run_in_transaction(writing, actor, work)


async def of_staff(writing: MutationContext, work: Callable[[UnitOfWork], Awaitable[Any]]) -> Mutation:
    return await of_ada(writing, work, "staff@portico.example")


async def begin_create_user(writing: MutationContext) -> Mutation:
    ada = await caller(writing, ADA)
    return lambda: make(writing, ada, new_user(permissions=(), contract_accounts=(SOUTH, EAST)))


async def begin_update_user(writing: MutationContext) -> Mutation:
    sue = named_key("sue@acme.example")
    [found] = await rows(writing, "SELECT version FROM users WHERE id = :id", id=sue)
    wish = UserChange(found.version, {"last_name": "Other"}, {"contract_accounts": (EAST,)})
    return await of_ada(writing, lambda work: update_user(work, sue, wish))


async def begin_activate_user(writing: MutationContext) -> Mutation:
    token = await newest_token(writing, PAT)
    return lambda: activate_user(writing, VISITOR, token, NEW)


async def begin_reset_password(writing: MutationContext) -> Mutation:
    token = await link_token(writing)
    return lambda: reset_password(writing, VISITOR, token, NEW)


async def begin_request_password_reset(writing: MutationContext) -> Mutation:
    # Each request counts, also one that fails.
    return lambda: request_password_reset(replace(writing, limits=RateLimiter()), VISITOR, SAM)


async def begin_change_password(writing: MutationContext) -> Mutation:
    sam: Caller = await caller(writing, SAM)
    return lambda: change_password(writing, sam, PASSWORD, NEW)


async def begin_sign_in(writing: MutationContext) -> Mutation:
    return lambda: sign_in(writing, VISITOR, SAM, PASSWORD)


async def begin_end_session(writing: MutationContext) -> Mutation:
    other = await sign_in(writing, VISITOR, SAM, PASSWORD)
    return await of_ada(writing, lambda work: end_session(work, other.session_id), SAM)


async def begin_end_other_sessions(writing: MutationContext) -> Mutation:
    await sign_in(writing, VISITOR, SAM, PASSWORD)
    return await of_ada(writing, end_other_sessions, SAM)


async def begin_import_services(writing: MutationContext) -> Mutation:
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


async def begin_sign_off_access_review(writing: MutationContext) -> Mutation:
    made = await (await of_ada(writing, lambda work: create_access_review(work, OWN)))()
    assert await record_next(writing, Caller())
    return await of_ada(writing, lambda work: sign_off_access_review(work, made, "Looked at"))


async def begin_rotate_api_client_secret(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    return await of_ada(writing, lambda work: rotate_api_client_secret(work, client))


async def begin_retire_api_client_secret(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    await (await of_ada(writing, lambda work: rotate_api_client_secret(work, client)))()
    [first, _] = await rows(writing, "SELECT id FROM api_client_secrets WHERE api_client_id = :id", id=client)
    return await of_ada(writing, lambda work: retire_api_client_secret(work, client, first.id))


async def begin_revoke_api_client(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    return await of_ada(writing, lambda work: revoke_api_client(work, client))


async def begin_request_access(writing: MutationContext) -> Mutation:
    wish = NewRequest("For the audit", contract_account="ACME East")
    return await of_ada(writing, lambda work: request_access(work, wish), "sue@acme.example")


async def on_request(
    writing: MutationContext, do: Callable[..., Awaitable[Any]], *how: Any, who: str = ADA
) -> Mutation:
    request = await (await begin_request_access(writing))()
    return await of_ada(writing, lambda work: do(work, request, *how), who)


MUTATIONS: dict[str, tuple[Callable[[MutationContext], Awaitable[Mutation]], str, int]] = {
    "createUser": (begin_create_user, "user.created", 1),
    "inviteUsers": (
        lambda writing: of_ada(writing, lambda work: invite_in_transaction(work, TWO)),
        "user.invited user.invited",
        2,
    ),
    "createOrganization": (
        lambda writing: of_staff(writing, lambda work: create_organization(work, INITECH)),
        "organization.created contract_account.created delivery_account.created user.created",
        1,
    ),
    "createContractAccount": (
        lambda writing: of_staff(writing, lambda work: create_contract_account(work, OWN, NewContractAccount("New"))),
        "contract_account.created",
        0,
    ),
    "createDeliveryAccount": (
        lambda writing: of_staff(writing, lambda work: create_delivery_account(work, OWN, NewDeliveryAccount("New"))),
        "delivery_account.created",
        0,
    ),
    "createAccessReview": (
        lambda writing: of_ada(writing, lambda work: create_access_review(work, OWN)),
        "access_review.created",
        0,
    ),
    "signOffAccessReview": (begin_sign_off_access_review, "access_review.signed_off", 0),
    "createApiClient": (
        lambda writing: of_ada(writing, lambda work: create_api_client(work, "Export", [Scope.BASIC_READ])),
        "api_client.created",
        0,
    ),
    "rotateApiClientSecret": (begin_rotate_api_client_secret, "api_client.secret_rotated", 0),
    "retireApiClientSecret": (begin_retire_api_client_secret, "api_client.secret_retired", 0),
    "revokeApiClient": (begin_revoke_api_client, "api_client.revoked", 0),
    "requestAccess": (begin_request_access, "access_request.created", 0),
    "approveAccessRequest": (
        lambda writing: on_request(writing, decide.approve_access_request, decide.Approval()),
        "user.updated access_request.approved",
        1,
    ),
    "declineAccessRequest": (
        lambda writing: on_request(writing, decide.decline_access_request, "Not now"),
        "access_request.declined",
        1,
    ),
    "withdrawAccessRequest": (
        lambda writing: on_request(writing, decide.withdraw_access_request, who="sue@acme.example"),
        "access_request.withdrawn",
        0,
    ),
    "createService": (
        lambda writing: of_staff(writing, lambda work: create_service(work, OWN, SERVICE)),
        "service.created",
        0,
    ),
    "import-services": (begin_import_services, "contract_account.created services.imported", 0),
    "updateUser": (begin_update_user, "user.updated", 0),
    "resendActivation": (
        lambda writing: of_ada(writing, lambda work: resend_activation(work, named_key(PAT))),
        "user.activation_resent",
        1,
    ),
    "removeUser": (lambda writing: of_ada(writing, lambda work: remove_user(work, named_key(PAT))), "user.removed", 0),
    "restoreUser": (
        lambda writing: of_ada(writing, lambda work: restore_user(work, named_key(ROB))),
        "user.restored",
        1,
    ),
    "activateUser": (begin_activate_user, "user.activated", 0),
    "requestPasswordReset": (begin_request_password_reset, "user.password_reset_requested", 1),
    "resetPassword": (begin_reset_password, "user.password_reset", 0),
    "changePassword": (begin_change_password, "user.password_changed", 0),
    "signIn": (begin_sign_in, "session.started", 0),
    "signOut": (lambda writing: of_ada(writing, sign_out), "session.ended", 0),
    "endSession": (begin_end_session, "session.ended", 0),
    "endOtherSessions": (begin_end_other_sessions, "session.ended", 0),
}
"""For each mutation: how to run it, the kinds of its audit events, and the number of its mails."""


async def trail(writing: MutationContext) -> Counter[str]:
    """The number of audit events of each kind, and the number of mails."""
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
        except DATABASE_ERRORS:
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
    # At least one for the change, and one for its audit event.
    assert failed > 1
