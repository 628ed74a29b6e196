"""What monitoring sees of replicas."""

import re
from pathlib import Path

from app.database.replication.replica import ReplicaState
from tests.support.monitoring.metrics import metrics_of
from tests.support.replicas.standby import Standby
from tests.support.replicas.two_servers import reading_from, until_state
from tests.support.server import Client

NAME = "replica #1"


async def figures(client: Client) -> dict[str, float]:
    """The samples about replicas, by name with labels."""
    return {
        name: float(value) for name, value in re.findall(r"^(portico_\S*{.*}) (\S+)$", await metrics_of(client), re.M)
    }


async def test_each_replica_has_its_state_lag_and_counts(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path) as client:
        token = await client.sign_in("ada@acme.example")
        for _ in range(3):
            await client.data("{ viewer { user { email } } }", token)
        seen = await figures(client)
        assert seen[f'portico_replica_state{{replica="{NAME}",state="in use"}}'] == 1
        assert seen[f'portico_replica_state{{replica="{NAME}",state="lagging"}}'] == 0
        assert seen[f'portico_reads_total{{database="{NAME}"}}'] + seen['portico_reads_total{database="primary"}'] >= 3
        assert seen['portico_replica_wait_seconds_count{of="change"}'] >= 1
        assert seen[f'portico_database_connections{{pool="reading from {NAME}"}}'] >= 1
        assert (await client.http.get("/readyz")).json()["checks"]["replicas"] == ["in use"]
        shared_standby.pause()
        await until_state(client, ReplicaState.LAGGING)
        seen = await figures(client)
        assert seen[f'portico_replica_state{{replica="{NAME}",state="lagging"}}'] == 1
        assert seen[f'portico_replica_lag_seconds{{replica="{NAME}"}}'] > 0
        ready = await client.http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["replicas"]) == (200, ["lagging"])
