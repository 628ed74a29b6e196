"""Checks of the policy in force: it passes the load checks, and its prohibitions are there."""

from app.cli.database import load_policy_in_force
from app.cli.doctor.result import CheckResult, fail, or_ok, warn
from app.cli.output import load_policy_with_progress
from app.database.pools import create_write_engine
from app.settings import Settings
from authz.policy import PROHIBITIONS_FILE, PolicyError, prohibitions_beside
from resolvers.policy_analysis.history import rollback_in_effect
from resolvers.prepared_statement import single_statements

NAME = "policy"


async def check_policy(settings: Settings, *, with_database: bool) -> list[CheckResult]:
    """The version that servers use: with a database, that of a rollback in effect."""
    try:
        rolled_back, version = await _in_force(settings) if with_database else (False, _of_file(settings))
    except (PolicyError, OSError) as error:
        reason = str(error).splitlines()[0]
        return [
            fail(NAME, reason, "Correct it; `portico policy check` shows all findings. Servers don't start with it.")
        ]
    problems = [
        warn(
            NAME,
            f"A rollback to {version} is in effect, whatever the file has.",
            "`portico policy rollback --end` ends it.",
        )
        if rolled_back
        else None,
        warn(NAME, f"There is no {PROHIBITIONS_FILE} beside {settings.policy}.", "Put one there: see docs/policy.md.")
        if not prohibitions_beside(settings.policy).strip()
        else None,
    ]
    return or_ok(NAME, problems, f"{settings.policy}, version {version}, passes its checks")


def _of_file(settings: Settings) -> str:
    return load_policy_with_progress(settings).version


async def _in_force(settings: Settings) -> tuple[bool, str]:
    engine = create_write_engine(settings.database(), max_connections=1)
    try:
        policy = await load_policy_in_force(engine, settings)
        async with single_statements(engine) as connection:
            return await rollback_in_effect(connection) is not None, policy.version
    finally:
        await engine.dispose()
