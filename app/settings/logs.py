"""Logs, metrics and traces."""

from typing import Literal

from pydantic_settings import BaseSettings

from app.settings.declare import variable


class LogSettings(BaseSettings):
    """Logs, metrics and traces."""

    log_format: Literal["text", "json"] = variable(
        "PORTICO_LOG_FORMAT", "text", "Whether a line of the log is text for people, or a JSON object for programs."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = variable(
        "PORTICO_LOG_LEVEL", "INFO", "The lowest level that is logged."
    )
    metrics_port: int | None = variable(
        "PORTICO_METRICS_PORT",
        None,
        "The port for Prometheus to read metrics from. If unset, there are none.",
        ge=1,
        le=65535,
    )
    worker_metrics_port: int | None = variable(
        "PORTICO_WORKER_METRICS_PORT",
        None,
        "The port for the metrics of `portico worker`. Several workers on one machine need different ones.",
        ge=1,
        le=65535,
    )
    metrics_host: str = variable("PORTICO_METRICS_HOST", "127.0.0.1", "The address to listen on for Prometheus.")
    traces: bool = variable(
        "PORTICO_TRACES", False, "Whether operations are traced by OpenTelemetry, as its own variables (OTEL_…) say."
    )
