"""Generates the audit events of one organization of the large data set. Triggers link them into its hash chain.

Each kind occurs: once at the beginning, and the common ones again and again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from app.demo.large_users import DraftUser
from models import AuditKind, ContractAccount, Permission
from resolvers import public_id

# How often a kind occurs among a thousand events. The others are rare.
SHARES = {
    AuditKind.SESSION_STARTED: 400,
    AuditKind.SESSION_ENDED: 150,
    AuditKind.USER_UPDATED: 150,
    AuditKind.SERVICE_CREATED: 100,
    AuditKind.ACCESS_TOKEN_ISSUED: 80,
    AuditKind.USER_CREATED: 40,
    AuditKind.SESSION_REFUSED: 40,
    AuditKind.USER_ACTIVATED: 20,
    AuditKind.MUTATION_REFUSED: 10,
    AuditKind.QUERY_REFUSED: 9,
    AuditKind.USER_REMOVED: 1,
}
KINDS, WEIGHTS = tuple(SHARES), tuple(SHARES.values())
OWN = frozenset({AuditKind.SESSION_STARTED, AuditKind.SESSION_ENDED, AuditKind.USER_ACTIVATED})
"""What users do to themselves."""
POLICY_VERSION = "demo"


def event_rows(draft: Draft, users: list[DraftUser], accounts: list[Row], clients: list[Row]) -> Iterator[Row]:
    """The events, in the order of their creation. Read them after the services, some of which they are about."""
    random = draft.random
    admins = [user for user in users if user.state == "active" and Permission.USER_MANAGEMENT in user.permissions]
    for number in range(draft.shape.audit_events):
        kind = tuple(AuditKind)[number] if number < len(AuditKind) else random.choices(KINDS, WEIGHTS)[0]
        subject = random.choice(users)
        actor = subject if kind in OWN else random.choice(admins)
        client = random.choice(clients)[0] if kind is AuditKind.ACCESS_TOKEN_ISSUED else None
        row_id, at = draft.next_key()
        place = f"{random.getrandbits(64):016x}", f"192.0.2.{random.randrange(1, 255)}", POLICY_VERSION
        changes = _changes(draft, kind, subject, accounts)
        yield (
            *(row_id, at, draft.id, actor.id, client, kind, _subject_id(draft, kind, subject, client), *place),
            None if changes is None else json.dumps(changes, ensure_ascii=False),
        )


def _subject_id(draft: Draft, kind: AuditKind, user: DraftUser, client: UUID | None) -> UUID | None:
    if kind is AuditKind.SERVICE_CREATED:
        return draft.random.choice(draft.sampled_services)
    if kind in (AuditKind.MUTATION_REFUSED, AuditKind.QUERY_REFUSED):
        return None
    return client or user.id


def _changes(draft: Draft, kind: AuditKind, user: DraftUser, accounts: list[Row]) -> dict[str, list[Any]] | None:
    make = CHANGES.get(kind)
    return None if make is None else make(draft, user, accounts)


def _created(draft: Draft, user: DraftUser, accounts: list[Row]) -> dict[str, list[Any]]:
    granted = [public_id.encode(ContractAccount, row[0]) for row in draft.random.sample(accounts, 2)]
    flags = {
        "allContractAccounts": [None, user.all_contract_accounts],
        "allDeliveryAccounts": [None, user.all_delivery_accounts],
    }
    return {"email": [None, user.email], **flags, "contractAccounts": [None, granted]}


def _updated(draft: Draft, user: DraftUser, accounts: list[Row]) -> dict[str, list[Any]]:
    if draft.random.random() < 0.5:
        return {"firstName": [user.last_name, user.first_name]}
    granted = [public_id.encode(ContractAccount, row[0]) for row in draft.random.sample(accounts, 3)]
    return {"contractAccounts": [granted[:2], granted]}


def _service(draft: Draft, _user: DraftUser, _accounts: list[Row]) -> dict[str, list[Any]]:
    return {"code": [None, f"SVC-{draft.random.randrange(draft.shape.services):06}"], "status": [None, "ACTIVE"]}


def _refused(_draft: Draft, _user: DraftUser, _accounts: list[Row]) -> dict[str, list[Any]]:
    return {"operation": [None, "updateUser"], "errors": [None, [{"code": "FORBIDDEN", "path": ["id"]}]]}


CHANGES: Mapping[AuditKind, Callable[[Draft, DraftUser, list[Row]], dict[str, list[Any]]]] = {
    AuditKind.USER_CREATED: _created,
    AuditKind.USER_UPDATED: _updated,
    AuditKind.SERVICE_CREATED: _service,
    AuditKind.MUTATION_REFUSED: _refused,
    AuditKind.QUERY_REFUSED: _refused,
}
