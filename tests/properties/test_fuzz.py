"""Random queries by random demo users always get an answer, from one statement, with nothing that the lists hide."""

import base64
import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema.declare.registry import binding_of
from schema.execution.errors import QueryCode
from tests.support.counts.sent_statements import sent_statements
from tests.support.depth import examples
from tests.support.random_documents import SCHEMA, RandomDocument
from tests.support.server import Client, add_demo_world, codes, serving

ROOT = SCHEMA.query_type
assert ROOT is not None
ASKERS = ("staff@portico", "ada@acme", "sam@acme", "sue@acme", "dan@pear", "pia@pear", "max@globex")
LISTS = ("organizations", "contractAccounts", "deliveryAccounts", "services", "users", "auditEvents")
EVERYTHING = (
    "{ viewer { sessions { id } } "
    + " ".join(f"{name}(first: 100) {{ nodes {{ id }} edges {{ cursor }} }}" for name in LISTS)
    + " }"
)
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CURSOR = re.compile(r'"([A-Za-z0-9_-]{40,})"')
EXPECTED = {*QueryCode, "FORBIDDEN", "INVALID", "RATE_LIMITED"}
QUESTIONS = re.compile(rf": ({'|'.join(name for name, field in ROOT.fields.items() if binding_of(field) is None)})\b")
"""The fields that are not reads of data, and may take more reads than one, as documents have them."""

MOST = 20_000_000
"""The nodes that a query may cost here: far more than exist, so that few queries are rejected."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    rich = {"max_cost": MOST, "cost_capacity": 50 * MOST, "cost_refill": 50 * MOST}
    async with serving(shared_database_url, tmp_path_factory.mktemp("data"), **rich) as client:
        yield client


class World:
    """The users, and all data."""

    def __init__(self, client: Client, tokens: dict[str, str], lists: dict[str, str]) -> None:
        self.client, self.tokens = client, tokens
        self.visible = {email: keys_in(text) for email, text in lists.items()}
        everything = lists["staff@portico.example"]
        self.ids = sorted(re.findall(rf'"([a-z]+_{KEY.pattern})"', everything))
        self.cursors = sorted(CURSOR.findall(everything))

    async def look_again(self, email: str) -> None:
        """List what the user sees by now."""
        self.visible[email] |= keys_in(json.dumps(await self.client.data(EVERYTHING, self.tokens[email])))


def keys_in(text: str) -> set[str]:
    """The keys of all rows in an answer: in ids, and inside cursors."""
    cursors = [base64.urlsafe_b64decode(found + "=" * (-len(found) % 4)) for found in CURSOR.findall(text)]
    return set(KEY.findall(text)) | {key for cursor in cursors for key in KEY.findall(cursor.decode(errors="replace"))}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(client: Client) -> World:
    client.backend.authentication.cache_seconds = 3600
    tokens = {f"{who}.example": await client.session(f"{who}.example") for who in ASKERS}
    lists = {email: json.dumps(await client.data(EVERYTHING, token)) for email, token in tokens.items()}
    return World(client, tokens, lists)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), email=st.sampled_from([f"{who}.example" for who in ASKERS]))
@pytest.mark.asyncio(loop_scope="module")
async def test_any_query_has_an_answer_that_tells_no_more_than_the_lists(
    world: World, data: st.DataObject, email: str
) -> None:
    document = RandomDocument(data.draw, world.ids, world.cursors).text()
    with sent_statements() as sent:
        response = await world.client.post({"query": document}, world.tokens[email])
    answer = response.json()
    assert response.status_code < 500, document
    assert set(codes(answer)) <= EXPECTED, document
    if "data" in answer:
        assert len(sent.reads) == 1 or QUESTIONS.search(document), document
        if not keys_in(response.text) <= world.visible[email]:
            await world.look_again(email)  # what was refused meanwhile is in the trail
        assert keys_in(response.text) <= world.visible[email], document
    else:
        assert answer["errors"], document
