"""The manifest of a backup: what is in it, and how to recognize that it is whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.audit.checkpoints import Checkpoint, organization_id, organization_key
from app.backup.errors import BackupError

FORMAT = "portico-backup-1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a backup: the migration (`revision`), the major
    versions of PostgreSQL and of pg_dump, the schema that holds the tables, the
    number of rows of each table, the ends of the audit chains, the size and SHA-256 of the dump, and the fingerprint
    of the secret key with its salt."""

    created_at: datetime
    portico: str
    revision: str
    postgresql: int
    dumped_by: int
    schema: str
    rows: Mapping[str, int]
    audit_heads: tuple[Checkpoint, ...]
    dump_bytes: int
    dump_sha256: str
    key_salt: str
    key_fingerprint: str

    @property
    def total_rows(self) -> int:
        """The rows of all tables."""
        return sum(self.rows.values())


def to_bytes(manifest: Manifest) -> bytes:
    """The manifest as JSON."""
    document = {
        "format": FORMAT,
        "createdAt": manifest.created_at.isoformat(),
        "portico": manifest.portico,
        "revision": manifest.revision,
        "postgresql": manifest.postgresql,
        "pgDump": manifest.dumped_by,
        "schema": manifest.schema,
        "dump": {"bytes": manifest.dump_bytes, "sha256": manifest.dump_sha256},
        "key": {"salt": manifest.key_salt, "fingerprint": manifest.key_fingerprint},
        "rows": dict(manifest.rows),
        "auditHeads": [
            {"organization": organization_id(head.organization_id), "number": head.number, "hash": head.hash.hex()}
            for head in manifest.audit_heads
        ],
    }
    return json.dumps(document, indent=2).encode()


def from_bytes(content: bytes) -> Manifest:
    """The manifest in this JSON. Raises BackupError if it is malformed or of another format."""
    try:
        document = json.loads(content)
        format_ = document["format"]
        if format_ == FORMAT:
            return _parse(document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BackupError("the manifest of this backup can't be read") from error
    raise BackupError(f"this backup has the format {str(format_)[:40]!r}, and this Portico reads {FORMAT} only")


def _parse(document: Any) -> Manifest:
    rows = {str(table): int(count) for table, count in document["rows"].items()}
    heads = tuple(
        Checkpoint(
            None if head["organization"] is None else organization_key(head["organization"]),
            int(head["number"]),
            bytes.fromhex(head["hash"]),
        )
        for head in document["auditHeads"]
    )
    return Manifest(
        created_at=datetime.fromisoformat(document["createdAt"]),
        portico=str(document["portico"]),
        revision=str(document["revision"]),
        postgresql=int(document["postgresql"]),
        dumped_by=int(document["pgDump"]),
        schema=str(document["schema"]),
        rows=rows,
        audit_heads=heads,
        dump_bytes=int(document["dump"]["bytes"]),
        dump_sha256=str(document["dump"]["sha256"]),
        key_salt=str(document["key"]["salt"]),
        key_fingerprint=str(document["key"]["fingerprint"]),
    )
