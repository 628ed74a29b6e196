"""Which tests start whole servers, Portico's or PostgreSQL's, as processes of their own.

`make test` leaves them out: they take seconds each, most of them for imports and for waiting. `make test-servers` runs
them, and no others.
"""

from typing import Final

PLACES: Final = (
    "tests/app/backup/test_point_in_time.py",
    "tests/app/cli/test_cli.py::test_serve_with_the_demo",
    "tests/app/cli/test_cli.py::test_worker_sends_the_outbox",
    "tests/app/cli/backups/test_restore.py::test_the_embedded_database_is_backed_up_and_restored",
    "tests/app/cli/test_serve.py",
    "tests/app/cli/test_service_manager.py",
    "tests/app/embedded/test_privacy.py",
    "tests/app/embedded/test_sharing.py",
    "tests/app/embedded/test_supervisor.py",
    "tests/app/graphql/test_disconnected_reads.py",
    "tests/app/graphql/test_disconnected_sign_ins.py",
    "tests/app/server/test_end_while_building.py",
    "tests/app/test_server.py",
    "tests/app/webhooks/test_killed.py",
    "tests/app/workers/",
    "tests/benchmarks/test_contenders.py",
    "tests/benchmarks/test_growth.py::test_every_place_is_measured",
    "tests/benchmarks/test_sight.py::test_a_short_run_ends",
    "tests/benchmarks/test_signins.py::test_a_short_run_ends",
    "tests/docs/test_partners_guide.py",
    "tests/docs/test_webhooks_page.py",
    "tests/properties/test_killed.py",
    "tests/properties/test_no_secrets_in_logs.py",
    "tests/replicas/",
)
"""How the ids of these tests begin."""

MARKER: Final = "servers"


def starts_servers(test: str) -> bool:
    """Whether the test with this id does."""
    return test.startswith(PLACES)
