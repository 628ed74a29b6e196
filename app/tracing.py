"""Traces GraphQL operations by OpenTelemetry: a span for each operation, and one for each of its steps.

The spans are placed by hand: automatic instrumentation takes 153 µs for each request. Steps are recorded as they happen
(`resolvers/timeline.py`) and become spans at the end, and only for an operation that is sampled. What is exported,
how and where to is configured by the environment variables of OpenTelemetry (`OTEL_…`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import time_ns
from typing import TYPE_CHECKING, Final

from starlette.types import Scope

from app.background import end_within
from app.http import request_id
from app.http.request_id import header
from app.operation_metrics import MeasuredOperation
from resolvers import timeline

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

FAILED: Final = frozenset({"INTERNAL", "TIMED_OUT", "UNAVAILABLE"})
"""The outcomes that make a span one of an error: those for which the server is to blame."""

CLOSE_SECONDS: Final = 1.0
"""How long the end of the server waits for the last spans to be exported."""

EXTRA_MISSING: Final = "PORTICO_TRACES needs the packages of OpenTelemetry: pip install 'portico[tracing]'"


class Tracing:
    """Makes spans for operations, by the tracer of `provider`."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        self._tracer = provider.get_tracer("portico")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def traced(self, scope: Scope, operation: MeasuredOperation) -> Iterator[None]:
        """A block that handles the request of `scope`, which is `operation`. It continues the trace of the caller, if
        the request has the header `traceparent` (W3C Trace Context)."""
        from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context  # noqa: PLC0415

        span = self._tracer.start_span("graphql", self._parent(scope), SpanKind.SERVER)
        if not span.is_recording():
            yield
            return
        try:
            with timeline.recorded() as steps:
                yield
        finally:
            span.update_name(operation.kind)
            span.set_attributes(
                {
                    "http.request.method": scope["method"],
                    "url.path": scope["path"],
                    "graphql.operation.type": operation.kind,
                    "portico.outcome": str(operation.outcome),
                    "portico.cost.nodes": operation.nodes,
                    "portico.request_id": request_id.current(),
                }
            )
            if operation.outcome in FAILED:
                span.set_status(StatusCode.ERROR, str(operation.outcome))
            context = set_span_in_context(span)
            for step in steps:
                kind = SpanKind.CLIENT if step.detail else SpanKind.INTERNAL
                attributes = {"db.system.name": "postgresql", "db.query.text": step.detail} if step.detail else {}
                child = self._tracer.start_span(step.name, context, kind, attributes, start_time=step.start)
                child.end(step.end)
            span.end(time_ns())

    def _parent(self, scope: Scope) -> "Context | None":
        parent = header(scope, b"traceparent")
        if parent is None:
            return None
        state = header(scope, b"tracestate") or b""
        carrier = {"traceparent": parent.decode("latin-1"), "tracestate": state.decode("latin-1")}
        return self._propagator.extract(carrier)


@asynccontextmanager
async def tracing(*, enabled: bool) -> AsyncIterator[Tracing | None]:
    """What traces operations until the end of the block, or None. Spans are exported by OTLP over HTTP, in batches,
    from a thread. Raises ImportError if the packages are missing."""
    if not enabled:
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(EXTRA_MISSING) from error
    # Python's own warnings about a collector that is away would be one line for each batch, with a traceback.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    provider = TracerProvider(resource=Resource.create({"service.name": "portico"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield Tracing(provider)
    finally:
        await end_within(CLOSE_SECONDS, asyncio.to_thread(provider.shutdown), "the export of traces")
