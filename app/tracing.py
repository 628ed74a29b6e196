"""Traces GraphQL operations by OpenTelemetry, if a setting says so.

What is exported, how and where to is configured by the environment variables of OpenTelemetry (`OTEL_…`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from app.background import end_within

if TYPE_CHECKING:
    from app.spans import Tracing

CLOSE_SECONDS: Final = 1.0
"""How long the end of the server waits for the last spans to be exported."""

EXTRA_MISSING: Final = "PORTICO_TRACES needs the packages of OpenTelemetry: pip install 'portico[tracing]'"


@asynccontextmanager
async def tracing(*, enabled: bool) -> AsyncIterator["Tracing | None"]:
    """What traces operations until the end of the block, or None. Spans are exported by OTLP over HTTP, in batches,
    from a thread. Raises ImportError if the packages are missing."""
    if not enabled:
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import Tracer, TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        from app.spans import Tracing  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(EXTRA_MISSING) from error
    # Python's own warnings about a collector that is away would be one line for each batch, with a traceback.
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    provider = TracerProvider(resource=Resource.create({"service.name": "portico"}), shutdown_on_exit=False)
    if not isinstance(provider.get_tracer("portico"), Tracer):  # OTEL_SDK_DISABLED=true makes another one
        yield None
        return
    processor = BatchSpanProcessor(OTLPSpanExporter())
    try:
        yield Tracing(provider, processor)
    finally:
        await end_within(CLOSE_SECONDS, asyncio.to_thread(processor.shutdown), "the export of traces")
