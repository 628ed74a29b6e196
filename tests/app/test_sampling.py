"""Which operations become spans: those that the sampler of the environment chooses, which is asked once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_ON,
    Decision,
    ParentBased,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from app.spans import root_bound
from app.tracing import check_tracing
from tests.support.monitoring.traces import PARENT, TRACE, named, steps_of, tracing_into
from tests.support.server import serving


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


class EachSecond(Sampler):
    """Decides so about every second operation, drops the others, and remembers the names that it was asked about."""

    def __init__(self, decision: Decision = Decision.RECORD_AND_SAMPLE) -> None:
        self.asked: list[str] = []
        self.decision = decision

    def should_sample(  # noqa: PLR0917 - as the SDK declares it
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        self.asked.append(name)
        return SamplingResult(Decision.DROP if len(self.asked) % 2 else self.decision, {"asked": True})

    def get_description(self) -> str:
        return "EachSecond"


async def test_a_caller_who_is_not_sampled_leaves_no_span(database_url: str, tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = tracing_into(exporter, ParentBased(ALWAYS_OFF))
        await client.answer("{ __typename }")
        assert exporter.get_finished_spans() == ()
        await client.post({"query": "{ __typename }"}, traceparent=f"00-{TRACE}-{PARENT}-01")
        assert len(named(exporter.get_finished_spans(), "query")) == 1


async def test_the_sampler_is_asked_once_for_an_operation_and_its_steps(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter
) -> None:
    sampler = EachSecond()
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = tracing_into(exporter, sampler)
        for number in range(4):
            await client.answer(f"{{ new{number}: __typename }}")
    assert sampler.asked == ["graphql"] * 4
    spans = exporter.get_finished_spans()
    operations = named(spans, "query")
    assert len(operations) == 2
    assert len({operation.context.trace_id for operation in operations if operation.context}) == 2
    assert all((operation.attributes or {})["asked"] for operation in operations)
    assert all(steps_of(spans, operation) for operation in operations)


async def test_what_is_recorded_and_not_sampled_leaves_no_span(
    database_url: str, tmp_path: Path, exporter: InMemorySpanExporter
) -> None:
    async with serving(database_url, tmp_path) as client:
        client.endpoint.tracing = tracing_into(exporter, EachSecond(Decision.RECORD_ONLY))
        for number in range(2):
            await client.answer(f"{{ new{number}: __typename }}")
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(("propagators", "joined"), [("", 1), ("baggage, tracecontext", 1), ("none", 0)])
async def test_without_a_propagator_callers_do_not_decide_what_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, propagators: str, joined: int
) -> None:
    monkeypatch.setenv("OTEL_PROPAGATORS", propagators)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    async with serving("postgresql://nobody@127.0.0.1:1/nothing", tmp_path, traces=True) as client:
        assert client.endpoint.tracing is not None
        exporter = InMemorySpanExporter()
        monkeypatch.setattr(client.endpoint.tracing, "_processor", SimpleSpanProcessor(exporter))
        await client.post({"query": "{ __typename }"}, traceparent=f"00-{TRACE}-{PARENT}-01")
    assert [span.kind for span in exporter.get_finished_spans()] == [SpanKind.SERVER] * joined


def test_a_sampler_that_is_unknown_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratoi")
    check_tracing(enabled=True)
    assert "Couldn't recognize sampler parentbased_traceidratoi." in caplog.messages


RATIOS = (0.0, 0.01, 0.5, 1.0)


@pytest.mark.parametrize(
    "sampler",
    [
        *(ParentBasedTraceIdRatio(ratio) for ratio in RATIOS),
        *(TraceIdRatioBased(ratio) for ratio in RATIOS),
        ParentBased(TraceIdRatioBased(0.5)),
        ALWAYS_ON,
        ALWAYS_OFF,
        DEFAULT_ON,
        EachSecond(),
    ],
    ids=Sampler.get_description,
)
def test_no_operation_is_dropped_that_its_sampler_would_choose(sampler: Sampler) -> None:
    bound, generator = root_bound(sampler), RandomIdGenerator()
    edges = [bound - 1, bound, TraceIdRatioBased.TRACE_ID_LIMIT, 1]
    for id_ in (*filter(None, edges), *(generator.generate_trace_id() for _ in range(1000))):
        if id_ & TraceIdRatioBased.TRACE_ID_LIMIT >= bound:
            assert sampler.should_sample(Context(), id_, "graphql").decision is not Decision.RECORD_AND_SAMPLE


@pytest.mark.parametrize("kind", [ParentBasedTraceIdRatio, TraceIdRatioBased])
def test_the_samplers_of_shares_are_not_asked_about_what_they_drop(
    kind: type[ParentBasedTraceIdRatio | TraceIdRatioBased],
) -> None:
    """The SDK names the sampler that `OTEL_TRACES_SAMPLER` chooses, and none of its public attributes has the share."""
    assert root_bound(kind(0.25)) == TraceIdRatioBased.get_bound_for_rate(0.25)
