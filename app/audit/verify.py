"""Verifies all chains of a database in one pass and one snapshot, with constant memory."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from uuid import UUID

import asyncpg

from app.audit.archives import AuditArchives
from app.audit.canonical_form import ChainedEvent
from app.audit.chain import Chain, ChainFinding
from app.audit.chain_start import ChainStart, chain_starts
from app.audit.checkpoints import NO_ORGANIZATION, Checkpoint, TrustedCheckpoints
from app.database.hosts import connect

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
    """The numbers of events and chains, and the findings. `finding_count` also counts findings that aren't kept.
    `pruned` has the starts of chains whose older events are in archives that weren't verified."""

    events: int = 0
    chains: int = 0
    finding_count: int = 0
    findings: list[ChainFinding] = field(default_factory=list)
    pruned: list[ChainStart] = field(default_factory=list)

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


async def verify(
    url: str,
    chains: ChainFilter,
    anchors: TrustedCheckpoints,
    report: Report,
    archives: AuditArchives | None = None,
) -> VerificationResult:
    """Verify every event of these chains: those in the database and, of a chain that is in `archives`, its older ones
    that were moved there. Raises ArchiveUnreadable."""
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _verify(connection, chains, anchors, report, archives or AuditArchives())
    finally:
        await connection.close()


async def _verify(
    connection: asyncpg.Connection,
    chains: ChainFilter,
    anchors: TrustedCheckpoints,
    report: Report,
    archives: AuditArchives,
) -> VerificationResult:
    heads = await current_checkpoints(connection, chains)
    starts = await chain_starts(connection, chains.condition, chains.organization_id)
    verification = _Verification(heads, starts, anchors, archives, report)
    unseen = {key for key in (*heads, *anchors) if chains.covers(key)}
    chain: Chain | None = None
    async for event in _events(connection, chains):
        if chain is None or chain.organization_id != event.organization_id:
            verification.end(chain)
            unseen.discard(event.organization_id)
            chain = verification.new_chain(event.organization_id)
        verification.add(chain, event)
    verification.end(chain)
    for key in unseen:
        verification.end(verification.new_chain(key))
    return verification.done()


class _Verification:
    """A verification in progress, which adds event by event to its result."""

    def __init__(
        self,
        heads: Mapping[UUID | None, Checkpoint],
        starts: Mapping[UUID | None, ChainStart],
        anchors: TrustedCheckpoints,
        archives: AuditArchives,
        report: Report,
    ) -> None:
        self._heads, self._starts, self._anchors, self._archives = heads, starts, anchors, archives
        self._report = report
        self._result = VerificationResult(pruned=[start for key, start in starts.items() if key not in archives])
        self._total = sum(head.number for head in heads.values()) - sum(start.number for start in self._result.pruned)

    def new_chain(self, key: UUID | None) -> Chain:
        """A chain whose events in the archives have been added."""
        self._result.chains += 1
        start, known = self._starts.get(key), self._anchors.get(key, {})
        if start is None or key not in self._archives:
            return Chain(key, known, start)
        chain = Chain(key, known)
        for event in self._archives.events(key, start.number):
            self.add(chain, event)
        return chain

    def add(self, chain: Chain, event: ChainedEvent) -> None:
        """Verify the next event of a chain."""
        self._record(chain.add(event))
        self._result.events += 1
        if self._result.events % READ_AT_ONCE == 0:
            self._report(self._result.events, self._total)

    def end(self, chain: Chain | None) -> None:
        """Verify the end of a chain, if there is one."""
        if chain is not None:
            self._record(chain.end(self._heads.get(chain.organization_id)))

    def done(self) -> VerificationResult:
        """The result, after all chains have ended."""
        self._report(self._result.events, self._total)
        return self._result

    def _record(self, findings: Iterable[ChainFinding]) -> None:
        for finding in findings:
            self._result.finding_count += 1
            if len(self._result.findings) < MOST_FINDINGS:
                self._result.findings.append(finding)


async def _events(connection: asyncpg.Connection, chains: ChainFilter) -> AsyncIterator[ChainedEvent]:
    statement = f"SELECT {COLUMNS} FROM audit_events WHERE {chains.condition} ORDER BY organization_id, number"  # noqa: S608
    async for row in connection.cursor(statement, chains.organization_id, prefetch=READ_AT_ONCE):
        yield ChainedEvent(*row)
