"""Records the access of everybody in an organization, and the reasons, in one snapshot, hence as of one moment.

    INSERT INTO access_review_entries
    SELECT … FROM users LEFT JOIN (<permissions> UNION ALL <one SELECT for each route of the policy> UNION ALL …) …

The statement is run for some users at a time, so that there is progress to report, in one REPEATABLE READ transaction,
which completes the review, too: nobody ever sees a part of it.

For an active user, it records their effective access, as `resolvers/mutations/access_reviews/effective_access.py`
computes it. Inactive users have no effective access; their grants are recorded as not effective. A user without access
gets an entry as well.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    not_,
    null,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.policy import Policy
from models import (
    ACCOUNT_KINDS,
    NO_EXPIRY,
    AccessKind,
    AccessReasonKind,
    AccessReview,
    AccessReviewEntry,
    AccessReviewState,
    Base,
    User,
    UserPermission,
    is_active,
    is_of,
    not_expired,
)
from resolvers.fair_queue import Flow
from resolvers.mutations.access_reviews.effective_access import ACCESS_KINDS, OrganizationActors, effective_access
from resolvers.mutations.access_reviews.jobs import ClaimedJob, JobLost
from resolvers.mutations.access_reviews.reasons import reason
from resolvers.policy_analysis.actor_table import TraitProfile, actor_table, load_profiles
from resolvers.policy_analysis.question_cache import QUESTIONS
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.context import MutationContext
from resolvers.types.user import display_name_of, status_of

GRANTED, GRANTED_UNTIL_ACTIVATION, GRANTED_BEFORE_REMOVAL, NO_ACCESS = (
    "granted",
    "granted, effective after activation",
    "granted, not effective: the user was removed",
    "no access",
)

USERS_AT_ONCE = 500
MIN_INTERVAL = 0.5
"""The shortest time, in seconds, after which progress is recorded again."""

# A UUID of version 7 (RFC 9562) as `new_id` creates it, derived from one of version 4.
_NEW_ID: ColumnElement[UUID] = literal_column(
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send("
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid",
    Uuid(),
)


class Progress:
    """How far the recording has come, in percent. At most one task waits for more of it."""

    def __init__(self) -> None:
        self.percent = 0
        self._changed = asyncio.Event()

    def report(self, done: int, total: int) -> None:
        """Reports that `done` of `total` parts are done."""
        self.percent = 100 * done // total
        self._changed.set()

    async def wait(self, seconds: float) -> None:
        """Waits until there is progress, at most `seconds`, and at least `MIN_INTERVAL`."""
        await asyncio.sleep(MIN_INTERVAL)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        self._changed.clear()


async def record_entries(context: MutationContext, job: ClaimedJob, progress: Progress) -> None:
    """Records the current access in the organization as entries of the review, and completes the review.

    This is one transaction, of which all statements see the moment at which it begins, and of which nothing is visible
    until its end. If another process ends the review meanwhile, the database aborts the transaction. Raises JobLost
    if one has ended it before.
    """
    engine, organization_id = context.engine.execution_options(isolation_level="REPEATABLE READ"), job.organization_id
    async with engine.begin() as connection:
        # Compiling such a statement to machine code takes longer than running it.
        await connection.execute(text("SET LOCAL jit = off"))
        await connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        profiles = {profile.number: profile for profile in await load_profiles(connection, organization_id)}
        ranges = await _user_ranges(connection, organization_id)
        build = partial(_build, context.policy, organization_id, job.review_id, profiles)
        statement = await QUESTIONS.run(build, Flow(organization_id, "access review")) if ranges else None
        for done, (low, high) in enumerate(ranges, 1):
            assert statement is not None
            await statement.execute_on(connection, {"low": low, "high": high})
            progress.report(done, len(ranges) + 1)
        complete = update(AccessReview).values(
            state=AccessReviewState.COMPLETE.value, recorded_at=func.now(), policy_version=context.policy.version
        )
        own = AccessReview.organization_id == job.organization_id, AccessReview.id == job.review_id
        is_running = AccessReview.state == AccessReviewState.RUNNING.value
        if not (await connection.execute(complete.where(*own, is_running))).rowcount:
            raise JobLost


async def _user_ranges(connection: AsyncConnection, organization_id: UUID) -> list[tuple[UUID, UUID]]:
    """The first and last id of each batch of users of the organization, active or not."""
    user = User.__table__.alias()
    place = func.row_number().over(order_by=user.c.id)
    batch = literal_column(f"{USERS_AT_ONCE}", Integer)
    users = select(user.c.id, ((place - 1) // batch).label("batch"), place.label("place"))
    users_in_order = users.where(is_of(user, literal(organization_id, Uuid()))).subquery()
    first = func.array_agg(aggregate_order_by(users_in_order.c.id, users_in_order.c.place))
    ids = select(first).group_by(users_in_order.c.batch).order_by(users_in_order.c.batch)
    return [(batch_ids[0], batch_ids[-1]) for (batch_ids,) in await connection.execute(ids)]


def _build(
    policy: Policy, organization_id: UUID, review_id: UUID, profiles: Mapping[int, TraitProfile]
) -> PreparedStatement:
    """The INSERT of the entries of the users from `:low` to `:high`."""
    table = actor_table(list(profiles.values()), [policy], organization_id, staff=False, only=_in_range)
    entries = _entries(OrganizationActors(organization_id, policy, profiles, table), review_id)
    names = [column.name for column in entries.selected_columns]
    return PreparedStatement(insert(AccessReviewEntry).from_select(names, entries, include_defaults=False))


def _in_range(user: FromClause) -> ColumnElement[bool]:
    return user.c.id.between(bindparam("low", type_=Uuid()), bindparam("high", type_=Uuid()))


def _entries(organization: OrganizationActors, review_id: UUID) -> Select[Any]:
    user, access = User.__table__.alias(), _access(organization)

    def inside(row: FromClause, _of: FromClause | None = None, /) -> ColumnElement[bool]:
        return is_of(row, literal(organization.organization_id, Uuid()))

    counts = {all_kind.value: _count_accounts(organization, model) for model, (_, all_kind) in ACCESS_KINDS.items()}
    return (
        select(
            _NEW_ID.label("id"),
            literal(organization.organization_id, Uuid()).label("organization_id"),
            literal(review_id, Uuid()).label("review_id"),
            user.c.id.label("user_id"),
            user.c.email.label("user_email"),
            display_name_of(user).label("user_name"),
            status_of(user, inside).label("user_status"),
            func.coalesce(access.c.kind, literal(AccessKind.NOTHING.value, Text)).label("kind"),
            access.c.thing_id,
            access.c.name,
            case(counts, value=access.c.kind, else_=cast(null(), Integer)).label("accounts"),
            access.c.ends_at,
            func.coalesce(access.c.why, literal(NO_ACCESS, Text)).label("why"),
            access.c.rules,
            func.coalesce(access.c.reasons, cast(literal("[]", Text), JSONB)).label("reasons"),
        )
        .select_from(user.outerjoin(access, access.c.user_id == user.c.id))
        .where(_is_member(organization, user))
        .order_by(user.c.email, access.c.kind, access.c.name, access.c.thing_id)
    )


def _access(organization: OrganizationActors) -> FromClause:
    """One row for each permission or account that a user has, with all reasons, in the order of the policy."""
    parts = [*_grants(organization), *effective_access(organization)]
    rows = union_all(*(part.add_columns(literal(place, Integer).label("place")) for place, part in enumerate(parts)))
    reasons = rows.subquery()

    def joined(text_: ColumnElement[str]) -> ColumnElement[str]:
        return func.string_agg(text_, aggregate_order_by(literal_column("'; '"), reasons.c.place), type_=Text)

    key = reasons.c.user_id, reasons.c.kind, reasons.c.thing_id, reasons.c.name
    ends = func.nullif(func.max(reasons.c.ends_at), NO_EXPIRY)
    why, rules = joined(reasons.c.why).label("why"), joined(reasons.c.rules).label("rules")
    each: Any = func.jsonb_agg(aggregate_order_by(reasons.c.reason, reasons.c.place), type_=JSONB())
    return select(*key, ends.label("ends_at"), why, rules, each.label("reasons")).group_by(*key).subquery()


def _grants(organization: OrganizationActors) -> Iterator[Select[Any]]:
    """The permissions of all users, and the account grants of inactive users."""
    user, grant = User.__table__.alias(), UserPermission.__table__.alias()
    granted = user.join(grant, and_(grant.c.user_id == user.c.id, _is_own(organization, grant), not_expired(grant)))
    permissions = _select_grants(user, AccessKind.PERMISSION, None, grant.c.permission, grant.c.ends_at)
    yield permissions.select_from(granted).where(_is_member(organization, user))
    for kind in ACCOUNT_KINDS:
        single_kind, all_kind = ACCESS_KINDS[kind.accounts]
        user, grant, account = (table.__table__.alias() for table in (User, kind.grants, kind.accounts))
        of_user = grant.c.user_id == user.c.id, _is_own(organization, grant), not_expired(grant)
        is_granted = account.c.id == grant.c[kind.key], _is_own(organization, account)
        granted = user.join(grant, and_(*of_user)).join(account, and_(*is_granted))
        inactive = and_(_is_member(organization, user), not_(is_active(user)))
        accounts = _select_grants(user, single_kind, account.c.id, account.c.name, grant.c.ends_at)
        yield accounts.select_from(granted).where(inactive, ~user.c[kind.all_flag])
        yield _select_grants(user, all_kind, None, None, None).select_from(user).where(inactive, user.c[kind.all_flag])


def _select_grants(user: FromClause, kind: AccessKind, key: Any, name: Any, ends_at: Any) -> Select[Any]:
    def by_state(active: ColumnElement[Any], removed: ColumnElement[Any], other: ColumnElement[Any]) -> Any:
        return case((is_active(user), active), (user.c.removed_at.is_not(None), removed), else_=other)

    texts = GRANTED, GRANTED_BEFORE_REMOVAL, GRANTED_UNTIL_ACTIVATION
    kinds = (
        AccessReasonKind.GIVEN,
        AccessReasonKind.GIVEN_BEFORE_REMOVAL,
        AccessReasonKind.GIVEN_BEFORE_ACTIVATION,
    )
    return select(
        user.c.id.label("user_id"),
        literal(kind.value, Text).label("kind"),
        cast(null() if key is None else key, Uuid).label("thing_id"),
        cast(null() if name is None else name, Text).label("name"),
        (NO_EXPIRY if ends_at is None else func.coalesce(ends_at, NO_EXPIRY)).label("ends_at"),
        by_state(*(literal(text_, Text) for text_ in texts)).label("why"),
        cast(null(), Text).label("rules"),
        by_state(*map(reason, kinds)).label("reason"),
    )


def _count_accounts(organization: OrganizationActors, model: type[Base]) -> ColumnElement[int]:
    account = model.__table__.alias()
    is_own = _is_own(organization, account)
    return select(func.count()).select_from(account).where(is_own).correlate_except(account).scalar_subquery()


def _is_member(organization: OrganizationActors, user: FromClause) -> ColumnElement[bool]:
    return and_(_is_own(organization, user), _in_range(user))


def _is_own(organization: OrganizationActors, row: FromClause) -> ColumnElement[bool]:
    own: ColumnElement[bool] = is_of(row, literal(organization.organization_id, Uuid()))
    return own
