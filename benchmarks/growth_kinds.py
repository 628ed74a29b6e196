"""What grows with an organization, by kind of request and with the reason: the table of `docs/benchmarks.md`."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

KINDS: Final = (
    ("`totalCount` of audit events", "count auditEvents", "every event that you see"),
    ("`totalCount` of users", "count users", "every user that you see, and the grants of your accounts"),
    ("`totalCount` of services", "count services", "every service that you see"),
    ("`totalCount` of API clients", "count apiClients", "every client, and whether you may change its owner"),
    ("other `totalCount`", "^count", "every row that you see"),
    ("search of one letter, or of what nothing contains", "search", "all names, or the first 1,000 and an index"),
    ("users in the order `STATUS`", "users .*STATUS", "users of each status, until the page is full"),
    ("users by `mail`, `status` or `endsBefore`", "users (mail|status|endsBefore)", "all whose mail or grants match"),
    ("users by another filter", "list users [a-zA-Z]+:", "users, until the page is full"),
    ("users", "users", "the services of your accounts, once; then users, until the page is full"),
    (
        "audit events by `kind`, `actors` or `subjects`",
        "auditEvents (kind|actors|subj)",
        "events, until the page is full",
    ),
    ("audit events", "auditEvents", "the services of your accounts, once; then events, until the page is full"),
    ("API clients", "apiClients", "clients, until the page is full: whether you may change their owners"),
    ("delivery accounts", "deliveryAccounts", "the services of your accounts"),
    ("services by a filter", "services [a-zA-Z]+:", "the services of your accounts"),
    ("services", "services", "services, until the page is full"),
    ("anything else", "", ""),
)
"""What it is, a pattern that finds it in the family and name of a request, and what the database reads. The first
pattern counts."""


class Growing(Protocol):
    """The growth of one request of one viewer."""

    @property
    def viewer(self) -> str:
        """Who asks."""

    @property
    def label(self) -> str:
        """Family and name of the request."""

    @property
    def ratio(self) -> float | None:
        """The time in the large organization as a multiple of that in a small one."""

    @property
    def milliseconds(self) -> dict[str, float]:
        """The times by place."""

    @property
    def is_over(self) -> bool:
        """Whether it grows more than it may."""


def markdown(growths: Sequence[Growing]) -> str:
    """The kinds of requests over the limit as a table in Markdown: for each viewer how many, the median of the ratios
    and of the times in the large organization, and the longest time."""
    viewers = list(dict.fromkeys(growth.viewer for growth in growths))
    lines = ["| what | reads | " + " | ".join(viewers) + " |", "|---" * (2 + len(viewers)) + "|"]
    by_kind: dict[str, list[Growing]] = {}
    for growth in growths:
        if growth.is_over:
            by_kind.setdefault(_kind(growth.label), []).append(growth)
    for what, _, reads in KINDS:
        if what in by_kind:
            cells = [_cell([g for g in by_kind[what] if g.viewer == viewer]) for viewer in viewers]
            lines.append(f"| {what} | {reads} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _kind(label: str) -> str:
    return next(what for what, pattern, _ in KINDS if re.search(pattern, label))


def _cell(growths: Sequence[Growing]) -> str:
    if not growths:
        return ""
    times = [growth.milliseconds.get("large", 0) for growth in growths]
    ratios = sorted(growth.ratio or 0 for growth in growths)
    return f"{len(growths)}: {min(times):,.0f} to {max(times):,.0f} ms, {ratios[len(ratios) // 2]:,.0f} times"
