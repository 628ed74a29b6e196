"""Turns the counts of a server into metrics, with names and units by the conventions of Prometheus
(https://prometheus.io/docs/practices/naming/).

No label holds a value that a caller chooses: their values are kinds, codes, reasons and names of queues, of which there
are few. No metric is about a single user or organization.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.backend import Backend
from app.database.read_pool import ReadPool
from app.database.replication.replica import ReplicaState
from app.database.replication.replicas import Replicas
from app.monitoring.database_figures import DatabaseFigures
from app.monitoring.families import counter, gauge, histogram
from app.monitoring.shared import background, build, database, policy
from app.monitoring.sources import Sources
from resolvers.fair_queue import FairQueue
from resolvers.rate_limits.hashing_queue import Line

HASHING: Final = "hashing"

READING: Final = "reading from "
"""What the names of the queues and pools of replicas begin with."""


class ServerCollector(Collector):
    """Collects the metrics of a server. `figures` were read just now, and are None if the
    database doesn't respond."""

    def __init__(self, sources: Sources, figures: DatabaseFigures | None) -> None:
        self._sources, self._figures = sources, figures

    def collect(self) -> Iterator[Metric]:
        """The metrics, each with its name, description and samples."""
        backend = self._sources.backend()
        yield build()
        yield from _operations(backend)
        yield from self._http()
        yield from _queues(backend)
        yield from _connections(backend)
        yield from _replicas(backend.replicas)
        yield from policy(self._sources.policy_file)
        yield from database(self._figures)
        yield from background(self._sources.background)
        yield GaugeMetricFamily(
            "portico_clock_offset_seconds",
            "What the clock of this machine is behind that of the database; 0 if it is less than 5 seconds.",
            value=backend.access_tokens.clock.offset.total_seconds(),
        )

    def _http(self) -> Iterator[Metric]:
        responses = CounterMetricFamily(
            "portico_http_responses", "HTTP responses by status; none if the client was gone before.", labels=["status"]
        )
        for status, number in self._sources.responses.items():
            responses.add_metric([str(status or "none")], number)
        yield responses
        refusals = CounterMetricFamily(
            "portico_http_refusals", "Requests and connections refused before the application.", labels=["reason"]
        )
        for reason, number in self._sources.listening.refusals.items():
            refusals.add_metric([reason], number)
        yield refusals
        open_ = self._sources.listening.connections()
        yield GaugeMetricFamily("portico_http_connections", "Open connections of clients.", value=open_)


def _operations(backend: Backend) -> Iterator[Metric]:
    metrics = backend.operation_metrics
    counts = CounterMetricFamily(
        "portico_operations",
        "GraphQL operations by kind and outcome: OK, or an error's code.",
        labels=["kind", "outcome"],
    )
    for (kind, outcome), number in metrics.outcomes.items():
        counts.add_metric([kind, str(outcome)], number)
    yield counts
    yield counter("portico_mutation_errors", "Errors in the payloads of mutations.", "code", metrics.mutation_errors)
    yield histogram(
        "portico_operation_duration_seconds", "From the head of a request to its response.", "kind", metrics.seconds
    )
    yield histogram(
        "portico_operation_database_seconds",
        "The time in the database of reads and access queries.",
        "kind",
        metrics.database_seconds,
    )
    nodes = CounterMetricFamily("portico_operation_cost_nodes", "The nodes that were charged.", labels=["kind"])
    for kind, number in metrics.nodes.items():
        nodes.add_metric([kind], number)
    yield nodes
    yield histogram(
        "portico_statement_build_seconds",
        "The wait for the statement of a new query, its turn in the queue included.",
        "statement",
        {"read": backend.reader.builds},
    )


def _queues(backend: Backend) -> Iterator[Metric]:
    queues: dict[str, FairQueue] = {
        "reading": backend.pool.queue,
        "planning": backend.pool.planning,
        "preparing": backend.preparing.queue,
        **{f"{READING}{name}": pool.queue for name, pool in _replica_pools(backend).items()},
    }
    if backend.mutation_context.places is not None:
        queues["writing"] = backend.mutation_context.places
    hashing = backend.mutation_context.hashing
    waiting = {name: queue.waiting() for name, queue in queues.items()}
    waiting[HASHING] = sum(hashing.waiting(line) for line in Line)
    refused = {name: queue.refused for name, queue in queues.items()} | {HASHING: hashing.refused}
    waits = {name: queue.waits for name, queue in queues.items()} | {HASHING: hashing.waits}
    yield gauge("portico_queue_waiting", "How many wait in a queue now.", "queue", waiting)
    places = {name: queue.free for name, queue in queues.items()}
    yield gauge("portico_queue_free_places", "Free places behind a queue.", "queue", places)
    counts = CounterMetricFamily("portico_queue_refused", "How many a queue has refused.", labels=["queue"])
    for name, number in refused.items():
        counts.add_metric([name], number)
    yield counts
    yield histogram("portico_queue_wait_seconds", "The waits of those who had to wait for a place.", "queue", waits)


def _connections(backend: Backend) -> Iterator[Metric]:
    writing, reserved = backend.engine.pool, backend.reserved_engine.pool
    in_use = {"writing": writing.checkedout(), "reserved": reserved.checkedout()}  # type: ignore[attr-defined]
    idle = {"writing": writing.checkedin(), "reserved": reserved.checkedin()}  # type: ignore[attr-defined]
    open_ = {name: in_use[name] + idle[name] for name in in_use} | {"reading": backend.pool.sessions}
    in_use["reading"] = backend.pool.used
    for name, pool in _replica_pools(backend).items():
        open_[f"{READING}{name}"], in_use[f"{READING}{name}"] = pool.sessions, pool.used
    yield gauge("portico_database_connections", "Open connections to PostgreSQL.", "pool", open_)
    yield gauge("portico_database_connections_in_use", "Those that run or wait for a statement.", "pool", in_use)


def _replica_pools(backend: Backend) -> Mapping[str, ReadPool]:
    return {} if backend.replicas is None else backend.replicas.pools()


def _replicas(replicas: Replicas | None) -> Iterator[Metric]:
    """Without any replicas, these metrics have no samples."""
    all_ = () if replicas is None else replicas.all
    states = GaugeMetricFamily(
        "portico_replica_state", "1 for the state in which a read replica is.", labels=["replica", "state"]
    )
    for replica in all_:
        for state in ReplicaState:
            states.add_metric([replica.name, state], state is replica.state)
    yield states
    lags = {replica.name: replica.lag for replica in all_}
    yield gauge("portico_replica_lag_seconds", "How far a read replica is behind, at most.", "replica", lags)
    sent = {replica.name: replica.reads for replica in all_}
    sent |= {} if replicas is None else {"primary": replicas.primary_reads}
    yield counter("portico_reads", "Reads by the database that they were sent to.", "database", sent)
    retries = {replica.name: replica.retries for replica in all_}
    yield counter("portico_replica_retries", "Reads that a replica didn't answer, and another did.", "replica", retries)
    left = GaugeMetricFamily(
        "portico_reads_only_seconds_left",
        "For how long queries go on at most while the primary is away; no sample if it isn't.",
    )
    if replicas is not None and replicas.reads_alone():
        left.add_metric([], replicas.primary.alone_seconds_left)
    yield left
    waits = {} if replicas is None else {"change": replicas.waits}
    yield histogram(
        "portico_replica_wait_seconds", "The waits of changes until the read replicas had them.", "of", waits
    )
