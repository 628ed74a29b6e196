"""Families of samples with one label, as the library of Prometheus has them."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from resolvers.distribution import Distribution


def info(name: str, description: str, value: Mapping[str, str]) -> Metric:
    """Returns a metric whose value is in its labels."""
    return InfoMetricFamily(name, description, value=dict(value))


def gauge(name: str, description: str, label: str, values: Mapping[str, float]) -> Metric:
    """Returns a gauge with a sample for each value of its label."""
    family = GaugeMetricFamily(name, description, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def counter(name: str, description: str, label: str, values: Mapping[str, float]) -> Metric:
    """Returns a counter with a sample for each value of its label."""
    family = CounterMetricFamily(name, description, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def histogram(name: str, description: str, label: str, values: Mapping[str, Distribution]) -> Metric:
    """Returns a histogram for each value of its label."""
    family = HistogramMetricFamily(name, description, labels=[label])
    for key, distribution in values.items():
        family.add_metric([key], list(_cumulative(distribution)), distribution.total)
    return family


def _cumulative(distribution: Distribution) -> Iterator[tuple[str, int]]:
    total = 0
    for bound, number in zip([*map(str, distribution.bounds), "+Inf"], distribution.counts, strict=True):
        total += number
        yield bound, total
