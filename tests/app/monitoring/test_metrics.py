"""What Prometheus reads of a server: counts of operations, queues, connections, mails and the policy."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.background_metrics import Task
from app.cli.opening import listeners
from app.monitoring import listener as listener_module
from app.monitoring.database_figures import DatabaseFigures, read_figures
from app.monitoring.sources import Listening
from app.operation_metrics import KINDS
from app.server.sockets import listening
from app.settings import load
from models import PLATFORM, MailKind, OutboxMail
from tests.support.server import Client, add_demo_world, serving

GONE = "postgresql://nobody@127.0.0.1:1/nothing"

Metrics = dict[tuple[str, tuple[str, ...]], float]
"""The values of samples, by name and label values."""


@asynccontextmanager
async def measured(database_url: str, tmp_path: Path, **settings: Any) -> AsyncIterator[tuple[Client, str]]:
    """A server, and the address of its metrics."""
    with listening("127.0.0.1", 0) as listener:
        async with serving(database_url, tmp_path, Listening(metrics=listener), **settings) as client:
            yield client, f"http://127.0.0.1:{listener.getsockname()[1]}/metrics"


async def read(address: str) -> Metrics:
    async with httpx.AsyncClient() as http:
        response = await http.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return parsed(response.text)


def parsed(text: str) -> Metrics:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_operations_are_counted_by_kind_and_outcome(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with measured(database_url, tmp_path) as (client, address):
        token = await client.session("ada@acme.example")
        for _ in range(3):
            await client.data("{ users { nodes { id } } }", token)
        await client.answer("{ users { nodes { id } } }")
        await client.answer("{ nothing }", token)
        await client.post(b"not JSON", token)
        await client.sign_in("ada@acme.example")
        await client.data("{ __typename __schema { queryType { name } } }", token)
        metrics = await read(address)
    counted = {labels: value for (name, labels), value in metrics.items() if name == "portico_operations_total"}
    assert counted == {
        ("query", "OK"): 4,
        ("query", "UNAUTHENTICATED"): 1,
        ("unknown", "GRAPHQL_VALIDATION_FAILED"): 1,
        ("unknown", "BAD_REQUEST"): 1,
        ("mutation", "OK"): 1,
    }
    for kind, number in (("query", 5), ("mutation", 1), ("unknown", 2)):
        for name in ("portico_operation_duration_seconds", "portico_operation_database_seconds"):
            assert metrics[f"{name}_count", (kind,)] == number
            assert metrics[f"{name}_bucket", (kind, "+Inf")] == number
    assert metrics["portico_operation_duration_seconds_sum", ("query",)] > 0
    assert metrics["portico_operation_database_seconds_sum", ("query",)] > 0
    assert metrics["portico_operation_cost_nodes_total", ("query",)] > 3
    assert metrics["portico_statement_build_seconds_count", ("read",)] >= 1
    assert metrics["portico_http_responses_total", ("200",)] == 7
    assert metrics["portico_http_responses_total", ("400",)] == 1


async def test_errors_in_payloads_are_counted_by_code(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with measured(database_url, tmp_path) as (client, address):
        for _ in range(2):
            await client.answer('mutation { signIn(input: {email: "a@acme.example", password: "wrong"}) { token } }')
        await client.sign_in("ada@acme.example")
        metrics = await read(address)
    counted = {labels: value for (name, labels), value in metrics.items() if name == "portico_mutation_errors_total"}
    assert counted == {("CREDENTIALS_INVALID",): 2}
    assert metrics["portico_operations_total", ("mutation", "OK")] == 3


async def test_the_state_of_the_server_is_shown(database_url: str, tmp_path: Path) -> None:
    async with measured(database_url, tmp_path) as (client, address):
        async with client.backend.engine.begin() as connection:
            for number in (1, 2):
                mail = {"kind": MailKind.USER_ACTIVATION, "recipient": "x@acme.example", "message_id": f"<{number}@x>"}
                await connection.execute(insert(OutboxMail).values({**mail, "tenant_id": PLATFORM}))
        metrics = await read(address)
        version = client.backend.policy.version
    assert metrics["portico_database_up", ()] == 1
    assert metrics["portico_outbox_mails", ()] == 2
    assert metrics["portico_webhooks", ("active",)] == 0
    assert 0 < metrics["portico_outbox_overdue_seconds", ()] <= metrics["portico_outbox_oldest_seconds", ()] < 60
    assert metrics["portico_policy_info", (version,)] == 1
    assert metrics["portico_policy_reloads_total", ("refused",)] == 0
    for queue in ("reading", "planning", "preparing", "writing"):
        assert metrics["portico_queue_free_places", (queue,)] > 0
        assert metrics["portico_queue_waiting", (queue,)] == 0
    assert metrics["portico_queue_refused_total", ("hashing",)] == 0
    assert metrics["portico_database_connections", ("reserved",)] >= 1
    assert metrics["process_resident_memory_bytes", ()] > 0


async def test_what_a_server_does_beside_requests_is_counted(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    before = time.time()
    async with measured(database_url, tmp_path, mail_worker=True) as (_, address):
        async with asyncio.timeout(60):
            while ("portico_mails_total", ("USER_ACTIVATION", "sent")) not in (metrics := await read(address)):
                await asyncio.sleep(0.1)
        assert metrics["portico_mails_total", ("USER_ACTIVATION", "sent")] >= 1
        for task in Task:
            assert metrics["portico_background_rounds_total", ("failed", task)] == 0
            assert before <= metrics["portico_background_last_round_timestamp_seconds", (task,)] <= time.time()
        async with asyncio.timeout(60):
            while not all(metrics["portico_background_rounds_total", ("done", task)] > 0 for task in Task):
                await asyncio.sleep(0.1)
                metrics = await read(address)


async def test_rounds_that_fail_are_counted_and_are_no_last_rounds(tmp_path: Path) -> None:
    before = time.time()
    async with measured(GONE, tmp_path, mail_worker=True) as (_, address):
        started = await read(address)
        async with asyncio.timeout(60):
            metrics = started
            while not all(metrics["portico_background_rounds_total", ("failed", task)] > 0 for task in Task):
                await asyncio.sleep(0.1)
                metrics = await read(address)
    for task in Task:
        assert metrics["portico_background_rounds_total", ("done", task)] == 0
        last = metrics["portico_background_last_round_timestamp_seconds", (task,)]
        assert before <= last == started["portico_background_last_round_timestamp_seconds", (task,)]


async def test_a_server_without_a_mail_worker_has_no_rounds(database_url: str, tmp_path: Path) -> None:
    async with measured(database_url, tmp_path) as (_, address):
        metrics = await read(address)
    assert {name for name, _ in metrics if name.startswith("portico_background")} == set()


async def test_metrics_are_there_without_the_database(tmp_path: Path) -> None:
    async with measured(GONE, tmp_path) as (client, address):
        await client.post({"query": "{ viewer { permissions } }"}, "some-token")
        metrics = await read(address)
    assert metrics["portico_database_up", ()] == 0
    assert ("portico_outbox_mails", ()) not in metrics
    assert ("portico_webhooks", ("active",)) not in metrics
    assert metrics["portico_operations_total", ("unknown", "UNAVAILABLE")] == 1


async def test_many_scrapes_at_once_hold_one_connection(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = most = 0

    async def counted(engine: AsyncEngine) -> DatabaseFigures | None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await read_figures(engine)
        finally:
            running -= 1

    monkeypatch.setattr(listener_module, "read_figures", counted)
    async with measured(database_url, tmp_path) as (_, address):
        await asyncio.gather(*(read(address) for _ in range(20)))
    assert most == 1


async def test_no_label_holds_what_a_caller_sends(database_url: str, tmp_path: Path) -> None:
    await add_demo_world(database_url)
    async with measured(database_url, tmp_path) as (client, address):
        token = await client.session("ada@acme.example")
        await client.post({"query": "query Marker1 { marker2: viewer { permissions } }"}, token)
        await client.post({"query": "{ marker3 }"}, token, **{"X-Request-Id": "marker4", "Accept": "marker5/x"})
        await client.http.get("/marker6?marker7=marker8")
        await client.http.request("MARKER9", "/graphql")
        await client.answer('mutation { signIn(input: {email: "m10@acme.example", password: "marker11"}) { token } }')
        async with httpx.AsyncClient() as http:
            text = (await http.get(address)).text
    assert not re.search(r"marker\d|m10|acme|ada", text, re.IGNORECASE)
    kinds = {labels[0] for name, labels in parsed(text) if name == "portico_operations_total"}
    assert kinds <= set(KINDS)


async def test_the_port_has_the_health_checks_of_the_server(database_url: str, tmp_path: Path) -> None:
    async with measured(database_url, tmp_path) as (client, address), httpx.AsyncClient() as http:
        for path in ("/healthz", "/readyz"):
            there = await http.get(address.replace("/metrics", path))
            assert (there.status_code, there.json()) == (200, (await client.http.get(path)).json())


async def test_the_port_has_the_health_checks_without_the_database(tmp_path: Path) -> None:
    async with measured(GONE, tmp_path) as (_, address), httpx.AsyncClient(timeout=30) as http:
        assert (await http.get(address.replace("/metrics", "/healthz"))).status_code == 200
        ready = await http.get(address.replace("/metrics", "/readyz"))
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "away")


async def test_other_addresses_have_no_metrics(database_url: str, tmp_path: Path) -> None:
    async with measured(database_url, tmp_path) as (client, address), httpx.AsyncClient() as http:
        assert (await client.http.get("/metrics")).status_code == 404
        assert (await http.get(address.replace("/metrics", "/graphql"))).status_code == 404
        assert (await http.post(address)).status_code == 405


def test_a_port_in_use_is_reported_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORTICO_METRICS_PORT", str(port))
        with pytest.raises(OSError, match=f"can't listen on 127.0.0.1, port {port}: "), listeners(load(port=0)):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_the_metrics_end_with_the_server(database_url: str, tmp_path: Path) -> None:
    async with measured(database_url, tmp_path) as (_, address):
        await read(address)
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(address)
