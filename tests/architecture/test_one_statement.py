"""A query is exactly one SQL statement, whatever its shape; a mutation of many users takes as many statements as a
mutation of one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import event

from tests.support.counts.sent_statements import sent_statements
from tests.support.golden_plans import QUERIES, read_case
from tests.support.server import Client, add_demo_world, serving

pytestmark = pytest.mark.invariant("one_statement")

MANY_FIELDS = "{ services { nodes { " + " ".join(f"f{index}: name" for index in range(90)) + " } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as client:
        yield client


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_query_is_one_statement(path: Path, client: Client) -> None:
    case = read_case(path)
    token = await client.session(case.email)
    # What a token stands for, and how a shape is planned, is looked up once.
    await client.data(case.text, token, **case.variables)
    with sent_statements() as sent:
        await client.data(case.text, token, **case.variables)
    # All servers count the uses of a field together that tells something about others.
    assert len(sent.reads) == 1
    assert not sent.others or ("emailAvailability" in case.text and all("attempt_counts" in sql for sql in sent.others))


@pytest.mark.asyncio(loop_scope="module")
async def test_more_fields_than_a_function_has_arguments(client: Client) -> None:
    token = await client.session("pia@pear.example")
    await client.data("{ viewer { permissions } }", token)
    with sent_statements() as sent:
        data = await client.data(MANY_FIELDS, token)
    assert len(sent.reads) == 1
    assert not sent.others
    assert all(len(node) == 90 for node in data["services"]["nodes"])


INVITE = """mutation ($emails: [EmailAddress!]!) {
  inviteUsers(input: {emails: $emails, allContractAccounts: true, permissions: [SUPPORT_VIEW]}) {
    results { user { email status contractAccounts { totalCount } activation { mail } } } errors { code }
  }
}"""


@pytest.mark.asyncio(loop_scope="module")
async def test_five_hundred_invitations_are_as_many_statements_as_one(client: Client) -> None:
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
        with sent_statements() as sent:
            results = (await client.data(INVITE, token, emails=emails))["inviteUsers"]["results"]
        assert [result["user"]["email"] for result in results] == emails
        assert {result["user"]["activation"]["mail"] for result in results} == {"QUEUED"}
        assert sum('"results.user"' in sql for sql in sent.reads) == 1
        counts.append(len(written))
    assert counts[1] == counts[2] < 20
