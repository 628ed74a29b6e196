"""Golden plans: each `tests/golden/plans/x.graphql` beside the statement that it becomes (`x.sql`) and its answer
(`x.json`).

The first lines of a query say who asks it of the example world, and with which variables:

    # as: sam@acme.example
    # variables: {"first": 2}

`make test ARGS="-k plans --rewrite"` writes the statements and answers anew; the diff is then there to be read.
"""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.auth.bearer import BearerToken
from authz.access import Access
from resolvers.identity.hashing import token_hash
from resolvers.query.selection import Request
from tests.support.server import Client, add_demo_world, serving

FOLDER = Path(__file__).parent / "plans"
QUERIES = sorted(FOLDER.glob("*.graphql"), key=lambda path: path.name)


@dataclass(frozen=True)
class Case:
    text: str
    email: str
    variables: dict[str, Any]


def read_case(path: Path) -> Case:
    text = path.read_text()
    email = re.search(r"^# as: (.+)$", text, re.MULTILINE)
    variables = re.search(r"^# variables: (.+)$", text, re.MULTILINE)
    assert email, f"{path.name} does not say who asks"
    return Case(text, email[1], json.loads(variables[1]) if variables else {})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as client:
        yield client


def hold(path: Path, found: str, rewrite: bool) -> None:
    """Compares `found` with the golden file, or writes it."""
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
    holder = await client.backend.authentication.holder(BearerToken(token_hash(token)))
    assert holder is not None
    statement = await client.backend.reader.statement(
        Access(client.backend.policy, holder.actor.traits), prepared.selection
    )
    # What it costs is said beside the answer, and is not a part of the plan.
    answer = {"data": await client.data(case.text, token, **case.variables)}
    hold(path.with_suffix(".sql"), statement.sql + "\n", rewrite)
    hold(path.with_suffix(".json"), json.dumps(answer, indent=2, ensure_ascii=False) + "\n", rewrite)
