"""Writes the mails about the claimed notices: one of each kind to each recipient, a page of recipients at a time.

All active users of the organization may be recipients, in the order of their ids. A page and the mails to it are one
transaction, so whoever is killed between two pages has told the first page exactly once.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, exists, false, literal, select

from authz.access import Access
from authz.actor import Actor
from models import END_NOTICE_DAYS, AccessNotice, MailKind, NoticeKind, User
from resolvers import public_id, timestamps
from resolvers.callers.load_actor import active_users, traits_of
from resolvers.mutations.upkeep.digests import dormant_to_announce, ends_to_announce
from resolvers.transaction.outbox import OutgoingMail
from resolvers.transaction.policy_statements import BuildSelect
from resolvers.transaction.unit_of_work import UnitOfWork

RECIPIENTS_AT_ONCE: Final = 200

LISTED: Final = 50
"""How many ends or users a mail lists; it says how many more there are."""


@dataclass(frozen=True, slots=True)
class _Digest:
    """A kind of mail, the SELECT of what it lists, and the `days` by which the console's lists of users are filtered to
    show the same."""

    kind: MailKind
    build: BuildSelect
    parameters: Mapping[str, int]
    days: int


async def tell_next(work: UnitOfWork, settings: Row[*tuple[Any, ...]], last: UUID) -> UUID | None:
    """Writes the mails to the next recipients after the user `last`. Returns the last of them, or None if these were
    all. `settings` are the columns of the organization."""
    users = (await work.execute(_next_users(settings.id, last))).all()
    kinds = set(map(NoticeKind, (await work.execute(_untold_kinds(settings.id))).scalars()))
    mails = [mail for user in users async for mail in _mails(work, settings, user, kinds)]
    if mails:
        await work.send(*mails)
    return users[-1].id if len(users) == RECIPIENTS_AT_ONCE else None


async def _mails(
    work: UnitOfWork, settings: Row[*tuple[Any, ...]], user: Row[*tuple[Any, ...]], kinds: set[NoticeKind]
) -> AsyncIterator[OutgoingMail]:
    actor = Actor(user.id, user.organization_id, traits_of(user), user.version, user.until)
    access = Access(work.context.policy, actor.traits)
    if access.assignable is None and not user.is_subject:
        return
    for digest in _digests(settings, kinds):
        found = (await work.select_as(actor, access, digest.build, {"most": LISTED, **digest.parameters})).all()
        if found:
            values = {"entries": [_entry(row) for row in found], "total": found[0].total, "days": digest.days}
            yield OutgoingMail(digest.kind, user.email, user.id, user.organization_id, (), values=values)


def _digests(settings: Row[*tuple[Any, ...]], kinds: set[NoticeKind]) -> list[_Digest]:
    digests = []
    after, warning = settings.dormant_after_days, settings.dormancy_warning_days
    if kinds - {NoticeKind.DORMANCY}:
        days = max(settings.end_notice_days, default=END_NOTICE_DAYS[1])
        digests.append(_Digest(MailKind.ACCESS_ENDS, ends_to_announce, {}, days))
    if NoticeKind.DORMANCY in kinds and after is not None:
        parameters = {"after": after, "warning": warning}
        digests.append(_Digest(MailKind.DORMANT_USERS, dormant_to_announce, parameters, after - warning))
    return digests


def _entry(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """What the mail says of one end or one dormant user."""
    return {
        "user": public_id.encode(User, row.id),
        "name": row.name,
        "email": row.email,
        "audience": row.audience,
        "is_own": row.is_own,
        "permission": row.permission,
        "account": row.account,
        "at": timestamps.encode(row.at),
    }


def _next_users(organization_id: UUID, last: UUID) -> Select[*tuple[Any, ...]]:
    notice = AccessNotice.__table__.alias()
    own = notice.c.organization_id == organization_id, notice.c.user_id == User.id
    is_subject = exists().where(*own, notice.c.is_told == false()).label("is_subject")
    users = active_users(literal(organization_id, Uuid())).add_columns(User.email, is_subject)
    return (
        users.where(User.organization_id == organization_id, User.id > last).order_by(User.id).limit(RECIPIENTS_AT_ONCE)
    )


def _untold_kinds(organization_id: UUID) -> Select[str]:
    notice = AccessNotice.__table__
    untold = notice.c.organization_id == organization_id, notice.c.is_told == false()
    return select(notice.c.kind).where(*untold).distinct()
