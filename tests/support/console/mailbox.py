"""Reads the mails that a server writes to its data folder."""

import email
import email.policy
import re
import time
from pathlib import Path
from typing import Final

PATIENCE: Final = 60.0
"""How long a mail may take, in seconds."""


def links_to(data_dir: Path, recipient: str) -> list[str]:
    """The links in the mails that `recipient` has got so far, oldest first."""
    links = []
    for file in sorted(data_dir.glob("mail/*.eml"), key=lambda path: path.stat().st_mtime_ns):
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        if recipient in str(mail["To"]):
            links += re.findall(r"https?://\S+", body.get_content())
    return links


def mailed_link(data_dir: Path, recipient: str, after: int = 0) -> str:
    """Waits for a mail to `recipient` beside the first `after` ones, and returns its link."""
    give_up = time.monotonic() + PATIENCE
    while True:
        links = links_to(data_dir, recipient)
        if len(links) > after:
            return links[after]
        assert time.monotonic() < give_up, f"no mail for {recipient}"
        time.sleep(0.05)
