"""Turns operations and their steps into spans of OpenTelemetry. Only `app/tracing.py` imports this module, when they
are traced: the packages of OpenTelemetry are an optional extra.

The spans are placed by hand: automatic instrumentation takes 153 µs for each request. The sampler is asked first, and
only an operation that it chooses has a span. Steps are recorded as they happen (`resolvers/timeline.py`). All become
spans at the end of their operation, complete: those of the SDK's tracer, which can still be changed, take five times as
long.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import time_ns
from typing import Any, Final

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, ParentBasedTraceIdRatio, Sampler, TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue
from starlette.types import Scope

from app.http import request_id, trace_id
from app.http.request_id import header
from app.operation_metrics import MeasuredOperation
from resolvers import timeline
from resolvers.timeline import RecordedStep

FAILED: Final = frozenset({"INTERNAL", "TIMED_OUT", "UNAVAILABLE", "UNSUPPORTED"})
"""The outcomes that make a span one of an error: those for which the server is to blame."""

NAME: Final = "graphql"
"""The name of an operation for the sampler, which is asked before its kind is known."""

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
OTHER: Final = "_OTHER"
"""What the conventions of OpenTelemetry call a method that isn't among those, which a caller has made up."""

LONGEST_VALUE: Final = 16_384
"""Characters of a span's attribute: the text of a large statement is cut off. So the spans that wait for a collector
take a limited memory, whatever callers ask for."""

LONGEST_STATE: Final = 512
"""Bytes of a `tracestate` that are kept, and exported with each step: as many as W3C Trace Context asks for, in section
3.3.1.5. A longer one is left out."""

PORTICO: Final = InstrumentationScope("portico")
UNNAMED: Final = "unknown_service"
"""What the name of a service begins with that has none."""

NO_PARENT: Final = Context()


@dataclass(frozen=True, slots=True)
class SampledOperation:
    """What is known of the span of an operation when it begins. `parent` is the caller's span, if there is one, `start`
    nanoseconds since 1970, and `attributes` are those that the sampler adds."""

    context: SpanContext
    parent: SpanContext | None
    attributes: Mapping[str, AttributeValue]
    start: int = field(default_factory=time_ns)


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace that an operation belongs to: its id, as 32 hex digits, and the operation if it is sampled."""

    id: str
    operation: SampledOperation | None


class Tracing:
    """Makes spans of the operations that the sampler of `provider` chooses, with ids and the resource of `provider`,
    and hands them to `processor`. The limits of attributes are those of the environment (`OTEL_…_LIMIT`), but none is
    longer than `LONGEST_VALUE`. With `joins_callers=False`, the traces of callers are ignored."""

    def __init__(self, provider: TracerProvider, processor: SpanProcessor, *, joins_callers: bool = True) -> None:
        self._joins_callers = joins_callers
        self._sampler, self._ids = provider.sampler, provider.id_generator
        self._resource, self._processor, self._limits = provider.resource, processor, SpanLimits()
        longest = self._limits.max_span_attribute_length
        self._longest_value = LONGEST_VALUE if longest is None else min(longest, LONGEST_VALUE)
        self._root_bound = root_bound(provider.sampler)
        random = TraceFlags.RANDOM_TRACE_ID if self._ids.is_trace_id_random() else 0
        self._root_flags = TraceFlags(TraceFlags.SAMPLED | random)
        self._propagator = TraceContextTextMapPropagator()

    def join(self, scope: Scope) -> Trace | None:
        """Returns the trace of the operation in the request of `scope`. It is that of the caller if the request has the
        header `traceparent` (W3C Trace Context). Returns None if there is none and the operation isn't sampled."""
        header_ = header(scope, b"traceparent") if self._joins_callers else None
        if header_ is not None:
            context = self._context(scope, header_)
            parent = get_current_span(context).get_span_context()
            if parent.is_valid:
                operation = self._sampled(context, parent.trace_id, parent)
                return Trace(f"{parent.trace_id:032x}", operation)
        id_ = self._ids.generate_trace_id()
        if id_ & TraceIdRatioBased.TRACE_ID_LIMIT >= self._root_bound:
            return None
        operation = self._sampled(NO_PARENT, id_, None)
        return None if operation is None else Trace(f"{id_:032x}", operation)

    def _sampled(self, context: Context, id_: int, parent: SpanContext | None) -> SampledOperation | None:
        result = self._sampler.should_sample(context, id_, NAME, SpanKind.SERVER)
        if result.decision is not Decision.RECORD_AND_SAMPLE:
            return None
        flags = self._root_flags
        if parent is not None:
            flags = TraceFlags(TraceFlags.SAMPLED | parent.trace_flags & TraceFlags.RANDOM_TRACE_ID)
        span = SpanContext(id_, self._ids.generate_span_id(), False, flags, result.trace_state)
        return SampledOperation(span, parent, result.attributes or {})

    @contextmanager
    def traced(self, scope: Scope, operation: MeasuredOperation, trace: Trace) -> Iterator[None]:
        """A block that handles the request of `scope`, which is `operation` and belongs to `trace`."""
        with trace_id.within(scope, trace.id):
            if trace.operation is None:
                yield
                return
            try:
                with timeline.recorded() as steps:
                    yield
            finally:
                self._end(trace.operation, scope, operation, steps)

    def _end(
        self, sampled: SampledOperation, scope: Scope, operation: MeasuredOperation, steps: Sequence[RecordedStep]
    ) -> None:
        for step in steps:
            self._hand_over_step(step, sampled.context)
        attributes = {
            **sampled.attributes,
            "http.request.method": scope["method"] if scope["method"] in METHODS else OTHER,
            "url.path": scope["path"],
            "graphql.operation.type": operation.kind,
            "portico.outcome": str(operation.outcome),
            "portico.cost.nodes": operation.nodes,
            "portico.request_id": request_id.current(),
        }
        failed = operation.outcome in FAILED
        self._hand_over(
            operation.kind,
            sampled.context,
            sampled.parent,
            attributes,
            kind=SpanKind.SERVER,
            status=Status(StatusCode.ERROR, str(operation.outcome)) if failed else Status(),
            start_time=sampled.start,
            end_time=time_ns(),
        )

    def _hand_over_step(self, step: RecordedStep, parent: SpanContext) -> None:
        id_ = self._ids.generate_span_id()
        context = SpanContext(parent.trace_id, id_, False, parent.trace_flags, parent.trace_state)
        attributes = {"db.system.name": "postgresql", "db.query.text": step.detail} if step.detail else {}
        kind = SpanKind.CLIENT if step.detail else SpanKind.INTERNAL
        self._hand_over(step.name, context, parent, attributes, kind=kind, start_time=step.start, end_time=step.end)

    def _hand_over(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        attributes: Mapping[str, AttributeValue],
        **more: Any,
    ) -> None:
        limited = BoundedAttributes(self._limits.max_span_attributes, attributes, max_value_len=self._longest_value)
        span = ReadableSpan(name, context, parent, self._resource, limited, instrumentation_scope=PORTICO, **more)
        self._processor.on_end(span)

    def _context(self, scope: Scope, parent: bytes) -> Context:
        state = b",".join(value for name, value in scope["headers"] if name == b"tracestate")
        if len(state) > LONGEST_STATE:
            state = b""
        carrier = {"traceparent": parent.decode("latin-1"), "tracestate": state.decode("latin-1")}
        return self._propagator.extract(carrier, NO_PARENT)


def root_bound(sampler: Sampler) -> int:
    """Returns a number such that `sampler` drops each operation without a parent if the lower 64 bits of its trace's id
    are at least that: a comparison, where the sampler takes a microsecond. For a sampler other than those of the SDK
    that sample a share, no id is so large."""
    # There is no public way to the sampler of roots. Without it, each operation asks.
    root = getattr(sampler, "_root", None) if type(sampler) is ParentBasedTraceIdRatio else sampler
    return root.bound if type(root) is TraceIdRatioBased else TraceIdRatioBased.TRACE_ID_LIMIT + 1


def resource() -> Resource:
    """Returns what the environment says of this process (`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`). A service
    without a name is called `portico`."""
    named = Resource.create()
    if str(named.attributes[SERVICE_NAME]).startswith(UNNAMED):
        named = named.merge(Resource({SERVICE_NAME: "portico"}))
    return named
