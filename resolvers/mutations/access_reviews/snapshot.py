"""What everybody of an organization has, and why, written down in one statement, and so as of one moment.

    INSERT INTO access_review_entries
    SELECT … FROM users LEFT JOIN (<permissions> UNION ALL <one SELECT for each route of the policy> UNION ALL …) …

An active user has what they *reach*, as `resolvers/mutations/access_reviews/effective_access.py` finds it. Who is not
active reaches nothing: of
them it is written down what they were given, and that it is not in force. Who has nothing is there, too.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final
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
    NO_EXPIRY,
    AccessKind,
    AccessReviewEntry,
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    User,
    UserPermission,
    is_active,
    not_expired,
)
from resolvers.mutations.access_reviews.effective_access import KINDS, OrganizationActors, effective_access
from resolvers.policy_analysis.actor_table import actor_table, profiles
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.types.user import name_of, status_of

GIVEN, NOT_YET, NO_MORE, NOTHING = (
    "given",
    "given, in force once they activate",
    "given, not in force: they are removed",
    "has nothing",
)

TRIES = 3

_GRANTS: Final[tuple[tuple[type[Base], type[Base], str, str], ...]] = (
    (ContractAccount, ContractGrant, "contract_account_id", "all_contract_accounts"),
    (DeliveryAccount, DeliveryGrant, "delivery_account_id", "all_delivery_accounts"),
)
# A UUID of version 7 (RFC 9562) as `new_id` makes it, from one of version 4.
_NEW_ID: ColumnElement[UUID] = literal_column(
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send("
    "(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid",
    Uuid(),
)


async def write_entries(work: UnitOfWork, organization_id: UUID, review_id: UUID) -> int:
    """Write down who has what in the organization now, as entries of the review; returns how many there are.

    What may be done is compiled for the traits that users have, which are read first. Where somebody has got traits by
    the time of the statement that nobody had then, it is done over.
    """
    # Translating such a statement to machine code takes longer than running it.
    await work.execute(text("SET LOCAL jit = off"))
    for _ in range(TRIES):
        written = await work.in_savepoint(partial(_write, work, organization_id, review_id))
        if written is not None:
            return written
    raise RuntimeError("the traits of users changed again and again while their access was written down")


async def _write(work: UnitOfWork, organization_id: UUID, review_id: UUID) -> int | None:
    """The number of entries; None where there was somebody of whom the traits were not known."""
    policy = work.writing.policy
    found = {each.number: each for each in await profiles(work.connection, organization_id)}
    table = actor_table(list(found.values()), [policy], organization_id)
    everybody = OrganizationActors(organization_id, policy, found, table)
    row = (await work.execute(_written(everybody, review_id))).one()
    return None if row.unknown else int(row.entries)


def _written(everybody: OrganizationActors, review_id: UUID) -> Select[Any]:
    """The INSERT, as a SELECT of how many `entries` it made, and of how many active users the traits were `unknown`."""
    entries = _entries(everybody, review_id)
    names = [each.name for each in entries.selected_columns]
    inserted = insert(AccessReviewEntry).from_select(names, entries, include_defaults=False)
    made = inserted.returning(literal_column("1").label("made")).cte("made")
    user, known = User.__table__.alias(), everybody.actors.table.alias()
    in_sight = select(known.c.id).where(known.c.id == user.c.id).correlate(user).exists()
    unknown = select(func.count()).select_from(user).where(_of(everybody, user), is_active(user), ~in_sight)
    return select(
        select(func.count()).select_from(made).scalar_subquery().label("entries"),
        unknown.scalar_subquery().label("unknown"),
    )


def _entries(everybody: OrganizationActors, review_id: UUID) -> Select[Any]:
    user, found = User.__table__.alias(), _found(everybody)
    numbers = {all_.value: _how_many(everybody, model) for model, (_, all_) in KINDS.items()}
    return (
        select(
            _NEW_ID.label("id"),
            literal(everybody.organization_id, Uuid()).label("organization_id"),
            literal(review_id, Uuid()).label("review_id"),
            user.c.id.label("user_id"),
            user.c.email.label("user_email"),
            name_of(user).label("user_name"),
            status_of(user).label("user_status"),
            func.coalesce(found.c.kind, literal(AccessKind.NOTHING.value, Text)).label("kind"),
            found.c.thing_id,
            found.c.name,
            case(numbers, value=found.c.kind, else_=cast(null(), Integer)).label("accounts"),
            found.c.ends_at,
            func.coalesce(found.c.why, literal(NOTHING, Text)).label("why"),
            found.c.rules,
        )
        .select_from(user.outerjoin(found, found.c.user_id == user.c.id))
        .where(_of(everybody, user))
        .order_by(user.c.email, found.c.kind, found.c.name, found.c.thing_id)
    )


def _found(everybody: OrganizationActors) -> FromClause:
    """One row for each thing that a user has, with all ways in which they have it, in the order of the policy."""
    parts = [*_given(everybody), *effective_access(everybody)]
    each = union_all(*(part.add_columns(literal(place, Integer).label("place")) for place, part in enumerate(parts)))
    found = each.subquery()

    def joined(text_: ColumnElement[str]) -> ColumnElement[str]:
        return func.string_agg(text_, aggregate_order_by(literal_column("'; '"), found.c.place), type_=Text)

    thing = found.c.user_id, found.c.kind, found.c.thing_id, found.c.name
    ends = func.nullif(func.max(found.c.ends_at), NO_EXPIRY)
    why, rules = joined(found.c.why).label("why"), joined(found.c.rules).label("rules")
    return select(*thing, ends.label("ends_at"), why, rules).group_by(*thing).subquery()


def _given(everybody: OrganizationActors) -> Iterator[Select[Any]]:
    """Everybody's permissions; of those who are not active, the accounts that they were given."""
    user, given = User.__table__.alias(), UserPermission.__table__.alias()
    name = given.c.permission
    held = user.join(given, and_(given.c.user_id == user.c.id, not_expired(given)))
    yield _what(user, AccessKind.PERMISSION, None, name, given.c.ends_at).select_from(held).where(_of(everybody, user))
    for model, grants, key, flag in _GRANTS:
        one, all_ = KINDS[model]
        user, given, account = (each.__table__.alias() for each in (User, grants, model))
        granted = user.join(given, and_(given.c.user_id == user.c.id, not_expired(given)))
        granted = granted.join(account, account.c.id == given.c[key])
        inactive = and_(_of(everybody, user), not_(is_active(user)))
        part = _what(user, one, account.c.id, account.c.name, given.c.ends_at)
        yield part.select_from(granted).where(inactive, ~user.c[flag])
        yield _what(user, all_, None, None, None).select_from(user).where(inactive, user.c[flag])


def _what(user: FromClause, kind: AccessKind, key: Any, name: Any, ends: Any) -> Select[Any]:
    why = case(
        (is_active(user), literal(GIVEN, Text)),
        (user.c.removed_at.is_not(None), literal(NO_MORE, Text)),
        else_=literal(NOT_YET, Text),
    )
    return select(
        user.c.id.label("user_id"),
        literal(kind.value, Text).label("kind"),
        cast(null() if key is None else key, Uuid).label("thing_id"),
        cast(null() if name is None else name, Text).label("name"),
        (NO_EXPIRY if ends is None else func.coalesce(ends, NO_EXPIRY)).label("ends_at"),
        why.label("why"),
        cast(null(), Text).label("rules"),
    )


def _how_many(everybody: OrganizationActors, model: type[Base]) -> ColumnElement[int]:
    account = model.__table__.alias()
    own = account.c.organization_id == literal(everybody.organization_id, Uuid())
    return select(func.count()).select_from(account).where(own).correlate_except(account).scalar_subquery()


def _of(everybody: OrganizationActors, user: FromClause) -> ColumnElement[bool]:
    return user.c.organization_id == literal(everybody.organization_id, Uuid())
