"""What the mail worker is told."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What the mail worker is told.

    `secret_key` must be that of the mutations, or links can't be made. `base_url` is where people reach the server:
    links begin with it. Without `smtp_url`, mails become files in `folder`.

    `lanes` is how many mails leave at the same time; each holds a database connection meanwhile. `timeout` is how many
    seconds one try may take, `poll` after how many the worker looks for due mails though nothing woke it.
    """

    secret_key: bytes = field(repr=False)
    base_url: str
    sender: str
    folder: Path
    smtp_url: str | None = field(default=None, repr=False)
    concurrency: int = 2
    timeout: float = 45.0
    poll: float = 5.0
