"""Looks after the access in each organization, in small steps that any number of processes share.

A step is one transaction, which begins by locking the organization's row of `access_upkeep`: two processes never work
on one organization at a time, and whoever is killed leaves nothing half done. A round of an organization has these
steps:

1. claim what is to be told (`notices.py`),
2. write the mails, a page of recipients in each step (`recipients.py`),
3. when there is nothing to tell: remove dormant users (`removal.py`), and rest for `PAUSE`.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, exists, false, func, select, update
from sqlalchemy.dialects.postgresql import insert

from models import AccessNotice, AccessUpkeep, AuditKind, ContractAccount, DeliveryAccount, NoticeKind, Organization
from resolvers import public_id, timestamps
from resolvers.callers.caller import Caller
from resolvers.claiming import MOST_CLAIMED
from resolvers.mutations.upkeep.notices import claim_dormant, claim_ends, delete_outdated
from resolvers.mutations.upkeep.recipients import tell_next
from resolvers.mutations.upkeep.removal import REMOVED_AT_ONCE, remove_dormant
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

log = logging.getLogger("portico.upkeep")

PAUSE: Final = timedelta(hours=1)
"""How long after a round the next one of the same organization begins."""

PAUSE_AFTER_FAILURE: Final = timedelta(minutes=15)

_FIRST: Final = UUID(int=0)
_DUE: Final = AccessUpkeep.due_at <= func.statement_timestamp()


async def run_next(context: MutationContext, caller: Caller) -> bool:
    """Does one step for the organization that waits the longest. Returns False if none is due.

    Mails and audit events are those of `caller`, who is nobody. After an unexpected failure, the organization rests, so
    that the others have their turn. Raises the errors of a lost database connection.
    """
    organization_id = await run_in_transaction(context, caller, _next_organization)
    if organization_id is None:
        return await run_in_transaction(context, caller, _add_organizations)
    try:
        await run_in_transaction(context, caller, lambda work: _step(work, organization_id))
    except Exception:
        await run_in_transaction(context, caller, lambda work: _rest(work, organization_id, PAUSE_AFTER_FAILURE))
        log.warning("Looking after organization %s failed.", organization_id)
        raise
    return True


async def _next_organization(work: UnitOfWork) -> UUID | None:
    due = select(AccessUpkeep.organization_id).where(_DUE)
    waiting: Sequence[UUID] = (
        (await work.execute(due.order_by(AccessUpkeep.due_at).limit(MOST_CLAIMED))).scalars().all()
    )
    for organization_id in waiting:
        # Rows are locked within one organization. One that another process has locked is in work already.
        free = due.where(AccessUpkeep.organization_id == organization_id).with_for_update(skip_locked=True)
        if (await work.execute(free)).scalar_one_or_none() is not None:
            return organization_id
    return None


async def _add_organizations(work: UnitOfWork) -> bool:
    """Adds the rows of new organizations. Returns whether there are any."""
    missing = select(Organization.id).where(~exists().where(AccessUpkeep.organization_id == Organization.id))
    add = (
        insert(AccessUpkeep).from_select(["organization_id"], missing, include_defaults=False).on_conflict_do_nothing()
    )
    return bool((await work.execute(add)).rowcount)


async def _step(work: UnitOfWork, organization_id: UUID) -> None:
    row = Organization.__table__
    settings = row.c.id, row.c.end_notice_days, row.c.dormant_after_days, row.c.dormancy_warning_days
    claim = (
        select(*settings, AccessUpkeep.last_recipient_id)
        .join(AccessUpkeep, AccessUpkeep.organization_id == row.c.id)
        .where(row.c.id == organization_id, AccessUpkeep.organization_id == organization_id, _DUE)
        .with_for_update(of=AccessUpkeep, skip_locked=True)
    )
    claimed = (await work.execute(claim)).one_or_none()
    if claimed is None:
        return
    if claimed.last_recipient_id is not None:
        await _tell(work, claimed)
    elif await _claim_notices(work, claimed):
        await _continue(work, organization_id, _FIRST)
    elif await remove_dormant(work, claimed) < REMOVED_AT_ONCE:
        await _rest(work, organization_id, PAUSE)
    else:
        await _continue(work, organization_id, None)


async def _tell(work: UnitOfWork, settings: Row[*tuple[Any, ...]]) -> None:
    last = await tell_next(work, settings, settings.last_recipient_id)
    if last is None:
        notice = AccessNotice.__table__
        untold = notice.c.organization_id == settings.id, notice.c.is_told == false()
        await work.execute(update(AccessNotice).where(*untold).values(is_told=True))
    await _continue(work, settings.id, last)


async def _continue(work: UnitOfWork, organization_id: UUID, last: UUID | None) -> None:
    """Lets the organization be due again at once, behind all others that are."""
    await _update(work, organization_id, due_at=func.statement_timestamp(), last_recipient_id=last)


async def _rest(work: UnitOfWork, organization_id: UUID, pause: timedelta) -> None:
    await _update(work, organization_id, due_at=func.statement_timestamp() + pause)


async def _update(work: UnitOfWork, organization_id: UUID, **values: Any) -> None:
    of_organization = AccessUpkeep.organization_id == organization_id
    await work.execute(update(AccessUpkeep).where(of_organization).values(**values))


async def _claim_notices(work: UnitOfWork, settings: Row[*tuple[Any, ...]]) -> bool:
    """Claims what is to be told, and records it. Returns whether there is anything."""
    await delete_outdated(work, settings.id)
    ends = await claim_ends(work, settings.id, settings.end_notice_days)
    dormant = await claim_dormant(work, settings.id, settings.dormant_after_days, settings.dormancy_warning_days)
    await work.audit(*_ends_announced(settings.id, ends), *_warned(settings.id, dormant))
    return bool(ends or dormant)


def _ends_announced(organization_id: UUID, ends: Sequence[Any]) -> list[AuditEntry]:
    """An event for each user whose ends are told, with the ends in the form of the API."""
    in_order = sorted(ends, key=attrgetter("user_id", "at", "kind", "key"))
    entries = []
    for user_id, of_user in groupby(in_order, attrgetter("user_id")):
        listed = [(NoticeKind(end.kind), end) for end in of_user]
        permissions = [_end("permission", end.key, end) for kind, end in listed if kind is NoticeKind.PERMISSION]
        accounts = [_end("account", _account(kind, end.key), end) for kind, end in listed if kind in _ACCOUNTS]
        changes = created({"permissionEnds": permissions or None, "accountEnds": accounts or None})
        entries.append(AuditEntry(AuditKind.USER_END_ANNOUNCED, user_id, organization_id, changes=changes))
    return entries


_ACCOUNTS: Final = {NoticeKind.CONTRACT_ACCOUNT: ContractAccount, NoticeKind.DELIVERY_ACCOUNT: DeliveryAccount}


def _account(kind: NoticeKind, key: str) -> str:
    return public_id.encode(_ACCOUNTS[kind], UUID(key))


def _end(noun: str, key: str, end: Any) -> dict[str, str]:
    return {noun: key, "endsAt": timestamps.encode(end.at)}


def _warned(organization_id: UUID, dormant: Sequence[Any]) -> list[AuditEntry]:
    # Without the time: it may be that of an API client, and not everybody who sees the user sees those.
    return [AuditEntry(AuditKind.USER_DORMANCY_WARNED, notice.user_id, organization_id) for notice in dormant]
