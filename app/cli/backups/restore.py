"""`portico restore`."""

from pathlib import Path
from typing import Annotated

import typer

from app.backup import restore as backups
from app.backup.archive import Archive
from app.backup.errors import BackupError, KeyNeeded
from app.cli.backups.backup import Programs, contents_of, summary
from app.cli.backups.passphrase import PassphraseFile, existing_passphrase
from app.cli.backups.restored_database import Verified, migrate_and_verify
from app.cli.database import open_database
from app.cli.interruption import end_as_failure_on_sigterm, run_cancellably
from app.cli.output import AsJson, byte_progress, count_of, print_json
from app.data_folder import SECRET_KEY_FILE, keep_secret_key
from app.settings import Settings, load

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file that `portico backup` wrote.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Drop what is in the database first. Without it, the database must be empty.")
]
AnotherKey = Annotated[
    bool,
    typer.Option(
        "--with-another-key",
        help="Restore although the secret key differs: links in mails and access tokens of before stop working.",
    ),
]


def restore(
    file: File,
    *,
    passphrase_file: PassphraseFile = None,
    replace: Replace = False,
    with_another_key: AnotherKey = False,
    programs: Programs = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into the database of DATABASE_URL, or the embedded one; then migrate and verify it.

    Nothing changes unless all of the backup can be restored. If this machine has no secret key yet, the backup's is
    put into the data folder.
    """
    with Archive(file) as archive:
        with byte_progress("Checking the file", archive.manifest.dump_bytes) as report:
            archive.check_dump(report)
        backups.check_revision(archive)
        settings = load()
        key = None if with_another_key else key_to_install(settings, archive, passphrase_file)
        with open_database(settings) as settings:
            end_as_failure_on_sigterm()
            if key is not None:
                keep_secret_key(settings.data_dir, key)
            try:
                with byte_progress("Restoring", archive.manifest.dump_bytes) as report:
                    before = run_cancellably(
                        backups.restore(settings.database(), archive, replace=replace, programs=programs, report=report)
                    )
            except BaseException:
                if key is not None:
                    (settings.data_dir / SECRET_KEY_FILE).unlink(missing_ok=True)
                raise
            verified = migrate_and_verify(settings, archive.manifest)
        _print(archive, verified, before.revision, installed_key=key is not None, as_json=as_json)


def key_to_install(settings: Settings, archive: Archive, passphrase_file: Path | None) -> str | None:
    """The key of the backup if this machine has none; None if it has the same. Raises BackupError if it has another,
    or if the backup was changed by somebody without the key, and KeyNeeded."""
    key = settings.existing_key()
    if key is None:
        return decrypted_key(archive, passphrase_file).decode()
    check_key(archive, key)
    return None


def check_key(archive: Archive, key: bytes) -> None:
    """Raise BackupError unless the backup was made with `key`, and nobody without it has changed it."""
    check = archive.compare(key)
    if not check.same_key:
        raise BackupError(
            "the backup was made with another secret key than the one of this machine: set PORTICO_SECRET_KEY to that "
            "one, or restore with --with-another-key"
        )
    if not check.authentic:
        raise BackupError(
            f"{archive.path} was changed: its manifest doesn't have the code that the secret key gives it"
        )


def decrypted_key(archive: Archive, passphrase_file: Path | None) -> bytes:
    """The secret key in the backup. Raises KeyNeeded, and BackupError as `check_key` does."""
    if not archive.has_key:
        raise KeyNeeded(
            "the secret key is neither here nor in the backup: set PORTICO_SECRET_KEY to the one that the backup was "
            "made with, or restore with --with-another-key"
        )
    passphrase = existing_passphrase(passphrase_file)
    if passphrase is None:
        raise KeyNeeded("there is no secret key here, and the backup's is encrypted: give --passphrase-file")
    key = archive.secret_key(passphrase)
    if key is None:
        raise KeyNeeded("the passphrase is wrong, or the backup was changed")
    check_key(archive, key)
    return key


def _print(archive: Archive, verified: Verified, before: str | None, *, installed_key: bool, as_json: bool) -> None:
    manifest = archive.manifest
    if as_json:
        print_json(
            {
                **summary(manifest),
                "migratedTo": verified.revision,
                "replacedMigration": before,
                "installedKey": installed_key,
                "policyVersion": verified.policy,
            }
        )
        return
    typer.echo(f"Restored {contents_of(manifest)} of {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC.")
    if before is not None:
        typer.echo(f"The former contents (migration {before}) were dropped.")
    if installed_key:
        typer.echo("The secret key of the backup was put into the data folder.")
    if verified.revision != manifest.revision:
        typer.echo(f"Migrated: {manifest.revision} -> {verified.revision}")
    events, chains = count_of(verified.audit.events, "event"), count_of(verified.audit.chains, "chain")
    typer.echo(f"Audit trail: intact, {events} in {chains}. Policy {verified.policy} passes its checks.")
    typer.echo("Whoever was erased since then is there again: portico erasures apply FILE.")
