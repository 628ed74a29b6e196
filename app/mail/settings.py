"""The settings of the mail worker."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The settings of the mail worker.

    `secret_key` must be that of the mutations, or links can't be made. Links begin with `base_url`, the server's public
    address. Without `smtp_url`, mails become files in `folder`.

    `concurrency` is the number of mails sent at the same time; each holds a database connection. `timeout` is the time
    limit of one try, and `poll` the interval at which the worker looks for due mails unprompted, both in seconds.
    """

    secret_key: bytes = field(repr=False)
    base_url: str
    sender: str
    folder: Path
    smtp_url: str | None = field(default=None, repr=False)
    concurrency: int = 2
    timeout: float = 45.0
    poll: float = 5.0
