"""The audit events of random worlds."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import strategies as st

from models import AuditKind, tenant_of

if TYPE_CHECKING:
    from tests.support.worlds.models import World

EVENT_COLUMNS = "id organization_id tenant_id kind actor_id subject_id created_at request_id address changes"


@dataclass(frozen=True)
class Event:
    """An audit event. It names the contract accounts in `accounts` and the delivery accounts in `deliveries`."""

    id: UUID
    organization_id: UUID | None
    kind: AuditKind
    actor_id: UUID | None
    subject_id: UUID | None
    accounts: tuple[UUID, ...] = ()
    deliveries: tuple[UUID, ...] = ()

    @property
    def at(self) -> datetime:
        """The time of the event: the smaller key is not always the older one."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=self.id.int % 7)

    @property
    def request_id(self) -> str:
        return f"req_{self.id.int % 3}"

    @property
    def address(self) -> str:
        return f"192.0.2.{self.id.int % 5}"


def any_event(draw: st.DrawFn, id: UUID, world: "World") -> Event:
    """An event that names any users and resources: its reader must not see more of it than they may."""
    contracts, deliveries = ([each.id for each in of] for of in (world.contract_accounts, world.delivery_accounts))
    nobody = [None, world.organizations[0].id]
    anybody = st.sampled_from([user.id for user in world.users] + nobody + [world.users[2].id] * 3)
    return Event(
        id,
        draw(st.sampled_from([*(each.id for each in world.organizations), world.organizations[0].id, None])),
        draw(st.sampled_from(AuditKind)),
        draw(anybody),
        draw(anybody),
        tuple(draw(st.lists(st.sampled_from(contracts), max_size=3, unique=True))),
        tuple(draw(st.lists(st.sampled_from(deliveries), max_size=3, unique=True))),
    )


def events_of(ids: list[UUID], organization: UUID, named: tuple[UUID | None, ...]) -> tuple[Event, ...]:
    """Events about each of `named`, alternately in the organization and in none."""
    return tuple(
        Event(id, organization if index % 2 else None, AuditKind.USER_UPDATED, named[index - 1], named[index])
        for index, id in enumerate(ids)
    )


def event_record(event: Event) -> tuple[Any, ...]:
    """The values of `EVENT_COLUMNS`."""
    return (
        event.id,
        event.organization_id,
        tenant_of(event.organization_id),
        event.kind.value,
        event.actor_id,
        event.subject_id,
        event.at,
        event.request_id,
        event.address,
        _changes_of(event),
    )


def _changes_of(event: Event) -> str:
    """Accounts that were granted and revoked, in lists, in objects and alone; and a text that names nothing."""
    accounts, deliveries = (
        [f"{p}_{k}" for k in keys] for p, keys in (("ca", event.accounts), ("da", event.deliveries))
    )
    lists = {"contractAccounts": [[], accounts], "deliveryAccounts": [[{"id": id_} for id_ in deliveries], []]}
    one = {"contractAccount": [accounts[0], None]} if accounts else {}
    return json.dumps(lists | one | {"firstName": ["Ada", 'A "quoted" name']})
