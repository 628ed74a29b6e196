"""Only a few modules run SQL; mutations run theirs through the unit of work."""

import ast

import pytest

from tests.support.source_files import files_of, is_in, method_calls, relative, sources

pytestmark = pytest.mark.invariant("few_sites")

EXECUTING = {
    "execute", "execute_on", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table", "exec_driver_sql"
}  # fmt: skip
EXECUTES = {
    "resolvers/query/reader.py": "the one way to read",
    "resolvers/prepared_statement.py": "the unit of work and `BY_CONNECTION` run their statements through it",
    "resolvers/transaction/unit_of_work.py": "mutations run their statements through it",
    "resolvers/transaction/alone.py": "statements that are transactions of their own",
    "resolvers/driver_connection.py": "begins, commits and rolls back for the driver",
    "resolvers/outbox_queue.py": "the queue of the mail worker",
    "resolvers/mutations/webhooks/figures.py": "counts webhooks for monitoring",
    "resolvers/mutations/access_reviews/jobs.py": "the queue of access reviews",
    "resolvers/mutations/access_reviews/snapshot.py": "the entries of an access review, in a snapshot of their own",
    "resolvers/rate_limits/database_counts.py": "counts attempts, each statement a transaction of its own",
    "app/workers/connection_budget.py": "how many connections PostgreSQL allows",
    "app/database/direct_connection.py": "a notification through the pooler, for the check of both addresses",
    "app/auth/database_clock.py": "what time it is in the database",
    "app/database/idle_connections.py": "pings a connection that was not used for a while",
    "app/database/notifications.py": "LISTEN and NOTIFY; changes nothing",
    "app/database/read_pool.py": "passes on what the reader reads, and asks a session whether it is usable again",
    "app/database/read_session.py": "runs what the reader reads; sets how it is planned",
    "app/database/replication/": "leases on replicas, how far they are, and what the reader reads from them",
    "app/database/sessions.py": "sets and checks the settings of a session; changes nothing",
    "resolvers/policy_analysis/actor_table.py": "all active actors, for queries about everybody's access",
    "resolvers/policy_analysis/resource_lookup.py": "the resource that such a query names",
    "resolvers/policy_analysis/who_can.py": "the users who may act on a resource",
    "resolvers/policy_analysis/capabilities.py": "the users who have a capability",
    "resolvers/policy_analysis/what_can.py": "the resources that a user may act on",
    "resolvers/policy_analysis/diff.py": "what an edit of the policy changes",
    "resolvers/simulations/simulate.py": "what a change would do to everybody's access",
    "resolvers/policy_analysis/replay.py": "what a candidate policy makes of past decisions",
    "app/cli/policy/replay.py": "the rows whose hashed ids a decision log has",
    "app/cli/policy/database_context.py": "whether there are any users",
    "app/health.py": "whether the database answers",
    "app/cli/doctor/": "what the operator is to know of the database; changes nothing",
    "app/audit/": "checks the audit trail",
    "app/cli/staff.py": "the list of the staff",
    "app/cli/data_protection/erasures.py": "who was erased, as the audit trail records it",
    "app/backup/": "counts rows, and drops and restores tables, for the operator",
    "app/distribution/": "moves the tables of a database to other machines, for the operator",
    "app/data_export/copy_organization.py": "writes an organization into another database, for the operator",
    "app/demo/": "loads the demo data",
    "migrations/": "change the schema",
}
# A mutation calls `work.execute`; these read something before there is a unit of work.
BY_CONNECTION = {
    "resolvers/mutations/access_reviews/export.py": "the rows of an access review, for the command line",
    "resolvers/policy_analysis/explain.py": "why a user may, or may not",
    "resolvers/policy_analysis/explained_actor.py": "the user or the client of whom that is asked",
    "resolvers/policy_analysis/client_subjects.py": "the API clients that may act on a resource",
    "resolvers/access_preview/what_if.py": "the grants of the user whose access is asked as it would be",
    "resolvers/policy_analysis/excess_privileges.py": "what a user has that the actor may not grant",
    "resolvers/policy_analysis/query_plan.py": "how PostgreSQL would run a statement",
    "resolvers/callers/load_actor.py": "the actor of a credential",
    "resolvers/access/past_access.py": "who had access when, for the command line",
    "resolvers/identity/sessions.py": "the user who signs in",
    "resolvers/identity/one_time_tokens.py": "the user of a link",
    "resolvers/identity/sign_in_tickets.py": "the user of a ticket",
    "resolvers/identity/password_check.py": "the words of the user whose password is rated",
    "resolvers/identity/access_tokens.py": "the API client that asks for a token",
    "resolvers/identity/signing_keys.py": "the keys that sign tokens",
    "resolvers/trusted_documents.py": "the document with an id",
    "resolvers/policy_analysis/history.py": "the history of the policy, written where no policy may be at hand",
}


def is_of_the_unit_of_work(call: ast.Attribute) -> bool:
    """Whether the method is called on a variable named `work`."""
    return isinstance(call.value, ast.Name) and call.value.id == "work"


def test_sql_is_run_in_few_places() -> None:
    found = [
        f"{relative(path)}:{call.lineno} {call.attr}"
        for path in sources()
        if not is_in(path, EXECUTES | BY_CONNECTION)
        for call in method_calls(path, EXECUTING)
        if not is_of_the_unit_of_work(call)
    ]
    assert found == []


@pytest.mark.parametrize("place", [*EXECUTES, *BY_CONNECTION])
def test_every_exception_is_needed(place: str) -> None:
    assert any(True for path in files_of(place) for _ in method_calls(path, EXECUTING))


CONNECTS = {
    "app/database/hosts.py": "the one place: each of several hosts gets its turn, and no wait is without end",
}


def test_connections_are_made_in_one_place() -> None:
    found = [
        f"{relative(path)}:{call.lineno}"
        for path in sources()
        if not is_in(path, CONNECTS)
        for call in method_calls(path, {"connect"})
        if isinstance(call.value, ast.Name) and call.value.id == "asyncpg"
    ]
    assert found == []
