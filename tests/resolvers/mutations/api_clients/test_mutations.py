"""API clients: creation, overlapping secrets, revocation, and that a client can do no more than its owner."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from app.demo.fixed_ids import named_key
from models import Scope, new_id
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import AccessToken
from resolvers.callers.load_actor import load_actor
from resolvers.errors import MutationRejected
from resolvers.identity.hashing import token_hash
from resolvers.identity.passwords import change_password
from resolvers.mutations.api_clients.mutations import (
    MAX_CLIENTS,
    NewSecret,
    create_api_client,
    retire_api_client_secret,
    revoke_api_client,
    rotate_api_client_secret,
)
from resolvers.mutations.users.lifecycle import remove_user, restore_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.resolver_fixtures import (
    acting,
    caller,
    changes_of,
    client_of,
    contents,
    make,
    new_user,
    problems,
    rows,
    run,
    token_of,
)

pytestmark = pytest.mark.invariant("removed_users")

ADA, SAM, BEN, SUE = (f"{name}@acme.example" for name in ("ada", "sam", "ben", "sue"))
NAME = "Nightly export"


async def create_client(writing: MutationContext, email: str = ADA, name: str = NAME, *scopes: Scope) -> NewSecret:
    actor = await caller(writing, email)
    return await run_in_transaction(
        writing, actor, lambda work: create_api_client(work, name, scopes or (Scope.BASIC_READ,))
    )


async def secrets_of(writing: MutationContext, client_id: UUID) -> list[UUID]:
    statement = (
        "SELECT id FROM api_client_secrets WHERE api_client_id = :id AND retired_at IS NULL ORDER BY created_at, id"
    )
    return [row.id for row in await rows(writing, statement, id=client_id)]


async def is_alive(writing: MutationContext, token: AccessToken) -> bool:
    async with writing.engine.connect() as connection:
        return await load_actor(connection, token, timedelta(hours=1)) is not None


async def test_a_user_with_the_permission_creates_clients(writing: MutationContext) -> None:
    new = await create_client(writing, ADA, f"  {NAME} ", Scope.USERS_WRITE, Scope.BASIC_READ, Scope.BASIC_READ)
    [client] = await rows(writing, "SELECT * FROM api_clients")
    assert (client.id, client.owner_id, client.name) == (new.client_id, named_key(ADA), NAME)
    assert client.scopes == ["basic.read", "users.write"]
    [secret] = await rows(writing, "SELECT * FROM api_client_secrets")
    assert (secret.secret_hash, secret.hint) == (token_hash(new.secret), new.secret[-4:])
    [changes] = await changes_of(writing, "api_client.created", new.client_id)
    assert changes == {
        "name": [None, NAME],
        "scopes": [None, ["basic.read", "users.write"]],
        "owner": [None, f"usr_{named_key(ADA)}"],
    }
    for table in await contents(writing):
        assert new.secret not in str(await rows(writing, f"SELECT to_jsonb(t)::text FROM {table} t"))


@pytest.mark.parametrize("email", [SAM, BEN, "dan@pear.example", "staff@portico.example"])
async def test_other_users_cannot_create_clients(shared: MutationContext, email: str) -> None:
    with pytest.raises(MutationRejected) as rejection:
        await create_client(shared, email)
    assert problems(rejection.value) == [("FORBIDDEN", "")]


@pytest.mark.parametrize(
    ("name", "scopes", "expected"),
    [
        ("", [Scope.BASIC_READ], [("INVALID", "input.name")]),
        ("  ", [], [("INVALID", "input.name"), ("INVALID", "input.scopes")]),
        ("two\nlines", [Scope.BASIC_READ], [("INVALID", "input.name")]),
        ("n" * 101, [Scope.BASIC_READ], [("INVALID", "input.name")]),
    ],
)
async def test_all_input_problems_are_reported_together(
    shared: MutationContext, name: str, scopes: list[Scope], expected: list[tuple[str, str]]
) -> None:
    actor = await caller(shared, ADA)
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(shared, actor, lambda work: create_api_client(work, name, scopes))
    assert problems(rejection.value) == expected


async def test_the_number_of_clients_is_limited_even_for_concurrent_requests(writing: MutationContext) -> None:
    await create_client(writing)
    more = (
        "INSERT INTO api_clients (id, organization_id, owner_id, name, scopes) "
        "SELECT gen_random_uuid(), organization_id, owner_id, 'More', scopes "
        "FROM api_clients, generate_series(1, :more)"
    )
    await run(writing, more, more=MAX_CLIENTS - 2)
    results = await asyncio.gather(*(create_client(writing) for _ in range(3)), return_exceptions=True)
    rejections = [result for result in results if isinstance(result, MutationRejected)]
    assert [problems(rejection) for rejection in rejections] == [[("LIMIT_REACHED", "")]] * 2
    assert len(await rows(writing, "SELECT id FROM api_clients")) == MAX_CLIENTS


async def test_a_second_secret_overlaps_with_the_first(writing: MutationContext) -> None:
    new, actor = await create_client(writing), await caller(writing, ADA)
    [first] = await secrets_of(writing, new.client_id)
    with pytest.raises(MutationRejected) as last:
        await run_in_transaction(writing, actor, lambda work: retire_api_client_secret(work, new.client_id, first))
    assert problems(last.value) == [("LAST_SECRET", "input.secret")]
    rotated = await run_in_transaction(writing, actor, lambda work: rotate_api_client_secret(work, new.client_id))
    assert rotated.client_id == new.client_id
    assert rotated.secret != new.secret
    _, second = await secrets_of(writing, new.client_id)
    with pytest.raises(MutationRejected) as third:
        await run_in_transaction(writing, actor, lambda work: rotate_api_client_secret(work, new.client_id))
    assert problems(third.value) == [("LIMIT_REACHED", "input.id")]
    await run_in_transaction(writing, actor, lambda work: retire_api_client_secret(work, new.client_id, first))
    assert await secrets_of(writing, new.client_id) == [second]
    with pytest.raises(MutationRejected) as again:
        await run_in_transaction(writing, actor, lambda work: retire_api_client_secret(work, new.client_id, first))
    assert problems(again.value) == [("NOT_FOUND", "input.secret")]
    hints = new.secret[-4:], rotated.secret[-4:]
    assert await changes_of(writing, "api_client.secret_rotated", new.client_id) == [{"secretHint": [None, hints[1]]}]
    assert await changes_of(writing, "api_client.secret_retired", new.client_id) == [{"secretHint": [hints[0], None]}]


async def test_of_two_concurrent_retirements_one_is_rejected(writing: MutationContext) -> None:
    new, actor = await create_client(writing), await caller(writing, ADA)
    await run_in_transaction(writing, actor, lambda work: rotate_api_client_secret(work, new.client_id))
    both = await secrets_of(writing, new.client_id)
    results = await asyncio.gather(
        *(
            run_in_transaction(
                writing, actor, partial(retire_api_client_secret, client_id=new.client_id, secret_id=secret_id)
            )
            for secret_id in both
        ),
        return_exceptions=True,
    )
    assert [problems(result) for result in results if isinstance(result, MutationRejected)] == [
        [("LAST_SECRET", "input.secret")]
    ]
    assert len(await secrets_of(writing, new.client_id)) == 1


async def test_revocation_is_permanent(writing: MutationContext) -> None:
    client_id, actor = await client_of(writing, ADA), await caller(writing, ADA)
    token = token_of(client_id)
    assert await is_alive(writing, token)
    await run_in_transaction(writing, actor, lambda work: revoke_api_client(work, client_id))
    assert not await is_alive(writing, token)
    for change in (revoke_api_client, rotate_api_client_secret):
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(writing, actor, partial(change, client_id=client_id))
        assert problems(rejection.value) == [("ALREADY_REVOKED", "input.id")]
    assert len(await changes_of(writing, "api_client.revoked", client_id)) == 1


async def test_an_admin_who_may_change_the_owner_may_only_revoke(writing: MutationContext) -> None:
    client_id = await client_of(writing, SUE)
    await run(writing, "UPDATE users SET version = version + 1")
    sam = await caller(writing, SAM)
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(writing, sam, lambda work: rotate_api_client_secret(work, client_id))
    assert problems(rejection.value) == [("FORBIDDEN", "input.id")]
    ben = await caller(writing, BEN)
    for unknown_id in (client_id, new_id(), None):
        with pytest.raises(MutationRejected) as unseen:
            await run_in_transaction(writing, ben, partial(revoke_api_client, client_id=unknown_id))
        assert problems(unseen.value) == [("NOT_FOUND", "input.id")]
    await run_in_transaction(writing, sam, lambda work: revoke_api_client(work, client_id))
    assert not await is_alive(writing, token_of(client_id))


async def test_removing_the_owner_revokes_the_clients_permanently(writing: MutationContext) -> None:
    client_id, other = await client_of(writing, SUE), await client_of(writing, BEN)
    ada = await caller(writing, ADA)
    await run_in_transaction(writing, ada, lambda work: remove_user(work, named_key(SUE)))
    assert not await is_alive(writing, token_of(client_id))
    assert await is_alive(writing, token_of(other))
    await run_in_transaction(writing, ada, lambda work: restore_user(work, named_key(SUE)))
    await run(
        writing, "UPDATE users SET activated_at = now(), password_hash = 'argon2' WHERE email = :email", email=SUE
    )
    assert not await is_alive(writing, token_of(client_id))
    assert len(await changes_of(writing, "api_client.revoked", client_id)) == 1


async def test_a_client_created_during_the_removal_of_its_owner_is_not_active(
    writing: MutationContext,
) -> None:
    await run(
        writing,
        "INSERT INTO user_permissions (user_id, organization_id, permission) "
        "SELECT id, organization_id, 'DEVELOPER_PORTAL' FROM users WHERE email = :email",
        email=SUE,
    )
    sue, ada = await caller(writing, SUE), await caller(writing, ADA)
    creating = run_in_transaction(writing, sue, lambda work: create_api_client(work, NAME, [Scope.BASIC_READ]))
    removing = run_in_transaction(writing, ada, lambda work: remove_user(work, named_key(SUE)))
    await asyncio.gather(creating, removing, return_exceptions=True)
    assert await rows(writing, "SELECT id FROM api_clients WHERE revoked_at IS NULL") == []


async def test_a_client_acts_for_its_owner_and_both_are_audited(writing: MutationContext) -> None:
    client_id = await client_of(writing, ADA)
    user_id = await make(writing, await acting(writing, token_of(client_id)), new_user())
    events = "SELECT actor_id, api_client_id FROM audit_events WHERE subject_id = :id"
    [event] = await rows(writing, events, id=user_id)
    assert (event.actor_id, event.api_client_id) == (named_key(ADA), client_id)


@pytest.mark.parametrize("scopes", [[Scope.BASIC_READ], [Scope.BASIC_READ, Scope.BILLING_READ], []])
async def test_a_client_without_the_scope_changes_nothing(writing: MutationContext, scopes: list[Scope]) -> None:
    client_id = await client_of(writing, ADA)
    with pytest.raises(MutationRejected):
        await make(writing, await acting(writing, token_of(client_id, scopes)), new_user())
    assert await rows(writing, "SELECT id FROM users WHERE email = 'nora@acme.example'") == []


async def test_a_token_cannot_exceed_the_scopes_of_its_client(writing: MutationContext) -> None:
    client_id = await client_of(writing, ADA, [Scope.BASIC_READ])
    actor = await acting(writing, token_of(client_id, Scope))
    assert actor.actor is not None
    assert actor.actor.traits.scopes == {Scope.BASIC_READ}


async def test_a_client_cannot_manage_clients_or_passwords(writing: MutationContext) -> None:
    client_id = await client_of(writing, ADA)
    actor = await acting(writing, token_of(client_id))
    for change in (
        lambda work: create_api_client(work, NAME, [Scope.BASIC_READ]),
        lambda work: rotate_api_client_secret(work, client_id),
        lambda work: revoke_api_client(work, client_id),
    ):
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(writing, actor, change)
        assert [code for code, _ in problems(rejection.value)] == ["FORBIDDEN"]
    with pytest.raises(MutationRejected) as password:
        await change_password(writing, actor, "portico-demo", "a lamp, 4 herons & rain")
    assert problems(password.value) == [("FORBIDDEN", "")]


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE users SET removed_at = now() WHERE email = 'ada@acme.example'",
        "DELETE FROM user_permissions WHERE permission = 'DEVELOPER_PORTAL'",
        "UPDATE user_permissions SET ends_at = now() WHERE permission = 'DEVELOPER_PORTAL'",
        "UPDATE api_clients SET revoked_at = now()",
        """INSERT INTO revoked_access_tokens (id, organization_id, api_client_id, expires_at)
        SELECT :token, organization_id, id, now() FROM api_clients""",
    ],
)
async def test_a_token_is_invalid_once_its_client_loses_access(writing: MutationContext, end: str) -> None:
    token = token_of(await client_of(writing, ADA))
    actor = await acting(writing, token)
    await run(writing, end, **({"token": token.id} if ":token" in end else {}))
    with pytest.raises(MutationRejected) as rejection:
        await make(writing, actor, new_user())
    assert problems(rejection.value) == [("UNAUTHENTICATED", "")]


async def test_a_client_without_its_token_is_unauthenticated(writing: MutationContext) -> None:
    actor = await acting(writing, token_of(await client_of(writing, ADA)))
    with pytest.raises(MutationRejected) as rejection:
        await make(writing, replace(actor, credential=None), new_user())
    assert problems(rejection.value) == [("UNAUTHENTICATED", "")]


async def test_an_expired_token_is_unauthenticated(writing: MutationContext) -> None:
    token = token_of(await client_of(writing, ADA))
    late = replace(token, expires_at=token.expires_at - timedelta(hours=2))
    assert not await is_alive(writing, late)
    actor: Caller = replace(await acting(writing, token), credential=late)
    with pytest.raises(MutationRejected) as rejection:
        await make(writing, actor, new_user())
    assert problems(rejection.value) == [("UNAUTHENTICATED", "")]
