"""Turns operations and their steps into spans of OpenTelemetry. Only `app/tracing.py` imports this module, when they
are traced: the packages of OpenTelemetry are an optional extra.

The spans are placed by hand: automatic instrumentation takes 153 µs for each request. Steps are recorded as they happen
(`resolvers/timeline.py`) and become spans at the end, and only for an operation that is sampled.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import time_ns
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from app.http import request_id
from app.http.request_id import header
from app.operation_metrics import MeasuredOperation
from resolvers import timeline

FAILED: Final = frozenset({"INTERNAL", "TIMED_OUT", "UNAVAILABLE", "UNSUPPORTED"})
"""The outcomes that make a span one of an error: those for which the server is to blame."""


class Tracing:
    """Makes spans for operations, by the tracer of `provider`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("portico")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def traced(self, scope: Scope, operation: MeasuredOperation) -> Iterator[None]:
        """A block that handles the request of `scope`, which is `operation`. It continues the trace of the caller, if
        the request has the header `traceparent` (W3C Trace Context)."""
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

    def _parent(self, scope: Scope) -> Context | None:
        parent = header(scope, b"traceparent")
        if parent is None:
            return None
        state = header(scope, b"tracestate") or b""
        carrier = {"traceparent": parent.decode("latin-1"), "tracestate": state.decode("latin-1")}
        return self._propagator.extract(carrier)
