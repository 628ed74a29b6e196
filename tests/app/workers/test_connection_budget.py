"""The connections of all servers on one database are compared with what PostgreSQL allows."""

from pathlib import Path

import asyncpg
import pytest

from app.database.pools import normalize_url
from app.policy.reload import LISTENER
from app.settings import Settings, load
from app.workers.connection_budget import check_connections, connections_needed, read_room


def server(url: str, folder: Path, workers: int, *, connections: int) -> Settings:
    """The settings of a server each of whose processes opens so many connections."""
    pools = {"read_connections": connections - 10, "write_connections": 6, "reserved_connections": 4}
    return load(database_url=url, data_dir=folder, workers=workers, **pools)


@pytest.mark.parametrize("workers", [1, 2])
async def test_servers_that_may_together_open_too_many_are_warned(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, workers: int
) -> None:
    url = normalize_url(database_url)
    other = await asyncpg.connect(url)
    try:
        allowed = (await read_room(other, load(database_url=url, data_dir=tmp_path))).allowed
        # As many as are allowed, with those of background tasks, and of one more worker while they are restarted.
        each = allowed - 4 if workers == 1 else (allowed - 5) // 3
        settings = server(url, tmp_path, workers, connections=each)
        assert each < connections_needed(settings) <= allowed
        await check_connections(settings)
        assert caplog.text == ""

        # Each process of a server listens for requests to reload its policy.
        await other.execute(f"SET application_name = '{LISTENER}'")
        room = await read_room(other, settings)
        assert (room.processes, room.others, room.is_short) == (1, each, True)
        await check_connections(settings)
        assert (
            f"Connections may run out: this server opens up to {room.needed} connections to PostgreSQL, and 1 other "
            f"processes that are connected up to {each}, if they have the same settings; PostgreSQL allows {allowed}."
        ) in caplog.text
    finally:
        await other.close()
