"""Removes the oldest events of an audit chain, after they were written to an archive, and records where the chain goes
on: the number and the hash of the last event that was removed.

An erasure that took values out of events on both sides of this place has one seal over all of them, so the record has
a new one for the events that are left.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, select, text

from models import AuditEvent, AuditKind, tenant_of
from resolvers.mutations.data_protection.erasure_mark import OfEvents, mark_erasure
from resolvers.mutations.data_protection.legal_hold import lock_chains, refuse_if_held
from resolvers.mutations.data_protection.recorded_erasures import CARRIED, erased_ids, recorded_erasures
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork


class PruneConflict(Exception):
    """The events of a chain are no longer those of the archive, so none were removed."""


@dataclass(frozen=True, slots=True)
class ArchivedEvents:
    """The events of a chain up to the number `through`, whose hash is `hash`, as they are in an archive with the
    SHA-256 `archive`: how many, and how many values were erased from them. `before` is the time before which they were
    archived (ISO 8601), and `by` the person who does it."""

    organization_id: UUID | None
    through: int
    hash: bytes
    events: int
    erased: int
    before: str
    archive: str
    by: str


_REMAINING = text("""
WITH remaining AS (
    SELECT part.erasure, count(*) AS events, encode(sha256(convert_to(
        string_agg(audit_erasure_lines(event, part.erasure::uuid), '' ORDER BY event.number), 'UTF8')), 'hex') AS seal
    FROM audit_events AS event CROSS JOIN LATERAL (
        SELECT DISTINCT item.value ->> 'by' AS erasure FROM jsonb_each(event.erased -> 'digests') AS item
    ) AS part
    WHERE event.tenant_id = :tenant AND event.erased IS NOT NULL
    GROUP BY part.erasure
)
SELECT record.changes #>> '{erasure,1}' AS erasure, coalesce(remaining.events, 0) AS events,
    coalesce(remaining.seal, encode(sha256(''), 'hex')) AS seal
FROM audit_events AS record LEFT JOIN remaining ON remaining.erasure = record.changes #>> '{erasure,1}'
WHERE record.tenant_id = :tenant AND record.kind = 'user.erased' AND record.changes ? 'erasure'
    AND (coalesce(remaining.events, 0)::text, coalesce(remaining.seal, encode(sha256(''), 'hex')))
        <> (record.changes #>> '{events,1}', record.changes #>> '{seal,1}')
ORDER BY record.number
""").bindparams(bindparam("tenant", type_=Uuid()))


async def prune_trail(work: UnitOfWork, archived: ArchivedEvents) -> None:
    """Remove the events from the database, and record it in their chain and in the platform's, which alone says who did
    it.

    Raises UnderHold if the chain is under a legal hold, and PruneConflict if the events aren't those that were archived
    any more: a person was erased from them meanwhile, or they are gone.
    """
    tenant_id = tenant_of(archived.organization_id)
    await mark_erasure(work, OfEvents(tenant_id, archived.through))
    carried = {} if archived.organization_id else erased_ids(await work.execute(recorded_erasures()))
    await _remove(work, archived)
    # Only now, so that nobody who adds an event waits for the removal.
    await lock_chains(work, archived.organization_id)
    await refuse_if_held(work, archived.organization_id)
    remaining = await work.execute(_REMAINING, {"tenant": tenant_id})
    seals = [{"erasure": row.erasure, "events": row.events, "seal": row.seal} for row in remaining]
    await work.audit(*_entries(archived, seals, carried))


async def _remove(work: UnitOfWork, archived: ArchivedEvents) -> None:
    event = AuditEvent.__table__
    organization = event.c.organization_id
    of_chain = (
        event.c.tenant_id == tenant_of(archived.organization_id),
        organization.is_(None) if archived.organization_id is None else organization == archived.organization_id,
    )
    removed = delete(AuditEvent).where(*of_chain, event.c.number <= archived.through).returning(event.c.erased).cte()
    digests = func.jsonb_each(removed.c.erased["digests"]).table_valued("key", "value").render_derived()
    erased = select(func.count()).select_from(digests).correlate(removed).scalar_subquery()
    counted = select(func.count(), func.coalesce(func.sum(erased), 0)).select_from(removed)
    found = tuple((await work.execute(counted)).one())
    if found != (archived.events, archived.erased):
        raise PruneConflict("a person was erased from these events after they were archived, or they are gone")


_SUMMARY: Final = ("before", "events", "archive", "by")


def _entries(archived: ArchivedEvents, seals: list[dict[str, Any]], carried: dict[str, list[str]]) -> list[AuditEntry]:
    organization_id = archived.organization_id
    values = {
        "before": archived.before,
        "through": archived.through,
        "hash": archived.hash.hex(),
        "events": archived.events,
        "archive": archived.archive,
        "erasures": seals or None,
        "by": archived.by,
    }
    if organization_id is None:
        ids = {CARRIED[name]: ids or None for name, ids in carried.items()}
        return [AuditEntry(AuditKind.AUDIT_PRUNED, changes=created(values | ids))]
    summary = {name: values[name] for name in _SUMMARY}
    own = {name: value for name, value in values.items() if name != "by"}
    return [
        AuditEntry(AuditKind.AUDIT_PRUNED, organization_id, changes=created(summary)),
        AuditEntry(AuditKind.AUDIT_PRUNED, organization_id, organization_id, changes=created(own)),
    ]
