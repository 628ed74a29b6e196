"""The metrics that servers and `portico worker` have."""

from collections.abc import Iterator
from importlib.metadata import version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.background_metrics import BackgroundMetrics
from app.monitoring.database_figures import DatabaseFigures
from app.monitoring.families import counter, gauge, info
from app.policy.policy_file import PolicyFile


def build() -> Metric:
    """The version of Portico."""
    return info("portico_build", "The version of Portico.", {"version": version("portico")})


def policy(file: PolicyFile) -> Iterator[Metric]:
    """The policy in force, and the outcomes of new versions."""
    yield info("portico_policy", "The version of the policy in force.", {"version": file.policy.version})
    reloads = CounterMetricFamily(
        "portico_policy_reloads", "New versions of the policy by what became of them.", labels=["outcome"]
    )
    reloads.add_metric(["taken"], file.taken)
    reloads.add_metric(["refused"], file.rejected)
    yield reloads
    yield CounterMetricFamily(
        "portico_policy_errors", "Decisions that were denied by an error in the policy.", value=file.policy.errors
    )
    rolled_back = file.rollback is not None
    yield GaugeMetricFamily("portico_policy_rolled_back", "1 while a rollback is in effect.", value=rolled_back)


def database(figures: DatabaseFigures | None) -> Iterator[Metric]:
    """The figures that were read from the database; None if it doesn't respond."""
    responds = figures is not None
    yield GaugeMetricFamily("portico_database_up", "1 if the database responds.", value=responds)
    if figures is not None:
        outbox = figures.outbox
        yield GaugeMetricFamily("portico_outbox_mails", "Mails in the queue.", value=outbox.mails)
        yield GaugeMetricFamily(
            "portico_outbox_overdue_seconds",
            "For how long the first mail of the queue should have been sent.",
            value=outbox.overdue_seconds,
        )
        yield GaugeMetricFamily(
            "portico_outbox_oldest_seconds", "The age of the oldest mail in the queue.", value=outbox.oldest_seconds
        )
        yield gauge("portico_webhooks", "Webhooks by state; the failing ones are active.", "state", figures.webhooks)


def background(metrics: BackgroundMetrics) -> Iterator[Metric]:
    """The background work of the process. Without background tasks, it has no samples of rounds."""
    mails = CounterMetricFamily(
        "portico_mails", "Attempts to send a mail, by its kind and by outcome.", labels=["kind", "outcome"]
    )
    for (kind, outcome), number in metrics.mails.items():
        mails.add_metric([kind, outcome], number)
    yield mails
    yield counter(
        "portico_webhook_deliveries",
        "Attempts to send an event to a webhook: accepted, rejected, or why there was no response.",
        "outcome",
        metrics.deliveries,
    )
    rounds = CounterMetricFamily(
        "portico_background_rounds",
        "Rounds of the background tasks, which look for something to do, and do it.",
        labels=["task", "outcome"],
    )
    for task, counted in metrics.rounds.items():
        rounds.add_metric([task, "done"], counted.done)
        rounds.add_metric([task, "failed"], counted.failed)
    yield rounds
    yield gauge(
        "portico_background_last_round_timestamp_seconds",
        "When the last successful round of a task ended, or the task was started.",
        "task",
        {task: counted.last_done_at for task, counted in metrics.rounds.items()},
    )
