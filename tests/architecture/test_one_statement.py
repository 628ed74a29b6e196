"""A query is exactly one SQL statement, whatever its shape; a mutation of many users takes as many statements as a
mutation of one."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asyncpg.connection import Connection
from sqlalchemy import event

from app.database.read_session import ReadSession
from resolvers.query.plan_choice import Choice, PlanChoices
from tests.support.golden_plans import QUERIES, read_case
from tests.support.server import Client, add_demo_world, serving

pytestmark = pytest.mark.invariant("one_statement")

MANY_FIELDS = "{ services { nodes { " + " ".join(f"f{index}: name" for index in range(90)) + " } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as client:
        yield client


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement sent from now on, by asyncpg's own calls, by the reader's sessions or by SQLAlchemy."""
    sent: list[str] = []

    def recorded(call: Callable[..., Any]) -> Callable[..., Any]:
        async def record(self: Connection, query: str, *arguments: Any, **options: Any) -> Any:
            sent.append(query)
            return await call(self, query, *arguments, **options)

        return record

    # Slow machines would find statements slow, and try those for large organizations.
    monkeypatch.setattr(PlanChoices, "choose", lambda *_, **__: Choice(large=False))
    for name in ("_execute", "_prepare", "execute"):
        monkeypatch.setattr(Connection, name, recorded(getattr(Connection, name)))
    run = ReadSession.fetchrow

    async def record_read(self: ReadSession, sql: str, *arguments: Any, **options: Any) -> Any:
        number = len(sent)
        value = await run(self, sql, *arguments, **options)
        # To prepare it is not to run it.
        sent[number:] = [*(other for other in sent[number:] if other != sql), sql]
        return value

    monkeypatch.setattr(ReadSession, "fetchrow", record_read)
    return sent


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_query_is_one_statement(path: Path, client: Client, statements: list[str]) -> None:
    case = read_case(path)
    token = await client.session(case.email)
    # What a token stands for, and how a shape is planned, is looked up once.
    await client.data(case.text, token, **case.variables)
    statements.clear()
    await client.data(case.text, token, **case.variables)
    # All servers count the uses of a field together that tells something about others.
    counting = [sql for sql in statements if "attempt_counts" in sql]
    assert not counting or "emailAvailability" in case.text
    assert len(statements) - len(counting) == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_more_fields_than_a_function_has_arguments(client: Client, statements: list[str]) -> None:
    token = await client.session("pia@pear.example")
    await client.data("{ viewer { permissions } }", token)
    statements.clear()
    data = await client.data(MANY_FIELDS, token)
    assert len(statements) == 1
    assert all(len(node) == 90 for node in data["services"]["nodes"])


INVITE = """mutation ($emails: [EmailAddress!]!) {
  inviteUsers(input: {emails: $emails, allContractAccounts: true, permissions: [SUPPORT_VIEW]}) {
    results { user { email status contractAccounts { totalCount } activation { mail } } } errors { code }
  }
}"""


@pytest.mark.asyncio(loop_scope="module")
async def test_five_hundred_invitations_are_as_many_statements_as_one(client: Client, statements: list[str]) -> None:
    token = await client.session("ada@acme.example")
    written: list[str] = []
    event.listen(
        client.backend.mutation_context.engine.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, sql, *_rest: written.append(sql),
    )
    counts = []
    # The first of a connection asks PostgreSQL for its version, too.
    for number in (2, 1, 500):
        emails = [f"n{each}@{number}.example" for each in range(number)]
        written.clear()
        statements.clear()
        results = (await client.data(INVITE, token, emails=emails))["inviteUsers"]["results"]
        assert [result["user"]["email"] for result in results] == emails
        assert {result["user"]["activation"]["mail"] for result in results} == {"QUEUED"}
        assert sum('"results.user"' in sql for sql in statements) == 1
        counts.append(len(written))
    assert counts[1] == counts[2] < 20
