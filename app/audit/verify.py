"""Verifies all chains of a database in one pass and one snapshot, with constant memory."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

import asyncpg

from app.audit.canonical_form import ChainedEvent
from app.audit.chain import Chain, ChainFinding
from app.audit.checkpoints import NO_ORGANIZATION, Checkpoint, TrustedCheckpoints

MOST_FINDINGS = 1000
"""The number of findings that are kept; the others are only counted."""

READ_AT_ONCE = 1000
COLUMNS = ", ".join(
    f"{column.name}::text" if column.name in ("changes", "erased") else column.name for column in fields(ChainedEvent)
)

Report = Callable[[int, int], None]
"""Called with the number of events verified, and their total."""


@dataclass(frozen=True, slots=True)
class ChainFilter:
    """Selects chains: all, or that of one organization (None: of the events without one)."""

    all: bool = True
    organization_id: UUID | None = None

    @property
    def condition(self) -> str:
        """The condition of a SELECT from audit_events; `$1` is the organization."""
        if self.all:
            return "$1::uuid IS NULL"
        return "organization_id = $1" if self.organization_id else "organization_id IS NULL AND $1::uuid IS NULL"

    def covers(self, organization_id: UUID | None) -> bool:
        """Whether the chain of this organization is selected."""
        return self.all or organization_id == self.organization_id


@dataclass
class VerificationResult:
    """The numbers of events and chains, and the findings. `finding_count` also counts findings that aren't kept."""

    events: int = 0
    chains: int = 0
    finding_count: int = 0
    findings: list[ChainFinding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether there are no findings."""
        return self.finding_count == 0


async def current_checkpoints(connection: asyncpg.Connection, chains: ChainFilter) -> dict[UUID | None, Checkpoint]:
    """The heads of the chains in the database, by organization."""
    rows = await connection.fetch("SELECT chain, number, hash FROM audit_heads ORDER BY chain")
    heads = [
        Checkpoint(None if row["chain"] == NO_ORGANIZATION else row["chain"], row["number"], row["hash"])
        for row in rows
    ]
    return {head.organization_id: head for head in heads if chains.covers(head.organization_id)}


async def verify(url: str, chains: ChainFilter, anchors: TrustedCheckpoints, report: Report) -> VerificationResult:
    """Verify every event of these chains."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _verify(connection, chains, anchors, report)
    finally:
        await connection.close()


async def _verify(
    connection: asyncpg.Connection, chains: ChainFilter, anchors: TrustedCheckpoints, report: Report
) -> VerificationResult:
    heads = await current_checkpoints(connection, chains)
    total, result = sum(head.number for head in heads.values()), VerificationResult()

    def record(findings: Any) -> None:
        for finding in findings:
            result.finding_count += 1
            if len(result.findings) < MOST_FINDINGS:
                result.findings.append(finding)

    unseen = {key for key in (*heads, *anchors) if chains.covers(key)}
    chain: Chain | None = None
    async for event in _events(connection, chains):
        if chain is None or chain.organization_id != event.organization_id:
            if chain is not None:
                record(chain.end(heads.get(chain.organization_id)))
            unseen.discard(event.organization_id)
            chain = Chain(event.organization_id, anchors.get(event.organization_id, {}))
            result.chains += 1
        record(chain.add(event))
        result.events += 1
        if result.events % READ_AT_ONCE == 0:
            report(result.events, total)
    unfinished = [*([chain] if chain is not None else []), *(Chain(key, anchors.get(key, {})) for key in unseen)]
    for chain in unfinished:
        record(chain.end(heads.get(chain.organization_id)))
    result.chains += len(unseen)
    report(result.events, total)
    return result


async def _events(connection: asyncpg.Connection, chains: ChainFilter) -> AsyncIterator[ChainedEvent]:
    statement = f"SELECT {COLUMNS} FROM audit_events WHERE {chains.condition} ORDER BY organization_id, number"  # noqa: S608
    async for row in connection.cursor(statement, chains.organization_id, prefetch=READ_AT_ONCE):
        yield ChainedEvent(*row)
