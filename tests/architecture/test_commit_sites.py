"""Only the unit of work commits, and a few modules that run no mutation."""

import pytest

from tests.support.source_files import files_of, is_in, method_calls, relative, sources

pytestmark = pytest.mark.invariant("few_sites")

COMMITTING = {"commit", "rollback", "begin", "begin_nested"}
COMMITS = {
    "resolvers/transaction/unit_of_work.py": "the one place that commits mutations",
    "resolvers/driver_connection.py": "the driver's transactions, which the unit of work begins and ends",
    "app/database/read_session.py": "a read is a transaction if a pooler shares its session",
    "resolvers/outbox_queue.py": "a claimed mail and its result are one transaction",
    "resolvers/mutations/access_reviews/jobs.py": "a claim must be visible to other processes at once",
    "resolvers/mutations/access_reviews/snapshot.py": "the entries of a review need a snapshot of their own",
    "app/distribution/distribute.py": "a database is distributed in one transaction",
    "migrations/upgrading.py": "a migration is one transaction",
}


def test_only_the_unit_of_work_commits() -> None:
    found = [
        f"{relative(path)}:{call.lineno} {call.attr}"
        for path in sources()
        if not is_in(path, COMMITS)
        for call in method_calls(path, COMMITTING)
    ]
    assert found == []


@pytest.mark.parametrize("place", COMMITS)
def test_every_exception_is_needed(place: str) -> None:
    assert any(True for path in files_of(place) for _ in method_calls(path, COMMITTING))
