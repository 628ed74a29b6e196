"""The background tasks of a server with PORTICO_MAIL_WORKER, and of `portico worker`, except for sending mail."""

from collections.abc import Callable, Coroutine
from typing import Any

from app.access_request_upkeep import run_access_request_upkeep
from app.access_review_worker import run_access_review_worker
from app.background_metrics import BackgroundMetrics, Task
from app.domain_worker import run_domain_worker
from app.settings import Settings
from app.upkeep_worker import run_upkeep_worker
from app.webhooks.worker import run_webhook_worker
from resolvers.transaction.context import MutationContext


def background_work(
    settings: Settings, context: Callable[[], MutationContext], metrics: BackgroundMetrics
) -> list[Coroutine[Any, Any, None]]:
    """Returns the tasks. They run until cancelled, under the policy that `context` returns each time, and count their
    work in `metrics`."""
    return [
        run_access_review_worker(settings, context, metrics.start(Task.ACCESS_REVIEWS)),
        run_upkeep_worker(settings, context, metrics.start(Task.UPKEEP)),
        run_webhook_worker(settings, context, metrics),
        run_access_request_upkeep(context, metrics.start(Task.ACCESS_REQUESTS)),
        run_domain_worker(context, metrics.start(Task.DOMAINS)),
    ]
