"""What an operator sees of a server: `/readyz`, its metrics, and its log."""

import asyncio
import re

import httpx

from tests.support.bad_days.customers import PATIENCE_SECONDS
from tests.support.server_process import Server


async def checks(server: Server) -> tuple[int, str]:
    """The status of `/readyz`, and what it says of the database."""
    answer = await server.http.get("/readyz")
    return answer.status_code, answer.json()["checks"]["database"]


async def until_ready(server: Server) -> None:
    """Wait until the server says that it is ready."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await server.http.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.1)


async def until_logged(server: Server, pattern: str, times: int = 1) -> None:
    """Wait until the log has so many matches of a regular expression."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(re.findall(pattern, server.log.read_text())) < times:
            await asyncio.sleep(0.1)


async def metric(port: int, name: str) -> float:
    """The value of a metric without labels, as Prometheus reads it."""
    async with httpx.AsyncClient(timeout=20, verify=False) as http:
        text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    value = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert value, text
    return float(value[1])
