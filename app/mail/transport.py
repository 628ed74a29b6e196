"""The interface of mail transports, and the one that writes files. `app.mail.smtp` has the one for SMTP."""

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

    `name` is unique to it and the same for all tries; `link` is its link. `sender` and `recipient` are the addresses
    of the envelope.
    """

    name: str
    sender: str
    recipient: str
    message: EmailMessage
    link: str | None = None


class NotDelivered(Exception):
    """A mail could not be delivered.

    `reply` is the reason, as the server gave it if it replied. `permanent`: trying again is useless.
    """

    def __init__(self, reply: str, *, permanent: bool = False) -> None:
        super().__init__(reply)
        self.reply = reply
        self.permanent = permanent


class Transport(Protocol):
    """Delivers mails."""

    async def deliver(self, mail: OutgoingMessage) -> str:
        """Hand `mail` over and return the reply. Raises `NotDelivered`."""


class FileTransport:
    """Writes mails as `.eml` files to `folder`, and their links to the log.

    For trying Portico without a mail server. Anyone who can read the folder or the log can use the links, so both are
    for the operator only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def deliver(self, mail: OutgoingMessage) -> str:
        """Write the file, atomically. Raises `NotDelivered` if it can't be written."""
        try:
            path = await asyncio.to_thread(self._write, mail)
        except OSError as error:
            # Admins see the reply, and the folders of this machine are none of their business.
            log.warning("The mail file could not be written: %s", error)
            raise NotDelivered(f"The file could not be written: {error.strerror}") from error
        log.info("Mail to %s is in %s. Its link: %s", mail.recipient, path, mail.link or "none")
        return f"written to {path.name}"

    def _write(self, mail: OutgoingMessage) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{mail.name}.eml"
        unfinished = path.with_suffix(".part")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(mail.message.as_bytes())
        return unfinished.replace(path)
