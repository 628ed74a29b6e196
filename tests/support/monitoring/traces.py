"""Traces operations into memory."""

from collections.abc import Sequence
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler

from app.spans import Tracing

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
PARENT: Final = "b7ad6b7169203331"


def tracing_into(exporter: InMemorySpanExporter, sampler: Sampler | None = None) -> Tracing:
    """Traces operations, and exports each span at once."""
    return Tracing(TracerProvider(sampler, shutdown_on_exit=False), SimpleSpanProcessor(exporter))


def steps_of(spans: Sequence[ReadableSpan], operation: ReadableSpan) -> list[ReadableSpan]:
    """The spans below that of an operation, in their order."""
    assert operation.context is not None
    return [span for span in spans if span.parent is not None and span.parent.span_id == operation.context.span_id]


def named(spans: Sequence[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]
