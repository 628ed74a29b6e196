"""A server that is killed (SIGKILL) while it sends an event: another one sends the event again, and then the next."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from resolvers.transaction.context import MutationContext
from tests.support.integration.webhooks import OK, happen, log_of, receiver
from tests.support.resolver_fixtures import run
from tests.support.server_process import process

pytestmark = pytest.mark.invariant("webhooks")

LOOPBACK = {"PORTICO_EGRESS_LOOPBACK": "true"}


async def test_a_killed_server_loses_no_event_and_keeps_the_order(
    writing: MutationContext, demo_database_url: str, tmp_path: Path
) -> None:
    async with receiver(replace(writing, allows_loopback=True)) as at:
        new = await at.add()
        await happen(writing, "sue@acme.example", "ben@acme.example")
        never = asyncio.Event()

        async def hang() -> bytes:
            await never.wait()
            return OK

        at.server.respond = lambda _: hang()
        async with process(demo_database_url, tmp_path, settings=LOOPBACK) as server:
            async with asyncio.timeout(60):
                while not at.server.received:
                    await asyncio.sleep(0.05)
            server.process.kill()
            await server.process.wait()
        assert await log_of(writing, new.webhook_id) == [("EVENT", "PENDING", 0)]
        at.server.respond = lambda _: OK
        await at.work()
        assert at.sequences == [1]  # the lease still holds
        await run(writing, "UPDATE webhooks SET leased_until = now()")
        await at.work()
        assert at.sequences == [1, 1, 2]
        assert await log_of(writing, new.webhook_id) == [("EVENT", "DELIVERED", 1)] * 2
