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

from sqlalchemy import Boolean, Select, Text, TextClause, Uuid, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from models import PLATFORM, AuditEvent, AuditHead, AuditKind, new_id, organization_of
from resolvers.data_protection.person import Person
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork

DETAILS: Final = tuple(f"changes.{field}" for field in ("email", "firstName", "lastName", "phone", "country"))
"""The fields of events about a user that hold details of the person."""


def _erase(of_chain: str) -> TextClause:
    """The statement that erases from one chain. `of_chain` says which by the column that the indexes have; the tenant
    says it again, for a distributed database."""
    return text(f"""
WITH chosen AS (
    SELECT event.id, named.names FROM audit_events AS event CROSS JOIN LATERAL (
        SELECT array_agg(item.name) AS names FROM audit_event_values(event.address, event.changes) AS item
        WHERE NOT coalesce(event.erased -> 'digests' ? item.name, false) AND CASE
            WHEN item.name = 'address' THEN event.actor_id = :user
                OR event.actor_id IS NULL AND (event.subject_id = :user OR event.changes::text ~* :pattern)
            ELSE item.value ~* :pattern
                OR event.subject_id = :user AND item.name = ANY (:details)
                OR event.kind = 'user.viewed_as' AND item.name = 'changes.reason'
                    AND :user IN (event.actor_id, event.subject_id)
            END
    ) AS named
    WHERE event.tenant_id = :tenant AND {of_chain} AND named.names IS NOT NULL AND (
        event.actor_id = :user OR event.subject_id = :user OR :searched AND event.changes::text ~* :pattern
    )
), changed AS (
    UPDATE audit_events AS event
    SET address = without.address, changes = without.changes, erased = without.erased, salt = NULL
    FROM chosen JOIN audit_events AS whole USING (id)
        CROSS JOIN LATERAL audit_event_erase(whole, chosen.names, :erasure) AS without
    WHERE event.tenant_id = :tenant AND whole.tenant_id = :tenant AND event.id = chosen.id
    RETURNING event.*
)
SELECT count(*) AS events, encode(sha256(convert_to(
    coalesce(string_agg(audit_erasure_lines(changed, :erasure), '' ORDER BY number), ''), 'UTF8')), 'hex') AS seal
FROM changed
""").bindparams(  # noqa: S608
        *(bindparam(name, type_=Uuid()) for name in ("user", "tenant", "erasure")),
        bindparam("searched", type_=Boolean()),
        bindparam("pattern", type_=Text()),
        bindparam("details", type_=ARRAY(Text)),
    )


_OF_ORGANIZATION: Final = _erase("event.organization_id = :tenant")
_OF_PLATFORM: Final = _erase("event.organization_id IS NULL")
"""The statements for the chain of an organization, and for that of the platform."""


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


async def erase_from_trail(work: UnitOfWork, person: Person, pattern: str) -> TrailErasure:
    """Erase the user from the events that are theirs or about them, in any chain, and those in which `pattern` matches,
    in the chain of their organization and the platform's (for staff, in all)."""
    erasure = new_id()
    values = {"user": person.user_id, "pattern": pattern, "details": list(DETAILS), "erasure": erasure}
    own = {person.tenant_id, PLATFORM}
    # The platform's chain lists all erasures; that of the organization says so in any case, too.
    chains: dict[UUID | None, tuple[int, str]] = {}
    for tenant_id in sorted(own | set((await work.execute(_other_chains(person))).scalars())):
        searched = tenant_id in own or person.tenant_id == PLATFORM
        # One chain at a time: a distributed database has each in a place of its own.
        statement = _OF_PLATFORM if tenant_id == PLATFORM else _OF_ORGANIZATION
        erased = (await work.execute(statement, {**values, "tenant": tenant_id, "searched": searched})).one()
        if erased.events or tenant_id in own:
            chains[organization_of(tenant_id)] = (int(erased.events), str(erased.seal))
    return TrailErasure(erasure, person.user_id, chains)


def _other_chains(person: Person) -> Select[UUID]:
    """The chains with events of the user; for staff, who may be named anywhere, all."""
    if person.tenant_id == PLATFORM:
        return select(AuditHead.chain)
    event = AuditEvent.__table__
    is_theirs = or_(event.c.actor_id == person.user_id, event.c.subject_id == person.user_id)
    return select(event.c.tenant_id).where(is_theirs).distinct()
