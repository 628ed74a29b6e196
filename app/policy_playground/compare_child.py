"""The process that compares an edit with the policy in force: one JSON document in, one out. Of all that staff try out,
Oso runs only here, because a hostile source can make it run forever or crash."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from app.database.pools import create_inspection_engine
from app.policy_playground.limits import COMPARE_SECONDS, LIVE_SECONDS, limit_this_process, shortened
from app.policy_playground.report import live_report, trait_reports
from authz.checks.pipeline import run_checks
from authz.language.diagnostics import Severity, in_file_order
from authz.policy import Policy, version_of
from authz.trait_comparison.compare import compare
from authz.trait_comparison.words import summary
from resolvers.policy_analysis.edits.diff_result import compare_on_live_data
from resolvers.policy_analysis.edits.playground import LiveDifference, PolicyEdit

MAX_LISTED = 50
"""How many gained and how many lost changes on today's data are listed."""


def compare_edit(policy: Policy, source: str, prohibitions: str, database_url: str) -> PolicyEdit:
    """Checks the source as `portico policy check` does, and compares it with `policy` as `portico policy diff`."""
    _, file = policy.source
    version = version_of(source)
    findings = shortened(in_file_order(run_checks(source, file, prohibitions)))
    if any(finding.severity is Severity.ERROR for finding in findings):
        return PolicyEdit(version, findings)
    edited = Policy(source, file)
    live = asyncio.run(_on_live_data(policy, edited, database_url))
    comparison = compare(policy, edited)
    return PolicyEdit(version, findings, live, summary(comparison), trait_reports(comparison))


async def _on_live_data(policy: Policy, edited: Policy, database_url: str) -> LiveDifference | None:
    engine = create_inspection_engine(database_url, statement_timeout=LIVE_SECONDS)
    try:
        async with asyncio.timeout(LIVE_SECONDS), engine.connect() as connection:
            return live_report(await compare_on_live_data(connection, policy, edited, MAX_LISTED))
    except TimeoutError:
        return None
    finally:
        await engine.dispose()


def main(read: Callable[[], str] = sys.stdin.read) -> None:
    """Answers the one request."""
    limit_this_process(COMPARE_SECONDS)
    request = json.loads(read())
    policy = Policy(request["text"], request["file"])
    edit = compare_edit(policy, request["source"], request["prohibitions"], request["database_url"])
    sys.stdout.write(json.dumps(asdict(edit)))


if __name__ == "__main__":
    main()
