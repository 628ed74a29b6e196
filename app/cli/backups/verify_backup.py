"""`portico verify-backup`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app import embedded
from app.backup import restore as backups
from app.backup.archive import Archive
from app.backup.errors import KeyNeeded
from app.cli.backups.backup import Programs, contents_of, summary
from app.cli.backups.passphrase import PassphraseFile
from app.cli.backups.restore import File, check_key, decrypted_key
from app.cli.backups.restored_database import Verified, migrate_and_verify
from app.cli.interruption import end_as_failure_on_sigterm, run_cancellably
from app.cli.output import AsJson, byte_progress, count_of, print_json
from app.settings import Settings, load

TryRestore = Annotated[
    bool,
    typer.Option(
        "--restore", help="Also restore it into a PostgreSQL that exists only for this, migrate and verify that."
    ),
]

QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""Settings of a server whose data nobody needs afterwards."""


def verify_backup(
    file: File,
    *,
    passphrase_file: PassphraseFile = None,
    restore: TryRestore = False,
    programs: Programs = None,
    as_json: AsJson = False,
) -> None:
    """Check that a backup is complete and unchanged, and with --restore that it can be restored.

    Whether nobody has changed it on purpose can be told with the secret key only: this machine's, or with
    --passphrase-file the one in the backup.
    """
    settings = load()
    with Archive(file) as archive:
        with byte_progress("Checking the file", archive.manifest.dump_bytes) as report:
            archive.check_dump(report)
        authentic = _check_key(archive, settings, passphrase_file)
        if restore and not authentic:
            raise KeyNeeded(
                "--restore runs the SQL in the file, so it needs the secret key to tell that nobody has changed it: "
                "set PORTICO_SECRET_KEY, or give --passphrase-file if the key is in the file"
            )
        backups.check_revision(archive)
        verified = _try_restore(archive, settings, programs) if restore else None
        _print(archive, verified, authentic=authentic, as_json=as_json)


def _check_key(archive: Archive, settings: Settings, passphrase_file: Path | None) -> bool:
    """Whether the backup is known to be unchanged; False if there is no key that could tell. Raises BackupError if it
    was changed."""
    if passphrase_file is not None:
        decrypted_key(archive, passphrase_file)
        return True
    key = settings.existing_key()
    if key is None or not archive.compare(key).same_key:
        return False
    check_key(archive, key)
    return True


def _try_restore(archive: Archive, settings: Settings, programs: Path | None) -> Verified:
    with _scratch_database() as url:
        end_as_failure_on_sigterm()
        with byte_progress("Restoring", archive.manifest.dump_bytes) as report:
            run_cancellably(backups.restore(url, archive, replace=False, programs=programs, report=report))
        return migrate_and_verify(settings.with_database(url), archive.manifest)


@contextmanager
def _scratch_database() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="portico-verify-"))
    folder.chmod(0o711)  # for the user that PostgreSQL runs as; the data folder in it is private
    try:
        with embedded.running(folder / "data", QUICK) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _print(archive: Archive, verified: Verified | None, *, authentic: bool, as_json: bool) -> None:
    manifest = archive.manifest
    if as_json:
        policy = verified and verified.policy
        document = {"authentic": authentic, "hasKey": archive.has_key, "restored": verified is not None}
        print_json({**summary(manifest), **document, "policyVersion": policy})
        return
    typer.echo(f"Complete: {contents_of(manifest)} of {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC.")
    typer.echo(
        "Unchanged since it was made: its code is that of the secret key."
        if authentic
        else "Without the secret key, it can't be told whether somebody has changed it on purpose."
    )
    typer.echo("The secret key is in it, encrypted." if archive.has_key else "The secret key is not in it.")
    if verified is not None:
        events, chains = count_of(verified.audit.events, "event"), count_of(verified.audit.chains, "chain")
        typer.echo(
            f"Restored on trial at migration {verified.revision}. Audit trail: intact, {events} in {chains}. "
            f"Policy {verified.policy} passes its checks."
        )
