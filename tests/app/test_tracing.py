"""Operations as spans of OpenTelemetry: one for each operation and each step, with nothing that is secret."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from app import spans as app_spans
from app import tracing as app_tracing
from app.application import create_application
from app.json_log import JsonFormatter
from app.logging import MAX_LINE, WithRequestId
from app.settings import Settings, SettingsError
from app.spans import Tracing, resource
from app.tracing import check_tracing, tracing
from resolvers import timeline
from tests.support.monitoring.traces import PARENT, TRACE, named, steps_of, tracing_into
from tests.support.resolver_fixtures import rules
from tests.support.server import Client, add_demo_world, serving


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traced(exporter: InMemorySpanExporter) -> Tracing:
    return tracing_into(exporter)


async def test_a_query_has_its_steps(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter, traced: Tracing
) -> None:
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = traced
        token = await client.session("ada@acme.example")
        query = {"query": '{ users(filter: {search: "sue"}) { nodes { email } } }'}
        response = await client.post(query, token, traceparent=f"00-{TRACE}-{PARENT}-01", **{"X-Request-Id": "call-5"})
        assert response.json()["data"]["users"]["nodes"]
    spans = exporter.get_finished_spans()
    [operation] = named(spans, "query")
    assert operation.kind is SpanKind.SERVER
    assert operation.context is not None
    assert operation.parent is not None
    assert (f"{operation.context.trace_id:032x}", f"{operation.parent.span_id:016x}") == (TRACE, PARENT)
    attributes = dict(operation.attributes or {})
    assert attributes.pop("portico.cost.nodes") == response.json()["extensions"]["cost"]["actual"]
    assert attributes == {
        "http.request.method": "POST",
        "url.path": "/graphql",
        "graphql.operation.type": "query",
        "portico.outcome": "OK",
        "portico.request_id": "call-5",
    }
    steps = [step for step in steps_of(spans, operation) if not step.name.startswith("wait")]
    # The first statement fills the caller's bucket.
    assert [step.name for step in steps] == [
        "statement",
        "prepare the operation",
        "build the statement",
        "statement",
    ]
    for step in steps:
        assert step.start_time is not None
        assert operation.start_time is not None
        assert operation.start_time <= step.start_time <= (step.end_time or 0) <= (operation.end_time or 0)
    sql = str((steps[-1].attributes or {})["db.query.text"])
    assert sql.startswith(("SELECT", "WITH"))
    assert "sue" not in sql


async def test_no_span_holds_a_secret(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter, traced: Tracing
) -> None:
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = traced
        token = await client.sign_in("ada@acme.example")
    spans = exporter.get_finished_spans()
    [operation] = named(spans, "mutation")
    steps = steps_of(spans, operation)
    assert {"hash a password", "statement"} <= {step.name for step in steps}
    for span in spans:
        for text in ("portico-demo", token, "ada@acme.example", "$argon2"):
            assert text not in span.to_json()


@pytest.mark.parametrize("parent", ["", "00", "00-0-0-01", "é" * 300, f"00-{'0' * 32}-{PARENT}-01", "ff-" * 10_000])
async def test_an_invalid_parent_is_ignored(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter, traced: Tracing, parent: str
) -> None:
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = traced
        response = await client.http.post(
            "/graphql", json={"query": "{ __typename }"}, headers=[(b"traceparent", parent.encode())]
        )
        assert response.status_code == 200
    [operation] = named(exporter.get_finished_spans(), "query")
    assert operation.parent is None


async def test_what_callers_send_is_bounded_in_spans(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_spans, "LONGEST_VALUE", 20)
    await add_demo_world(database_url)
    states = {
        "joined": [(b"tracestate", b"a=1"), (b"tracestate", b"b=2")],
        "left out": [(b"tracestate", b"a=" + b"1" * 256), (b"tracestate", b"b=" + b"2" * 256)],
    }
    found = {}
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = tracing_into(exporter)
        for name, headers in states.items():
            parent = (b"traceparent", f"00-{TRACE}-{PARENT}-01".encode())
            await client.http.post("/graphql", json={"query": "{ __typename }"}, headers=[parent, *headers])
            [operation] = named(exporter.get_finished_spans(), "query")
            assert operation.context is not None
            found[name] = dict(operation.context.trace_state)
            exporter.clear()
        await client.http.request("BREW", "/graphql")
        [operation] = named(exporter.get_finished_spans(), "unknown")
        assert (operation.attributes or {})["http.request.method"] == "_OTHER"
        await client.post({"query": "{ users { nodes { email } } }"}, await client.session("ada@acme.example"))
    assert found == {"joined": {"a": "1", "b": "2"}, "left out": {}}
    texts = [(span.attributes or {})["db.query.text"] for span in named(exporter.get_finished_spans(), "statement")]
    assert texts
    assert {len(str(text)) for text in texts} == {20}


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "portico"),
        ({"OTEL_SERVICE_NAME": "portico-eu"}, "portico-eu"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=portico-us"}, "portico-us"),
    ],
)
def test_the_environment_names_the_service(
    variables: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    assert resource().attributes["service.name"] == name


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "-1"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "long"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),  # less than the size of a batch
        ("OTEL_BSP_SCHEDULE_DELAY", "-5"),
    ],
)
def test_a_variable_that_opentelemetry_refuses_is_an_error_of_the_settings(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=r"^PORTICO_TRACES: OpenTelemetry refuses one of its variables"):
        create_application(Settings(traces=True, data_dir=tmp_path), rules())


def test_missing_packages_are_an_error_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    check_tracing(enabled=False)
    with pytest.raises(SettingsError, match=r"pip install 'portico\[tracing\]'"):
        check_tracing(enabled=True)


async def test_failures_of_the_server_are_errors(
    tmp_path: Path, exporter: InMemorySpanExporter, traced: Tracing
) -> None:
    async with serving("postgresql://nobody@127.0.0.1:1/nothing", tmp_path) as client:
        client.endpoint.tracing = traced
        await client.post({"query": "{ viewer { permissions } }"}, "some-token")
        await client.post({"query": "{ nothing }"})
    outcomes = {
        (span.attributes or {})["portico.outcome"]: span.status.is_ok
        for span in exporter.get_finished_spans()
        if span.kind is SpanKind.SERVER
    }
    assert outcomes["UNAVAILABLE"] is False


async def test_a_query_that_waits_for_a_connection_has_that_step(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter, traced: Tracing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "SHORTEST_WAIT", 0)
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path) as client:
        token = await client.session("ada@acme.example")
        client.endpoint.tracing = traced
        await client.post({"query": "{ users { nodes { email } } }"}, token)
    [operation] = named(exporter.get_finished_spans(), "query")
    names = [step.name for step in steps_of(exporter.get_finished_spans(), operation)]
    assert names[-2:] == ["wait for a connection", "statement"]


async def test_a_server_ends_although_the_collector_is_away(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(app_tracing, "CLOSE_SECONDS", 0.05)
    async with serving(database_url, tmp_path, traces=True) as client:
        assert client.endpoint.tracing is not None
        await answered(client)
    assert "Closing the export of traces took more than" in caplog.text


async def answered(client: Client) -> None:
    response = await client.post({"query": "{ __typename }"})
    assert response.json()["data"] == {"__typename": "Query"}


async def test_nothing_is_traced_by_default(database_url: str, tmp_path: Path) -> None:
    async with serving(database_url, tmp_path) as client:
        assert client.endpoint.tracing is None
    async with tracing(enabled=False) as nothing:
        assert nothing is None


async def test_a_disabled_sdk_traces_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    async with serving(database_url, tmp_path, traces=True) as client:
        assert client.endpoint.tracing is None
        await answered(client)


async def test_attributes_have_the_limits_of_the_environment(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20")
    await add_demo_world(database_url)
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = tracing_into(exporter)
        await client.post({"query": "{ users { nodes { email } } }"}, await client.session("ada@acme.example"))
    texts = [(span.attributes or {})["db.query.text"] for span in named(exporter.get_finished_spans(), "statement")]
    assert texts
    assert {len(str(text)) for text in texts} == {20}


async def logged(client: Client, caplog: pytest.LogCaptureFixture, **headers: str) -> list[dict[str, Any]]:
    """The lines of the JSON log about one query that fails, and about its request, in their order."""
    caplog.clear()
    await client.post({"query": "{ viewer { permissions } }"}, "some-token", **headers)
    client.application.middleware_stack.access_log.flush()  # type: ignore[union-attr]
    formatter = JsonFormatter(MAX_LINE)
    lines = [line for record in caplog.records for line in formatter.format(record).splitlines()]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("sampled", ["01", "00"])
async def test_the_log_has_the_trace_of_a_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, traced: Tracing, sampled: str
) -> None:
    """Whether or not the trace is sampled: the caller's log may have it, too."""
    caplog.set_level("INFO")
    monkeypatch.setattr(caplog.handler, "filters", [WithRequestId()])
    async with serving("postgresql://nobody@127.0.0.1:1/nothing", tmp_path) as client:
        client.endpoint.tracing = traced
        lines = await logged(client, caplog, traceparent=f"00-{TRACE}-{PARENT}-{sampled}")
        assert {line["logger"] for line in lines} >= {"portico.errors", "portico.access"}
        assert {line["traceId"] for line in lines if "requestId" in line} == {TRACE}
        # Without a caller's trace, a sampled operation begins one.
        own = {line["traceId"] for line in await logged(client, caplog) if "requestId" in line}
        assert len(own) == 1
        assert own != {TRACE}
        client.endpoint.tracing = None
        assert all("traceId" not in line for line in await logged(client, caplog))
