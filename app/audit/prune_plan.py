"""Which audit events can be moved to an archive: those before a time, at the beginning of each chain.

Events are numbered in the order of their commits and dated by the beginning of their transactions, so a chain is cut
before the first event that is young enough to stay. An event that an active webhook has still to send stays too, and
so does everything of a chain that is under a legal hold.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.audit.checkpoints import NO_ORGANIZATION
from app.audit.verify import ChainFilter
from app.database.hosts import connect
from models import AuditKind, DeliveryState, WebhookState

_CHAINS = """
SELECT tenant_id, organization_id, min(number) AS first,
    coalesce(min(number) FILTER (WHERE created_at >= $2), max(number) + 1) - 1 AS through
FROM audit_events WHERE {condition} GROUP BY tenant_id, organization_id ORDER BY organization_id NULLS LAST
"""
_SENT = """
SELECT organization_id, min(position) AS number FROM (
    SELECT organization_id, position FROM webhooks WHERE state = $1
    UNION ALL
    SELECT delivery.organization_id, event.number - 1 FROM webhook_deliveries AS delivery
    JOIN audit_events AS event ON event.tenant_id = delivery.organization_id AND event.id = delivery.event_id
    WHERE delivery.state = $2
) AS sent GROUP BY organization_id
"""
# The platform's chain also has records of the holds of organizations, which name them.
_HOLDS = """
SELECT DISTINCT ON (tenant_id) tenant_id, kind FROM audit_events
WHERE kind IN ($1, $2)
    AND (organization_id IS NOT NULL OR subject_id IS NULL)
ORDER BY tenant_id, number DESC
"""
_OLD = """
SELECT count(*) AS events, coalesce(sum((SELECT count(*) FROM jsonb_each(erased -> 'digests'))), 0)::bigint AS erased,
    min(created_at) AS since
FROM audit_events WHERE tenant_id = $1 AND number <= $2
"""
_HASH = "SELECT hash FROM audit_events WHERE tenant_id = $1 AND number = $2"
_PREVIOUS = "SELECT previous_hash FROM audit_events WHERE tenant_id = $1 AND number = $2"


class CannotPrune(Exception):
    """No audit event was removed. The message says why."""


@dataclass(frozen=True, slots=True)
class OldEvents:
    """The events of a chain that can be moved: those from the number `first` to `through`, which are as many as
    `events`. `previous_hash` is that before them, `hash` that of the last one. `erased` counts the values that were
    erased from them, and `since` is the time of the oldest."""

    organization_id: UUID | None
    first: int
    through: int
    previous_hash: bytes
    hash: bytes
    events: int
    erased: int
    since: datetime

    @property
    def tenant_id(self) -> UUID:
        """The tenant of the chain."""
        return self.organization_id or NO_ORGANIZATION


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What can be moved, by chain; and of which chains something stays that is old enough: because of a legal hold, or
    because a webhook has to send it."""

    chains: list[OldEvents]
    held: list[UUID | None]
    unsent: list[UUID | None]

    @property
    def events(self) -> int:
        """The number of events in all chains."""
        return sum(chain.events for chain in self.chains)


async def read_plan(url: str, chains: ChainFilter, before: datetime) -> PrunePlan:
    """Find the events of these chains from before a time."""
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _read(connection, chains, before)
    finally:
        await connection.close()


async def _read(connection: asyncpg.Connection, chains: ChainFilter, before: datetime) -> PrunePlan:
    states = WebhookState.ACTIVE.value, DeliveryState.PENDING.value
    sent = {row["organization_id"]: row["number"] for row in await connection.fetch(_SENT, *states)}
    holds = await connection.fetch(_HOLDS, AuditKind.LEGAL_HOLD_PLACED.value, AuditKind.LEGAL_HOLD_RELEASED.value)
    held = {row["tenant_id"] for row in holds if row["kind"] == AuditKind.LEGAL_HOLD_PLACED.value}
    plan = PrunePlan([], [], [])
    rows = await connection.fetch(_CHAINS.format(condition=chains.condition), chains.organization_id, before)
    for row in rows:
        organization_id, first, through = row["organization_id"], row["first"], row["through"]
        if through < first:
            continue
        if row["tenant_id"] in held:
            plan.held.append(organization_id)
            continue
        if sent.get(organization_id, through) < through:
            plan.unsent.append(organization_id)
            through = sent[organization_id]
        if through >= first:
            plan.chains.append(await _old_events(connection, row["tenant_id"], organization_id, first, through))
    return plan


async def _old_events(
    connection: asyncpg.Connection, tenant_id: UUID, organization_id: UUID | None, first: int, through: int
) -> OldEvents:
    old = await connection.fetchrow(_OLD, tenant_id, through)
    previous_hash = await connection.fetchval(_PREVIOUS, tenant_id, first)
    hash_ = await connection.fetchval(_HASH, tenant_id, through)
    return OldEvents(organization_id, first, through, previous_hash, hash_, old["events"], old["erased"], old["since"])
