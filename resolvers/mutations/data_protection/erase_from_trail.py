"""Erases a person from the audit trail: values are taken out of the events, and their digests stay, so that the chains
still verify.

What is erased from an event: the address, if the person sent the request, or somebody who tried to sign in as them; the
values of their details, if the event is about them; the reason of a view as another user, if the person gave it or was
viewed; and every field in which the person is named.

The event `user.erased` seals it: it has the number of the events of its chain, and a hash over the digests.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from models import AuditKind, new_id
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork

DETAILS: Final = tuple(f"changes.{field}" for field in ("email", "firstName", "lastName", "phone", "country"))
"""The fields of events about a user that hold details of the person."""

_ERASE = text("""
WITH chosen AS (
    SELECT event.id, named.names FROM audit_events AS event CROSS JOIN LATERAL (
        SELECT array_agg(item.name) AS names FROM audit_event_values(event.address, event.changes) AS item
        WHERE NOT coalesce(event.erased -> 'digests' ? item.name, false) AND CASE item.name
            WHEN 'address' THEN event.actor_id = :user
                OR event.actor_id IS NULL AND (event.subject_id = :user OR event.changes::text ~* :pattern)
            ELSE item.value ~* :pattern
                OR event.subject_id = :user AND item.name = ANY (:details)
                OR event.kind = 'user.viewed_as' AND item.name = 'changes.reason'
                    AND :user IN (event.actor_id, event.subject_id)
            END
    ) AS named
    WHERE named.names IS NOT NULL AND (
        event.actor_id = :user OR event.subject_id = :user OR event.changes::text ~* :pattern
            AND (event.organization_id IS NULL OR event.organization_id = :organization OR :organization IS NULL)
    )
), changed AS (
    UPDATE audit_events AS event
    SET address = without.address, changes = without.changes, erased = without.erased, salt = NULL
    FROM chosen JOIN audit_events AS whole USING (id)
        CROSS JOIN LATERAL audit_event_erase(whole, chosen.names, :erasure) AS without
    WHERE event.id = chosen.id
    RETURNING event.organization_id, event.number, audit_erasure_lines(event, :erasure) AS lines
)
SELECT organization_id, count(*) AS events,
    encode(sha256(convert_to(string_agg(lines, '' ORDER BY number), 'UTF8')), 'hex') AS seal
FROM changed GROUP BY organization_id
""").bindparams(
    *(bindparam(name, type_=Uuid()) for name in ("user", "organization", "erasure")),
    bindparam("pattern", type_=Text()),
    bindparam("details", type_=ARRAY(Text)),
)

_EMPTY_SEAL: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The SHA-256 of nothing: the seal of an erasure that took nothing out of a chain."""


@dataclass(frozen=True, slots=True)
class TrailErasure:
    """What was erased from the trail, by chain: the number of events, and the seal."""

    id: UUID
    user_id: UUID
    chains: dict[UUID | None, tuple[int, str]]

    @property
    def events(self) -> int:
        """The number of events in all chains."""
        return sum(events for events, _ in self.chains.values())

    def entries(self, by: str) -> list[AuditEntry]:
        """The events that record the erasure, one for each chain. They have none of the personal data, and that of the
        platform alone says who did it."""
        entries = []
        for organization_id, (events, seal) in self.chains.items():
            values = {"erasure": str(self.id), "events": events, "seal": seal, "by": None if organization_id else by}
            entries.append(AuditEntry(AuditKind.USER_ERASED, self.user_id, organization_id, changes=created(values)))
        return entries


async def erase_from_trail(work: UnitOfWork, user_id: UUID, organization_id: UUID | None, pattern: str) -> TrailErasure:
    """Erase the user from the events that are theirs or about them, in any chain, and those in which `pattern` matches,
    in the chain of their organization and the platform's (for staff, in all)."""
    erasure = new_id()
    values = {"user": user_id, "organization": organization_id, "pattern": pattern, "details": list(DETAILS)}
    found = await work.execute(_ERASE, {**values, "erasure": erasure})
    chains = {row.organization_id: (int(row.events), str(row.seal)) for row in found}
    # The platform's chain lists all erasures; that of the organization says so in any case, too.
    for chain in (organization_id, None):
        chains.setdefault(chain, (0, _EMPTY_SEAL))
    return TrailErasure(erasure, user_id, chains)
