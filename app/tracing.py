"""Traces GraphQL operations by OpenTelemetry, if a setting says so.

What is exported, how and where to is configured by the environment variables of OpenTelemetry (`OTEL_…`).
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from app.background import end_within
from app.settings import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from app.spans import Tracing

CLOSE_SECONDS: Final = 1.0
"""How long the end of the server waits for the last spans to be exported."""

EXTRA_MISSING: Final = "PORTICO_TRACES needs the packages of OpenTelemetry: pip install 'portico[tracing]'"

PROPAGATORS: Final = "OTEL_PROPAGATORS"


def check_tracing(*, enabled: bool) -> None:
    """Checks that operations can be traced, if they shall be. Raises SettingsError if the packages of OpenTelemetry
    are missing, or one of its variables has a value that it refuses."""
    if enabled and (made := _make()) is not None:
        made[1].shutdown()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def tracing(*, enabled: bool) -> AsyncIterator["Tracing | None"]:
    """What traces operations until the end of the block, or None. Spans are exported by OTLP over HTTP, in batches,
    from a thread. Raises SettingsError as `check_tracing` does."""
    made = _make() if enabled else None
    if made is None:
        yield None
        return
    from app.spans import Tracing  # noqa: PLC0415

    provider, processor = made
    try:
        yield Tracing(provider, processor, joins_callers=_joins_callers())
    finally:
        await end_within(CLOSE_SECONDS, asyncio.to_thread(processor.shutdown), "the export of traces")


def _make() -> "tuple[TracerProvider, BatchSpanProcessor] | None":
    """Returns the sampler, the resource and the limits of the environment, in a provider, and what exports spans; or
    None if `OTEL_SDK_DISABLED` is true."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace import SpanLimits, Tracer, TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        from app.spans import resource  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(EXTRA_MISSING) from error
    # Python's own warnings about a collector that is away would be one line for each batch, with a traceback, and those
    # about headers would have their values, such as those of callers, or the key of the collector.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    # But without this one, a mistyped sampler would silently be one that samples everything.
    logging.getLogger("opentelemetry.sdk.trace.sampling").setLevel(logging.WARNING)
    try:
        SpanLimits()
        provider = TracerProvider(resource=resource(), shutdown_on_exit=False)
        if not isinstance(provider.get_tracer("portico"), Tracer):  # OTEL_SDK_DISABLED=true makes another one
            return None
        return provider, BatchSpanProcessor(OTLPSpanExporter())
    except (ValueError, OSError) as error:
        raise SettingsError(f"PORTICO_TRACES: OpenTelemetry refuses one of its variables (OTEL_…): {error}") from error


def _joins_callers() -> bool:
    """Whether the traces of callers are joined: if the propagators of the environment have that of W3C."""
    propagators = os.environ.get(PROPAGATORS, "").strip() or "tracecontext,baggage"
    return "tracecontext" in map(str.strip, propagators.split(","))
