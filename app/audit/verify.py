"""All chains of a database, read once from beginning to end in one snapshot; the memory does not grow with them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

import asyncpg

from app.audit.canonical_form import ChainedEvent
from app.audit.chain import Chain, ChainFinding
from app.audit.checkpoints import NO_ORGANIZATION, Checkpoint, TrustedCheckpoints

MOST_FINDINGS = 1000
"""Findings that are kept. There is something very wrong long before."""

READ_AT_ONCE = 1000
COLUMNS = ", ".join("changes::text" if column.name == "changes" else column.name for column in fields(ChainedEvent))

Report = Callable[[int, int], None]
"""Is told how many events were looked at, and of how many."""


@dataclass(frozen=True, slots=True)
class ChainFilter:
    """Which chains: all, or that of one organization (None: of the events without one)."""

    all: bool = True
    organization_id: UUID | None = None

    @property
    def condition(self) -> str:
        """The condition of a SELECT from audit_events; `$1` is the organization."""
        if self.all:
            return "$1::uuid IS NULL"
        return "organization_id = $1" if self.organization_id else "organization_id IS NULL AND $1::uuid IS NULL"

    def covers(self, organization_id: UUID | None) -> bool:
        """Whether the chain of this organization is among them."""
        return self.all or organization_id == self.organization_id


@dataclass
class VerificationResult:
    """What was looked at, and what is wrong. `found` counts all findings, also those that are not kept."""

    events: int = 0
    chains: int = 0
    found: int = 0
    findings: list[ChainFinding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.found == 0


async def current_checkpoints(connection: asyncpg.Connection, whose: ChainFilter) -> dict[UUID | None, Checkpoint]:
    """The heads that the database has, by organization."""
    rows = await connection.fetch("SELECT chain, number, hash FROM audit_heads ORDER BY chain")
    found = [
        Checkpoint(None if row["chain"] == NO_ORGANIZATION else row["chain"], row["number"], row["hash"])
        for row in rows
    ]
    return {head.organization_id: head for head in found if whose.covers(head.organization_id)}


async def verify(url: str, whose: ChainFilter, anchors: TrustedCheckpoints, report: Report) -> VerificationResult:
    """Look at every event of these chains."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _verify(connection, whose, anchors, report)
    finally:
        await connection.close()


async def _verify(
    connection: asyncpg.Connection, whose: ChainFilter, anchors: TrustedCheckpoints, report: Report
) -> VerificationResult:
    known = await current_checkpoints(connection, whose)
    total, verdict = sum(head.number for head in known.values()), VerificationResult()

    def note(findings: Any) -> None:
        for finding in findings:
            verdict.found += 1
            if len(verdict.findings) < MOST_FINDINGS:
                verdict.findings.append(finding)

    unseen = {key for key in (*known, *anchors) if whose.covers(key)}
    chain: Chain | None = None
    async for event in _events(connection, whose):
        if chain is None or chain.organization_id != event.organization_id:
            if chain is not None:
                note(chain.end(known.get(chain.organization_id)))
            unseen.discard(event.organization_id)
            chain = Chain(event.organization_id, anchors.get(event.organization_id, {}))
            verdict.chains += 1
        note(chain.add(event))
        verdict.events += 1
        if verdict.events % READ_AT_ONCE == 0:
            report(verdict.events, total)
    ended = [*([chain] if chain is not None else []), *(Chain(key, anchors.get(key, {})) for key in unseen)]
    for each in ended:
        note(each.end(known.get(each.organization_id)))
    verdict.chains += len(unseen)
    report(verdict.events, total)
    return verdict


async def _events(connection: asyncpg.Connection, whose: ChainFilter) -> AsyncIterator[ChainedEvent]:
    statement = f"SELECT {COLUMNS} FROM audit_events WHERE {whose.condition} ORDER BY organization_id, number"  # noqa: S608
    async for row in connection.cursor(statement, whose.organization_id, prefetch=READ_AT_ONCE):
        yield ChainedEvent(*row)
