"""Golden plans: beside each `tests/golden/plans/x.graphql` are its SQL statement (`x.sql`) and its answer (`x.json`).

The first lines of a query name the demo user who sends it, and its variables:

    # as: sam@acme.example
    # variables: {"first": 2}

`make test ARGS="-k plans --rewrite"` rewrites the statements and answers; read the diff before you commit it.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.auth.bearer import BearerToken
from authz.access import Access
from resolvers.callers.credentials import carried_tenant
from resolvers.identity.hashing import token_hash
from resolvers.query.selection import Request
from tests.support.golden_plans import QUERIES, read_case
from tests.support.server import Client, add_demo_world, serving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as client:
        yield client


def hold(path: Path, found: str, rewrite: bool) -> None:
    """Compare `found` with the golden file, or write the file."""
    if rewrite:
        path.write_text(found)
    assert path.exists(), f"{path.name} is missing: run with --rewrite"
    assert found == path.read_text(), f"{path.name} differs: read why, then run with --rewrite"


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
@pytest.mark.asyncio(loop_scope="module")
async def test_plan(path: Path, client: Client, request: pytest.FixtureRequest) -> None:
    case = read_case(path)
    rewrite: bool = request.config.getoption("--rewrite")
    token = await client.session(case.email)
    prepared = client.backend.operations.prepare(case.text, None, case.variables)
    assert isinstance(prepared, Request)
    holder = await client.backend.authentication.authenticate(
        BearerToken(token_hash(token), tenant_id=carried_tenant(token))
    )
    assert holder is not None
    statement = await client.backend.reader.statement(Access(client.backend.policy, holder.actor.traits), prepared)
    # What it costs is said beside the answer, and is not a part of the plan.
    answer = {"data": await client.data(case.text, token, **case.variables)}
    hold(path.with_suffix(".sql"), statement.sql + "\n", rewrite)
    hold(path.with_suffix(".json"), json.dumps(answer, indent=2, ensure_ascii=False) + "\n", rewrite)
