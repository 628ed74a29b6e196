"""Reads the audit events in archives, the files that `portico audit prune` writes before it removes events.

An archive is a ZIP file with one file of JSON Lines for each chain, in the order of the numbers, and a manifest.
"""

import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from app.audit.canonical_form import ChainedEvent
from app.audit.checkpoints import organization_id, organization_key
from app.audit.json_text import member_texts

FORMAT = "portico-audit-archive-1"
NO_ORGANIZATION = "none"
"""The name of the chain of events without an organization."""

LARGEST_MANIFEST = 256 * 2**20
LONGEST_LINE = 64 * 2**20
"""In bytes. An event has at most some hundred kilobytes."""

_COMPACT = ",", ":"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, TypeError, ValueError, NotImplementedError)


class ArchiveUnreadable(ValueError):
    """A file is no archive of audit events, or is damaged. The message names the file."""


@dataclass(frozen=True, slots=True)
class _Segment:
    path: Path
    first: int
    member: str


class AuditArchives:
    """The events in several archives, by chain. Raises ArchiveUnreadable for a file that is none."""

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._segments: dict[UUID | None, list[_Segment]] = {}
        for path in paths:
            for chain in _manifest(path)["chains"]:
                name = chain["organization"]
                key = None if name is None else organization_key(name)
                self._segments.setdefault(key, []).append(_Segment(path, chain["first"], member_of(key)))

    def __contains__(self, organization_id: UUID | None) -> bool:
        return organization_id in self._segments

    def events(self, organization_id: UUID | None, through: int) -> Iterator[ChainedEvent]:
        """The events of a chain up to the number `through`, each once. Raises ArchiveUnreadable."""
        last = 0
        for segment in sorted(self._segments.get(organization_id, ()), key=lambda each: each.first):
            for event in _events(segment):
                if last < event.number <= through:
                    yield event
                    last = event.number


def table_of(chain: UUID | None) -> str:
    """The name of a chain's table in an archive."""
    return f"audit_events/{organization_id(chain) or NO_ORGANIZATION}"


def member_of(chain: UUID | None) -> str:
    """The name of a chain's file in an archive."""
    return f"data/{table_of(chain)}.jsonl"


def _manifest(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("manifest.json").file_size > LARGEST_MANIFEST:
                raise ValueError("too large")
            manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
        if manifest["format"] != FORMAT:
            raise ValueError("another format")
        for chain in manifest["chains"]:
            int(chain["first"])
            if chain["organization"] is not None:
                organization_key(chain["organization"])
    except _DAMAGED as error:
        raise ArchiveUnreadable(f"{path} is not an archive of audit events, or it is damaged") from error
    return manifest


def _events(segment: _Segment) -> Iterator[ChainedEvent]:
    try:
        with zipfile.ZipFile(segment.path) as archive, archive.open(segment.member) as lines:
            for line in _lines(lines):
                yield _event(line)
    except _DAMAGED as error:
        raise ArchiveUnreadable(f"{segment.path} is damaged: {segment.member} in it can't be read") from error


def _lines(file: IO[bytes]) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if not line.endswith(b"\n"):
            raise ValueError("a line is too long, or not complete")
        yield line[:-1].decode()


def _event(line: str) -> ChainedEvent:
    members = member_texts(line, _COMPACT)
    values = {name: json.loads(text) for name, text in members.items()}

    def id_(name: str) -> UUID | None:
        return None if values[name] is None else UUID(values[name])

    def bytes_(name: str) -> bytes:
        return bytes.fromhex(values[name].removeprefix("\\x"))

    def text(name: str) -> str | None:
        return None if values[name] is None else members[name]

    return ChainedEvent(
        id_("organization_id"),
        int(values["number"]),
        bytes_("previous_hash"),
        bytes_("hash"),
        UUID(values["id"]),
        datetime.fromisoformat(values["created_at"]),
        values["kind"],
        id_("actor_id"),
        id_("subject_id"),
        values["request_id"],
        values["address"],
        values["policy_version"],
        text("changes"),
        id_("api_client_id"),
        int(values["format"]),
        None if values["salt"] is None else bytes_("salt"),
        text("erased"),
    )
