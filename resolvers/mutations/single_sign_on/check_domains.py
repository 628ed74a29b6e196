"""Looks for the records of verified domains again, in the background: a domain may get another owner.

A domain whose record has been missing for `GRACE` counts no longer. Name servers that don't answer say nothing about a
record, so they take no domain away. Any number of processes may do this.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, func, select, update

from models import AuditKind, SignInDomain, VerifiedDomain
from resolvers.callers.caller import Caller
from resolvers.claiming import MOST_CLAIMED
from resolvers.mutations.single_sign_on.domains import PREFIX, checked, record_name
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction

PAUSE: Final = timedelta(days=1)
"""How long after a look the next one follows."""

GRACE: Final = timedelta(days=7)
"""How long a record may be missing."""


async def check_next_domain(context: MutationContext) -> bool:
    """Look for the record that was looked for the longest ago. Returns False if none is due."""
    relying_party = context.relying_party
    if relying_party is None:
        return False
    domain = await run_in_transaction(context, Caller(), _claim)
    if domain is None:
        return False
    records = await relying_party.txt.records(record_name(domain.domain))
    if records is not None:
        is_found = PREFIX + domain.challenge in records
        await run_in_transaction(context, Caller(), lambda work: _store(work, domain, is_found=is_found))
    return True


async def _claim(work: UnitOfWork) -> Row[*tuple[Any, ...]] | None:
    """In two steps, because rows are locked within one organization. Who has claimed a domain is the only one to look
    for a while, also if it dies."""
    row = SignInDomain.__table__
    is_due = row.c.verified_at.is_not(None), row.c.checked_at < func.now() - PAUSE
    waiting = select(row.c.organization_id).where(*is_due).order_by(row.c.checked_at).limit(MOST_CLAIMED)
    for organization_id in dict.fromkeys((await work.execute(waiting)).scalars()):
        own = row.c.organization_id == organization_id
        oldest = select(row).where(own, *is_due).order_by(row.c.checked_at).limit(1)
        found = (await work.execute(oldest.with_for_update(skip_locked=True))).one_or_none()
        if found is not None:
            claim = update(SignInDomain).where(SignInDomain.organization_id == organization_id)
            await work.execute(claim.where(SignInDomain.id == found.id).values(checked_at=func.now()))
            return found
    return None


async def _store(work: UnitOfWork, domain: Row[*tuple[Any, ...]], *, is_found: bool) -> None:
    row = SignInDomain.__table__
    own = row.c.organization_id == domain.organization_id, row.c.id == domain.id
    # Meanwhile, an admin may have verified or removed it.
    current = (await work.execute(select(row).where(*own).with_for_update())).one_or_none()
    if current is None or current.verified_at is None:
        return
    await work.execute(checked(current, is_found=is_found))
    if is_found:
        return
    is_over = SignInDomain.verified_at.is_not(None), SignInDomain.missing_since < func.now() - GRACE
    lapse = update(SignInDomain).where(*own, *is_over).values(verified_at=None)
    if (await work.execute(lapse.returning(SignInDomain.id))).scalar() is None:
        return
    entry = VerifiedDomain.organization_id == domain.organization_id, VerifiedDomain.domain_id == domain.id
    await work.execute(delete(VerifiedDomain).where(*entry))
    changes = {"domain": (domain.domain, None)}
    kind, organization_id = AuditKind.SIGN_IN_DOMAIN_LAPSED, domain.organization_id
    await work.audit(AuditEntry(kind, organization_id, organization_id, changes=changes))
