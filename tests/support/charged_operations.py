"""Operations whose cost is known, sent to a server whose buckets don't refill."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import delete

from models import CostBucket
from tests.support.server import Client, serving

SERVICES = "{ services(first: 40) { nodes { code } } }"
REQUESTED, ACTUAL = 42, 8
"""Ada has six services."""


def cost_in(answer: httpx.Response) -> dict[str, Any]:
    cost: dict[str, Any] = answer.json()["extensions"]["cost"]
    return cost


async def remaining(client: Client, token: str | None = None) -> int:
    balance: int = cost_in(await client.post({"query": "{ __typename }"}, token))["remaining"]
    return balance


async def spend(client: Client, token: str, **headers: str) -> httpx.Response:
    """Sends the same query until it is rejected, and returns that answer."""
    for _ in range(100):
        answer = await client.post({"query": SERVICES}, token, **headers)
        if answer.status_code != 200:
            return answer
    raise AssertionError("the bucket is never empty")


@asynccontextmanager
async def full_buckets(database_url: str, data_dir: Path) -> AsyncIterator[Client]:
    """A client of a server on the demo data, whose buckets are full and don't refill."""
    async with serving(database_url, data_dir, cost_capacity=100_000, cost_refill=1) as client:
        async with client.backend.engine.begin() as connection:
            await connection.execute(delete(CostBucket))
        yield client
