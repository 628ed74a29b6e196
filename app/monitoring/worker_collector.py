"""Turns the counts of `portico worker` into metrics, of the same names as those of a server."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from app.monitoring.database_figures import DatabaseFigures
from app.monitoring.shared import background, build, database, policy
from app.monitoring.sources import WorkerSources


class WorkerCollector(Collector):
    """Collects the metrics of a worker. `figures` were read just now, and are None if the database doesn't respond."""

    def __init__(self, sources: WorkerSources, figures: DatabaseFigures | None) -> None:
        self._sources, self._figures = sources, figures

    def collect(self) -> Iterator[Metric]:
        """The metrics, each with its name, description and samples."""
        yield build()
        yield from policy(self._sources.policy_file)
        yield from database(self._figures)
        yield from background(self._sources.background)
