"""Records the access of everybody in an organization, and the reasons, in one statement, hence as of one moment.

    INSERT INTO access_review_entries
    SELECT … FROM users LEFT JOIN (<permissions> UNION ALL <one SELECT for each route of the policy> UNION ALL …) …

For an active user, it records their effective access, as `resolvers/mutations/access_reviews/effective_access.py`
computes it. Inactive users have no effective access; their grants are recorded as not effective. A user without access
gets an entry as well.
"""

from collections.abc import Iterator
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
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from models import (
    ACCOUNT_KINDS,
    NO_EXPIRY,
    AccessKind,
    AccessReviewEntry,
    Base,
    User,
    UserPermission,
    is_active,
    not_expired,
)
from resolvers.mutations.access_reviews.effective_access import ACCESS_KINDS, OrganizationActors, effective_access
from resolvers.policy_analysis.actor_table import actor_table, load_profiles
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.user import display_name_of, status_of

GRANTED, GRANTED_UNTIL_ACTIVATION, GRANTED_BEFORE_REMOVAL, NO_ACCESS = (
    "granted",
    "granted, effective after activation",
    "granted, not effective: the user was removed",
    "no access",
)

MAX_ATTEMPTS = 3

# A UUID of version 7 (RFC 9562) as `new_id` creates it, derived from one of version 4.
_NEW_ID: ColumnElement[UUID] = literal_column(
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send("
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid",
    Uuid(),
)


async def write_entries(work: UnitOfWork, organization_id: UUID, review_id: UUID) -> int:
    """Record the current access in the organization as entries of the review. Returns the number of entries.

    The statement is compiled for the trait combinations of the users, which are read first. If a user has gained a new
    combination by the time the statement runs, everything is repeated.
    """
    # Compiling such a statement to machine code takes longer than running it.
    await work.execute(text("SET LOCAL jit = off"))
    for _ in range(MAX_ATTEMPTS):
        count = await work.in_savepoint(partial(_write, work, organization_id, review_id))
        if count is not None:
            return count
    raise RuntimeError("the traits of users kept changing while their access was being recorded")


async def _write(work: UnitOfWork, organization_id: UUID, review_id: UUID) -> int | None:
    """Returns the number of entries, or None if a user's traits were unknown."""
    policy = work.context.policy
    profiles_by_number = {profile.number: profile for profile in await load_profiles(work.connection, organization_id)}
    table = actor_table(list(profiles_by_number.values()), [policy], organization_id)
    organization = OrganizationActors(organization_id, policy, profiles_by_number, table)
    row = (await work.execute(_insert_entries(organization, review_id))).one()
    return None if row.unknown else int(row.entries)


def _insert_entries(organization: OrganizationActors, review_id: UUID) -> Select[Any]:
    """The INSERT, as a SELECT of how many `entries` it created, and of how many active users have `unknown` traits."""
    entries = _entries(organization, review_id)
    names = [column.name for column in entries.selected_columns]
    statement = insert(AccessReviewEntry).from_select(names, entries, include_defaults=False)
    inserted = statement.returning(literal_column("1").label("inserted")).cte("inserted")
    user, actor = User.__table__.alias(), organization.actors.table.alias()
    is_known = select(actor.c.id).where(actor.c.id == user.c.id).correlate(user).exists()
    unknown = select(func.count()).select_from(user).where(_is_member(organization, user), is_active(user), ~is_known)
    return select(
        select(func.count()).select_from(inserted).scalar_subquery().label("entries"),
        unknown.scalar_subquery().label("unknown"),
    )


def _entries(organization: OrganizationActors, review_id: UUID) -> Select[Any]:
    user, access = User.__table__.alias(), _access(organization)
    counts = {all_kind.value: _count_accounts(organization, model) for model, (_, all_kind) in ACCESS_KINDS.items()}
    return (
        select(
            _NEW_ID.label("id"),
            literal(organization.organization_id, Uuid()).label("organization_id"),
            literal(review_id, Uuid()).label("review_id"),
            user.c.id.label("user_id"),
            user.c.email.label("user_email"),
            display_name_of(user).label("user_name"),
            status_of(user).label("user_status"),
            func.coalesce(access.c.kind, literal(AccessKind.NOTHING.value, Text)).label("kind"),
            access.c.thing_id,
            access.c.name,
            case(counts, value=access.c.kind, else_=cast(null(), Integer)).label("accounts"),
            access.c.ends_at,
            func.coalesce(access.c.why, literal(NO_ACCESS, Text)).label("why"),
            access.c.rules,
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
    return select(*key, ends.label("ends_at"), why, rules).group_by(*key).subquery()


def _grants(organization: OrganizationActors) -> Iterator[Select[Any]]:
    """The permissions of all users, and the account grants of inactive users."""
    user, grant = User.__table__.alias(), UserPermission.__table__.alias()
    granted = user.join(grant, and_(grant.c.user_id == user.c.id, not_expired(grant)))
    permissions = _select_grants(user, AccessKind.PERMISSION, None, grant.c.permission, grant.c.ends_at)
    yield permissions.select_from(granted).where(_is_member(organization, user))
    for kind in ACCOUNT_KINDS:
        single_kind, all_kind = ACCESS_KINDS[kind.accounts]
        user, grant, account = (table.__table__.alias() for table in (User, kind.grants, kind.accounts))
        granted = user.join(grant, and_(grant.c.user_id == user.c.id, not_expired(grant)))
        granted = granted.join(account, account.c.id == grant.c[kind.key])
        inactive = and_(_is_member(organization, user), not_(is_active(user)))
        accounts = _select_grants(user, single_kind, account.c.id, account.c.name, grant.c.ends_at)
        yield accounts.select_from(granted).where(inactive, ~user.c[kind.all_flag])
        yield _select_grants(user, all_kind, None, None, None).select_from(user).where(inactive, user.c[kind.all_flag])


def _select_grants(user: FromClause, kind: AccessKind, key: Any, name: Any, ends_at: Any) -> Select[Any]:
    why = case(
        (is_active(user), literal(GRANTED, Text)),
        (user.c.removed_at.is_not(None), literal(GRANTED_BEFORE_REMOVAL, Text)),
        else_=literal(GRANTED_UNTIL_ACTIVATION, Text),
    )
    return select(
        user.c.id.label("user_id"),
        literal(kind.value, Text).label("kind"),
        cast(null() if key is None else key, Uuid).label("thing_id"),
        cast(null() if name is None else name, Text).label("name"),
        (NO_EXPIRY if ends_at is None else func.coalesce(ends_at, NO_EXPIRY)).label("ends_at"),
        why.label("why"),
        cast(null(), Text).label("rules"),
    )


def _count_accounts(organization: OrganizationActors, model: type[Base]) -> ColumnElement[int]:
    account = model.__table__.alias()
    is_own = account.c.organization_id == literal(organization.organization_id, Uuid())
    return select(func.count()).select_from(account).where(is_own).correlate_except(account).scalar_subquery()


def _is_member(organization: OrganizationActors, user: FromClause) -> ColumnElement[bool]:
    return user.c.organization_id == literal(organization.organization_id, Uuid())
