"""The file of a backup: writes it, and reads it with all checks."""

import hashlib
import hmac
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.backup import manifest as manifests
from app.backup.errors import BackupError
from app.backup.manifest import Manifest
from app.backup.secret_key import decrypt_key, encrypt_key, fingerprint, manifest_code

DUMP, KEY, MANIFEST, CODE = "database.dump", "secret-key", "manifest.json", "manifest.hmac"

LARGEST = {MANIFEST: 256 * 2**20, CODE: 64, KEY: 4096}
"""The largest members that are read into memory, in bytes. An audit chain adds 160 bytes to the manifest."""

CHUNK = 2**20

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError)
"""What `zipfile` raises for a file that isn't an archive, or has been damaged."""

Report = Callable[[int], None]
"""Called with the bytes of the dump that have been processed."""


def _report_nothing(_: int) -> None:
    pass


class ArchiveWriter:
    """Writes a backup, in a `with` block: `add` for each piece of the dump, then `finish`."""

    def __init__(self, file: IO[bytes], report: Report) -> None:
        self._report = report
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._dump = self._zip.open(DUMP, "w", force_zip64=True)
        self._hash = hashlib.sha256()
        self.dump_bytes = 0

    def __enter__(self) -> "ArchiveWriter":
        return self

    def __exit__(self, *_: object) -> None:
        # After an error the file is discarded; if it was a full disk, it comes again here.
        with suppress(OSError):
            self._dump.close()
        with suppress(OSError):
            self._zip.close()

    @property
    def dump_sha256(self) -> str:
        """The SHA-256 of what was added so far, in hexadecimal digits."""
        return self._hash.hexdigest()

    def add(self, content: bytes) -> None:
        """Append to the dump."""
        self._dump.write(content)
        self._hash.update(content)
        self.dump_bytes += len(content)
        self._report(self.dump_bytes)

    def finish(self, manifest: Manifest, secret_key: bytes, passphrase: str | None) -> None:
        """Add the manifest, and with a passphrase the secret key. Nothing can be added after that."""
        self._dump.close()
        content = manifests.to_bytes(manifest)
        if passphrase is not None:
            self._zip.writestr(KEY, encrypt_key(secret_key, passphrase, content))
        self._zip.writestr(MANIFEST, content)
        self._zip.writestr(CODE, manifest_code(secret_key, content))
        self._zip.close()


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """Whether a backup belongs to a secret key."""

    same_key: bool
    authentic: bool


class Archive:
    """A backup that exists. Raises BackupError if the file isn't one, or is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            self._content = self._read(MANIFEST)
            self._code = self._read(CODE)
            self.has_key = KEY in self._zip.namelist()
            self._key = self._read(KEY) if self.has_key else b""
        except _DAMAGED as error:
            raise BackupError(f"{path} is not a backup of Portico, or it is not complete") from error
        self.manifest = manifests.from_bytes(self._content)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def check_dump(self, report: Report = _report_nothing) -> None:
        """Read the whole dump. Raises BackupError unless it has the checksum of the manifest."""
        digest = hashlib.sha256()
        for chunk in self.dump(report):
            digest.update(chunk)
        if digest.hexdigest() != self.manifest.dump_sha256:
            raise BackupError(f"{self.path} was changed: the dump doesn't have the checksum in the manifest")

    def dump(self, report: Report = _report_nothing) -> Iterator[bytes]:
        """The dump, piece by piece. Raises BackupError where it is damaged."""
        done = 0
        try:
            with self._zip.open(DUMP) as file:
                while chunk := file.read(CHUNK):
                    done += len(chunk)
                    report(done)
                    yield chunk
        except _DAMAGED as error:
            raise BackupError(f"{self.path} is damaged: its checksum is wrong, or a part is missing") from error

    def compare(self, secret_key: bytes) -> KeyCheck:
        """Whether the backup was made with `secret_key`, and not changed by anybody without it."""
        same = hmac.compare_digest(fingerprint(secret_key, self.manifest.key_salt), self.manifest.key_fingerprint)
        return KeyCheck(same, hmac.compare_digest(manifest_code(secret_key, self._content), self._code))

    def secret_key(self, passphrase: str) -> bytes | None:
        """The secret key; None if the passphrase is wrong, or the backup was changed. Takes half a second."""
        return decrypt_key(self._key, passphrase, self._content)

    def _read(self, name: str) -> bytes:
        if self._zip.getinfo(name).file_size > LARGEST[name]:
            raise BackupError(f"{self.path} is damaged: {name} in it is too large")
        return self._zip.read(name)
