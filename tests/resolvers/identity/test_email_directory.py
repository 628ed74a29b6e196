"""The directory of emails: every user is in it, and whoever looks for the user of an email asks it."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from app.database.pools import normalize_url
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import PLATFORM
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_email_as_actor
from resolvers.errors import MutationRejected
from resolvers.identity.passwords import request_password_reset
from resolvers.identity.sessions import sign_in
from resolvers.transaction.context import MutationContext
from tests.support.migrations.steps import migrate_to, revision_before
from tests.support.resolver_fixtures import caller, make, new_user, rows, run

ADA, STAFF = "ada@acme.example", "staff@portico.example"
DIRECTORY = "SELECT email, tenant_id, user_id FROM emails ORDER BY email"
USERS = "SELECT email, tenant_id, id FROM users ORDER BY email"


async def entries(writing: MutationContext) -> dict[str, tuple[UUID, UUID]]:
    return {row.email: (row.tenant_id, row.user_id) for row in await rows(writing, DIRECTORY)}


async def test_every_user_is_in_it(writing: MutationContext) -> None:
    user_id = await make(writing, await caller(writing, ADA), new_user("nora@acme.example"))
    found = await entries(writing)
    assert found["nora@acme.example"] == (named_key(ACME), user_id)
    assert found[STAFF] == (PLATFORM, named_key(STAFF))
    assert [tuple(row) for row in await rows(writing, DIRECTORY)] == [tuple(row) for row in await rows(writing, USERS)]


@pytest.mark.one_server("nothing enters the users whom other programs add")
async def test_it_follows_the_users_of_other_programs(writing: MutationContext) -> None:
    new, other = uuid4(), "other@acme.example"
    insert = "INSERT INTO users (id, organization_id, email) VALUES (:id, :organization, 'new@acme.example')"
    await run(writing, insert, id=new, organization=named_key(ACME))
    assert (await entries(writing))["new@acme.example"] == (named_key(ACME), new)
    await run(writing, "UPDATE users SET email = :other WHERE id = :id", other=other, id=new)
    found = await entries(writing)
    assert found[other] == (named_key(ACME), new)
    assert "new@acme.example" not in found
    await run(writing, "DELETE FROM users WHERE id = :id", id=new)
    assert other not in await entries(writing)


async def test_an_email_that_is_entered_is_taken(writing: MutationContext) -> None:
    """As where the users of another tenant are on another machine, whose keys don't tell."""
    await run(writing, "UPDATE emails SET email = 'nora@acme.example' WHERE email = 'max@globex.example'")
    before = await rows(writing, USERS)
    with pytest.raises(MutationRejected) as rejected:
        await make(writing, await caller(writing, ADA), new_user("nora@acme.example"))
    assert [problem.code for problem in rejected.value.problems] == ["EMAIL_TAKEN"]
    assert await rows(writing, USERS) == before


async def test_look_ups_by_email_ask_it(writing: MutationContext, short_tick: None) -> None:
    assert (await sign_in(writing, Caller(), ADA, "portico-demo")).actor.id == named_key(ADA)
    await run(writing, "UPDATE emails SET email = 'countess@acme.example' WHERE email = :email", email=ADA)
    with pytest.raises(MutationRejected):
        await sign_in(writing, Caller(), ADA, "portico-demo")
    await request_password_reset(writing, Caller(), ADA)
    assert await rows(writing, "SELECT 1 FROM one_time_tokens WHERE purpose = 'PASSWORD_RESET'") == []
    async with writing.engine.connect() as connection:
        assert await load_email_as_actor(connection, ADA) is None


@pytest.mark.one_server("no database was distributed before the migration 0048")
async def test_the_migration_enters_the_users_who_are_there(demo_database_url: str) -> None:
    await migrate_to(demo_database_url, revision_before("0039"))
    await migrate_to(demo_database_url, "head")
    connection = await asyncpg.connect(normalize_url(demo_database_url))
    try:
        found = await connection.fetch(DIRECTORY)
        assert found
        assert [tuple(row) for row in found] == [tuple(row) for row in await connection.fetch(USERS)]
    finally:
        await connection.close()
