"""`portico backup`."""

from pathlib import Path
from typing import Annotated

import typer

from app.backup.dump import write_backup
from app.backup.errors import BackupError
from app.backup.manifest import Manifest
from app.cli.backups.passphrase import PassphraseFile, new_passphrase
from app.cli.database import open_database
from app.cli.interruption import end_as_failure_on_sigterm, run_cancellably
from app.cli.output import AsJson, byte_progress, count_of, print_json
from app.cli.output_files.archive import archive_path, new_archive
from app.settings import Settings, load

NAME = "portico-%Y%m%dT%H%M%SZ.zip"

File = Annotated[
    Path | None,
    typer.Argument(help=f"The file to write, or a folder for it. Default: {NAME.replace('%', '%%')} in this folder."),
]
WithoutKey = Annotated[bool, typer.Option("--without-key", help="Leave out the secret key, which you keep elsewhere.")]
Programs = Annotated[
    Path | None, typer.Option(exists=True, file_okay=False, help="The folder of pg_dump and pg_restore to use.")
]


def backup(
    file: File = None,
    *,
    passphrase_file: PassphraseFile = None,
    without_key: WithoutKey = False,
    programs: Programs = None,
    as_json: AsJson = False,
) -> None:
    """Write the database and the secret key to one file, while servers run. An existing file is never replaced.

    The secret key is encrypted with a passphrase: from --passphrase-file, or typed. The data itself is not encrypted:
    the file is as confidential as the database.
    """
    passphrase = None if without_key else new_passphrase(passphrase_file)
    if passphrase is None and not without_key:
        raise typer.BadParameter("Give --passphrase-file, or --without-key to leave out the secret key.")
    path = archive_path(file, NAME)
    with open_database(load()) as settings:
        end_as_failure_on_sigterm()
        with byte_progress("Backing up") as report, new_archive(path) as output:
            work = write_backup(
                settings.database(), output, _key(settings), passphrase, programs=programs, report=report
            )
            manifest = run_cancellably(work)
    size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "bytes": size, "hasKey": not without_key, **summary(manifest)})
    else:
        typer.echo(f"Backed up {contents_of(manifest)} to {path} ({size / 1e6:,.1f} MB).")


def contents_of(manifest: Manifest) -> str:
    """What is in a backup, for people."""
    return f"{count_of(manifest.total_rows, 'row')} in {count_of(len(manifest.rows), 'table')}"


def summary(manifest: Manifest) -> dict[str, object]:
    """What is in a backup, for machines."""
    return {
        "createdAt": manifest.created_at.isoformat(),
        "portico": manifest.portico,
        "migration": manifest.revision,
        "postgresql": manifest.postgresql,
        "rows": manifest.total_rows,
        "tables": len(manifest.rows),
        "auditEvents": sum(head.number for head in manifest.audit_heads),
    }


def _key(settings: Settings) -> bytes:
    """The key of the servers. One isn't generated for somebody else's database: it would be the wrong one."""
    key = settings.existing_key()
    if key is None:
        raise BackupError(
            f"there is no secret key: PORTICO_SECRET_KEY isn't set, and {settings.data_dir} has none. Set it, or "
            "PORTICO_DATA_DIR, as the servers have it"
        )
    return key
