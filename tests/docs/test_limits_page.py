"""The costs in docs/limits.md are those of a server with the example data, and what a portal asks is allowed."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import OperationDefinitionNode, parse

from app.demo.fixed_ids import named_key
from resolvers import database_time
from tests.support.paths import DOCS
from tests.support.server import Client, add_demo_world, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = (DOCS / "limits.md").read_text()
(PORTAL,) = re.findall(r"```graphql\n(query Home .*?)```\n", PAGE, re.DOTALL)
NAMES = [
    node.name.value for node in parse(PORTAL).definitions if isinstance(node, OperationDefinitionNode) and node.name
]
ROWS = {
    name: cells for name, *cells in re.findall(r"^\| `(\w+)` \| .* \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE)
}
VARIABLES = {"id": f"usr_{named_key('sam@acme.example')}", "search": "SVC"}

USERS = (
    "staff@portico.example",
    "ada@acme.example",
    "sam@acme.example",
    "ben@acme.example",
    "sue@acme.example",
    "dan@pear.example",
    "pia@pear.example",
    "noc@pear.example",
    "max@globex.example",
)
NATURAL = {
    "services of an organization": "organizations contractAccounts services code",
    "services of users": "users contractAccounts services code",
    "other services of a site": "contractAccounts services deliveryAccount services code",
    "an access screen": "users contractAccounts services deliveryAccount name",
    "an access matrix": "users(first:100) contractAccounts(first:100) id",
    "who else": "contractAccounts services deliveryAccount users contractAccounts name",
    "users of delivery accounts": "deliveryAccounts services contractAccount users deliveryAccounts name",
    "users of organizations": "organizations users contractAccounts services deliveryAccount users email",
}
"""Queries of three to five levels, by default pages; staff see more organizations than one."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def portal(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    await add_demo_world(shared_database_url)
    folder: Path = tmp_path_factory.mktemp("data")
    async with serving(shared_database_url, folder, cost_capacity=10_000_000) as client:
        yield client


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, an operation would pay for its time."""
    monkeypatch.setattr(database_time, "clock", lambda: 0.0)


def nested(path: str) -> str:
    """The query of a path of fields; lists are read by `nodes`."""
    *fields, text = path.split()
    for field in reversed(fields):
        text = (
            f"{field} {{ {text} }}"
            if field in ("contractAccount", "deliveryAccount")
            else f"{field} {{ nodes {{ {text} }} }}"
        )
    return f"{{ {text} }}"


async def cost(client: Client, token: str, body: dict[str, Any]) -> dict[str, int]:
    """The cost of an operation that the server has read before."""
    await client.post(body, token)
    answer = (await client.post(body, token)).json()
    assert "errors" not in answer, answer["errors"]
    found: dict[str, int] = answer["extensions"]["cost"]
    return found


async def test_the_table_has_the_ten_pages() -> None:
    assert list(ROWS) == NAMES
    assert len(NAMES) == 10


@pytest.mark.parametrize("name", NAMES)
async def test_the_page_shows_what_each_costs(portal: Client, name: str) -> None:
    body = {"query": PORTAL, "operationName": name, "variables": VARIABLES}
    found = await cost(portal, await portal.session("ada@acme.example"), body)
    assert ROWS[name] == [f"{found['requested']:,}", f"{found['actual']:,}"]


@pytest.mark.parametrize("email", USERS)
async def test_every_user_of_the_example_may_ask_what_a_portal_asks(portal: Client, email: str) -> None:
    token = await portal.session(email)
    bodies = [{"query": PORTAL, "operationName": name, "variables": VARIABLES} for name in NAMES]
    staff = email.startswith("staff")
    paths = [path for path in NATURAL.values() if not (staff and path.startswith("organizations users"))]
    bodies += [{"query": nested(path)} for path in paths]
    for body in bodies:
        found = await cost(portal, token, body)
        assert found["actual"] <= found["requested"] <= 500_000
        assert found["actual"] < 1_000
