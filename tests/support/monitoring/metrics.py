"""What Prometheus would read of a server that runs in the test's process."""

from app.background_metrics import BackgroundMetrics
from app.monitoring.listener import exposition
from app.monitoring.sources import Sources
from tests.support.server import Client


async def metrics_of(client: Client) -> str:
    """The metrics of a server, whether or not it listens for Prometheus."""
    application = client.application
    sources = Sources(
        lambda: client.backend,
        application.state.policy_file,
        application.listening,
        application.responses,
        BackgroundMetrics(),
    )
    return (await exposition(sources)).decode()
