"""What is verified in a database after a backup was restored into it: the audit trail and the policy in force."""

import asyncio
from dataclasses import dataclass

from app.audit.checkpoints import Checkpoint, TrustedCheckpoints
from app.audit.verify import ChainFilter, VerificationResult, verify
from app.backup.errors import BackupError
from app.backup.manifest import Manifest
from app.cli.audit.verify import ProgressBar
from app.cli.database import load_policy_in_force
from app.cli.migrate import upgrade_database
from app.database.pools import create_write_engine
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Verified:
    """The result: the migration after the restore, the audit events and chains, and the version of the policy."""

    revision: str
    audit: VerificationResult
    policy: str


def migrate_and_verify(settings: Settings, manifest: Manifest) -> Verified:
    """Migrate the restored database to the newest schema, and verify it.

    Raises BackupError if the audit trail isn't that of the backup, and PolicyError if the policy fails its checks.
    """
    _, revision = asyncio.run(upgrade_database(settings))
    with ProgressBar() as bar:
        audit = asyncio.run(verify(settings.database(), ChainFilter(), _anchors(manifest.audit_heads), bar.report))
    if not audit.intact:
        raise BackupError(
            f"the backup is restored, but its audit trail is not intact: {audit.findings[0].message} "
            "`portico audit verify` shows all findings"
        )
    return Verified(revision, audit, asyncio.run(_policy_version(settings)))


def _anchors(heads: tuple[Checkpoint, ...]) -> TrustedCheckpoints:
    return {head.organization_id: {head.number: head.hash} for head in heads}


async def _policy_version(settings: Settings) -> str:
    engine = create_write_engine(settings.database(), max_connections=1)
    try:
        return (await load_policy_in_force(engine, settings)).version
    finally:
        await engine.dispose()
