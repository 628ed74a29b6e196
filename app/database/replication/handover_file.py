"""The file in the data folder in which a process writes its handover (`handover.py`) while the primary is away.

Only its owner may read and write it, and it ends with a MAC under the secret key: a process takes over only from one
that had the same key, and addresses the same databases. It is replaced as a whole. It is not synced to disk, because
nothing of it may be used after the machine has been started anew.
"""

import hmac
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.database.replication.clock import Boot, now
from app.database.replication.handover import Handover, HandoverRefused, Standing, decode, encode
from resolvers.encryption import keyed_hash

NAME: Final = "primary-outage"

MOST_BYTES: Final = 65_536


class HandoverFile:
    """The file in the folder `data_dir`, for servers whose primary is at `primary_url` and whose replicas are at
    `replica_urls`."""

    def __init__(self, data_dir: Path, secret_key: bytes, primary_url: str, replica_urls: Sequence[str]) -> None:
        self.path = data_dir / NAME
        self._draft = data_dir / f".{NAME}-{os.getpid()}"
        self._secret_key = secret_key
        self._primary = self._key(primary_url)
        self.keys = [self._key(url) for url in replica_urls]

    def write(self, handover: Handover) -> None:
        """Replaces the file. Raises OSError."""
        text = encode(handover, self._primary, Boot.current())
        self._draft.unlink(missing_ok=True)
        # Created anew, so it is a file of this user that nobody else has open.
        descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "w", encoding="ascii") as draft:  # noqa: PTH123 - of a descriptor
                draft.write(f"{text}\n{self._mac(text)}\n")
            self._draft.replace(self.path)
        except BaseException:
            with suppress(OSError):
                self._draft.unlink()
            raise

    def remove(self) -> None:
        """Removes the file, if there is one. Raises OSError."""
        self.path.unlink(missing_ok=True)

    def read(self, alone_seconds: float, asked_since: float) -> Handover:
        """Returns what may be taken over now, to read without the primary for `alone_seconds`, by a process that has
        asked it in vain since `asked_since` (`clock.now`). Raises HandoverRefused."""
        text, _, mac = self._content().rstrip("\n").rpartition("\n")
        if not hmac.compare_digest(self._mac(text), mac):
            raise HandoverRefused("it is damaged, or was written under another PORTICO_SECRET_KEY")
        handover = decode(text, self._primary, Boot.current())
        known = {key: standing for key, standing in handover.replicas.items() if key in self.keys}
        handover = Handover(handover.reached_at, handover.asked_at, handover.rollback, known)
        handover.check(now(), alone_seconds, asked_since)
        return handover

    def standings(self, handover: Handover) -> list[Standing | None]:
        """What is known of each replica, in the order of their URLs."""
        return [handover.replicas.get(key) for key in self.keys]

    def _content(self) -> str:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                state = os.fstat(descriptor)
                if not stat.S_ISREG(state.st_mode):
                    raise HandoverRefused("it isn't a regular file")
                if state.st_uid != os.geteuid() or state.st_mode & 0o077:
                    raise HandoverRefused("another user may have written it")
                content = os.read(descriptor, MOST_BYTES + 1)
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            raise HandoverRefused("no process on this machine was reading from replicas just before") from None
        except OSError as error:
            raise HandoverRefused(f"it can't be read ({error.strerror})") from error
        if len(content) > MOST_BYTES or not content.isascii():
            raise HandoverRefused("it is malformed")
        return content.decode("ascii")

    def _key(self, url: str) -> str:
        return keyed_hash(self._secret_key, "database in a handover", url).hex()

    def _mac(self, text: str) -> str:
        return keyed_hash(self._secret_key, "handover", text).hex()
