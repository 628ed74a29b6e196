"""Turns operations and their steps into spans of OpenTelemetry. Only `app/tracing.py` imports this module, when they
are traced: the packages of OpenTelemetry are an optional extra.

The spans are placed by hand: automatic instrumentation takes 153 µs for each request. The sampler is asked first, and
only an operation that it chooses gets a span: one that is never recorded would take longer than the decision. Steps are
recorded as they happen (`resolvers/timeline.py`), and become spans at the end of their operation.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import time_ns
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Tracer, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, TraceState, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes
from starlette.types import Scope

from app.http import request_id, trace_id
from app.http.request_id import header
from app.operation_metrics import MeasuredOperation
from resolvers import timeline
from resolvers.timeline import RecordedStep

FAILED: Final = frozenset({"INTERNAL", "TIMED_OUT", "UNAVAILABLE", "UNSUPPORTED"})
"""The outcomes that make a span one of an error: those for which the server is to blame."""

NAME: Final = "graphql"
"""The name of a span until the kind of its operation is known."""

NO_PARENT: Final = Context()


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace that an operation belongs to: its id, as 32 hex digits, and the span of the operation if that is
    sampled."""

    id: str
    span: Span | None


class Tracing:
    """Makes spans for operations, by a tracer with the sampler of `provider`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._sampler, self._ids = provider.sampler, provider.id_generator
        self._tracer, self._decided = (
            provider.get_tracer("portico"),
            Decided(provider.id_generator.is_trace_id_random()),
        )
        self._propagator = TraceContextTextMapPropagator()
        if isinstance(self._tracer, Tracer):  # OTEL_SDK_DISABLED=true makes another one, whose spans record nothing
            self._tracer.sampler = self._tracer.id_generator = self._decided

    def join(self, scope: Scope) -> Trace | None:
        """Returns the trace of the operation in the request of `scope`. It is that of the caller if the request has the
        header `traceparent` (W3C Trace Context). Returns None if there is none and the operation isn't sampled."""
        header_ = header(scope, b"traceparent")
        if header_ is None:
            return self._join(NO_PARENT, self._ids.generate_trace_id(), is_root=True)
        context = self._context(scope, header_)
        parent = get_current_span(context).get_span_context()
        if not parent.is_valid:
            return self._join(NO_PARENT, self._ids.generate_trace_id(), is_root=True)
        return self._join(context, parent.trace_id, is_root=False)

    def _join(self, context: Context, id_: int, *, is_root: bool) -> Trace | None:
        result = self._sampler.should_sample(context, id_, NAME, SpanKind.SERVER)
        if result.decision is Decision.DROP:
            return None if is_root else Trace(f"{id_:032x}", None)
        self._decided.trace_id, self._decided.result = id_, result
        span = self._tracer.start_span(NAME, context, SpanKind.SERVER)
        return Trace(f"{id_:032x}", span if span.is_recording() else None)

    @contextmanager
    def traced(self, scope: Scope, operation: MeasuredOperation, trace: Trace) -> Iterator[None]:
        """A block that handles the request of `scope`, which is `operation` and belongs to `trace`."""
        with trace_id.within(scope, trace.id):
            if trace.span is None:
                yield
                return
            try:
                with timeline.recorded() as steps:
                    yield
            finally:
                self._end(trace.span, scope, operation, steps)

    def _end(self, span: Span, scope: Scope, operation: MeasuredOperation, steps: Sequence[RecordedStep]) -> None:
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
        # A span that is recorded and not sampled isn't exported, so its steps would be without a parent.
        for step in steps if span.get_span_context().trace_flags.sampled else ():
            kind = SpanKind.CLIENT if step.detail else SpanKind.INTERNAL
            attributes = {"db.system.name": "postgresql", "db.query.text": step.detail} if step.detail else {}
            child = self._tracer.start_span(step.name, context, kind, attributes, start_time=step.start)
            child.end(step.end)
        span.end(time_ns())

    def _context(self, scope: Scope, parent: bytes) -> Context:
        state = header(scope, b"tracestate") or b""
        carrier = {"traceparent": parent.decode("latin-1"), "tracestate": state.decode("latin-1")}
        return self._propagator.extract(carrier, NO_PARENT)


class Decided(Sampler, RandomIdGenerator):
    """Gives a tracer what was decided before it starts a span: the id of the trace, and the answer of the sampler. All
    other spans belong to one that is sampled, and so are sampled."""

    def __init__(self, random_ids: bool) -> None:
        self._random_ids = random_ids
        self.trace_id = 0
        self.result: SamplingResult | None = None

    def generate_trace_id(self) -> int:
        """Returns the id of the next trace."""
        return self.trace_id

    def is_trace_id_random(self) -> bool:
        """Whether the ids of traces come from a generator of random ones."""
        return self._random_ids

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
        """Returns what was decided about the next span of an operation; once, and then that a span is sampled."""
        result, self.result = self.result, None
        return result or ALWAYS_ON.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """The name of this sampler."""
        return "Decided"
