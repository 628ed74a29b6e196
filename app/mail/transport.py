"""The ways in which a mail leaves: here, as a file; over SMTP in `app.mail.smtp`."""

import asyncio
import logging
import os
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

log = logging.getLogger("portico.mail")


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A finished mail.

    `name` is unique to it and the same for all tries; `link` is the one that it is about.
    """

    name: str
    recipient: str
    message: EmailMessage
    link: str | None = None


class NotDelivered(Exception):
    """A mail could not be handed over.

    `reply` says why, in the words of the server where it said something; `permanent` whether trying again is no use.
    """

    def __init__(self, reply: str, *, permanent: bool = False) -> None:
        super().__init__(reply)
        self.reply = reply
        self.permanent = permanent


class Transport(Protocol):
    """Takes a letter away."""

    async def deliver(self, letter: OutgoingMessage) -> str:
        """Hand `letter` over and return what the other side said. Raises `NotDelivered`."""


class FileTransport:
    """Writes letters as `.eml` files into `folder`, and their links into the log.

    For trying Portico out without a mail server. Who reads the folder or the log can use the links, so both are for the
    operator only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def deliver(self, letter: OutgoingMessage) -> str:
        """Write the file, whole or not at all. Raises `NotDelivered` when the disk does not take it."""
        try:
            path = await asyncio.to_thread(self._write, letter)
        except OSError as error:
            # The reply is shown to admins, whom the folders of this machine do not concern.
            log.warning("The mail file could not be written: %s", error)
            raise NotDelivered(f"The file could not be written: {error.strerror}") from error
        log.info("Mail to %s is in %s. Its link: %s", letter.recipient, path, letter.link or "none")
        return f"written to {path.name}"

    def _write(self, letter: OutgoingMessage) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{letter.name}.eml"
        unfinished = path.with_suffix(".part")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(letter.message.as_bytes())
        return unfinished.replace(path)
