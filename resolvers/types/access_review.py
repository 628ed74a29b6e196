"""Access reviews and their entries: computed fields, edges, filters and orders."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Label,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    column,
    func,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.selectable import TableValuedAlias

from authz.access import Access
from authz.model.actions import VIEW, AccessReviewEntryAction, OrganizationAction
from models import (
    AccessKind,
    AccessReview,
    AccessReviewEntry,
    AccessReviewEntryDecision,
    AccessReviewJob,
    AccessReviewState,
    ContractAccount,
    DeliveryAccount,
    Organization,
)
from resolvers.query.edge_conditions import exists_per_row
from resolvers.query.filters import BY_CREATION, asc_and_desc, in_ids, in_values, search
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.viewer_can import viewer_can
from resolvers.types import access_reason_words
from resolvers.types.given_access import is_given


def newest(_parent: Row, review: Row, access: Access) -> ColumnElement[bool]:
    """The review is the newest of its organization that the actor can see."""
    other = AccessReview.__table__.alias()
    newer = tuple_(other.c.created_at, other.c.id) > tuple_(review.c.created_at, review.c.id)
    same = other.c.organization_id == review.c.organization_id
    newer_reviews = select(sql_literal("1")).where(same, newer, access.may(VIEW, AccessReview, other))
    return ~newer_reviews.correlate_except(other).exists()


def can(review: Row, access: Access) -> ColumnElement[str]:
    """The JSON array of actions that the actor may perform on a visible review. It can be signed off once, when it is
    complete, by an actor who may review the access to its organization."""
    if access.viewed_by is not None:
        return sql_literal('["VIEW"]')
    organization = Organization.__table__.alias()
    reviews = access.may(OrganizationAction.REVIEW_ACCESS, Organization, organization)
    reviewed = select(sql_literal("1")).where(organization.c.id == review.c.organization_id, reviews)
    can_sign_off = and_(
        _is_complete(review), review.c.signed_off_at.is_(None), exists_per_row(reviewed.correlate_except(organization))
    )
    return case((can_sign_off, sql_literal('["VIEW","SIGN_OFF"]')), else_=sql_literal('["VIEW"]'))


def progress(review: Row, access: Access) -> ColumnElement[int]:
    """How much of the review is recorded, in percent."""
    job = AccessReviewJob.__table__.alias()
    of_review = job.c.review_id == review.c.id, access.same_organization(job, review)
    percent = select(job.c.progress).where(*of_review).correlate_except(job).scalar_subquery()
    return case((_is_complete(review), int_literal(100)), else_=func.coalesce(percent, int_literal(0)))


def _is_complete(review: Row) -> ColumnElement[bool]:
    return review.c.state == sql_literal(AccessReviewState.COMPLETE.value)


entry_can = viewer_can(AccessReviewEntry, AccessReviewEntryAction)


def created_by(review: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who created the review."""
    return user.c.id == review.c.created_by_id


def signed_off_by(review: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who signed the review off."""
    return user.c.id == review.c.signed_off_by_id


def entries(review: Row, entry: Row, _access: Access) -> ColumnElement[bool]:
    """The entries of the review."""
    return entry.c.review_id == review.c.id


def review(entry: Row, to: Row, _access: Access) -> ColumnElement[bool]:
    """The review of the entry."""
    return to.c.id == entry.c.review_id


def user(entry: Row, to: Row, _access: Access) -> ColumnElement[bool]:
    """The user that the entry is about."""
    return to.c.id == entry.c.user_id


def _is_signed_off(row: Row, value: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
    return row.c.signed_off_at.is_not(None) == value


def account_id(entry: Row, _access: Access) -> ColumnElement[Any]:
    """The public id of the account; NULL if the entry is not about an account."""
    models = {AccessKind.CONTRACT_ACCOUNT: ContractAccount, AccessKind.DELIVERY_ACCOUNT: DeliveryAccount}
    by_kind = {sql_literal(kind.value): sql_literal(f"{model.id_prefix}_") for kind, model in models.items()}
    return case(by_kind, value=entry.c.kind).concat(cast(entry.c.thing_id, Text))


def decision(entry: Row, access: Access) -> ColumnElement[Any]:
    """What the entry is marked with; NULL if it isn't marked."""
    decided = AccessReviewEntryDecision.__table__.alias()
    of_entry = decided.c.entry_id == entry.c.id, access.same_organization(decided, entry)
    return select(decided.c.decision).where(*of_entry).correlate_except(decided).scalar_subquery()


def removable(entry: Row, access: Access) -> ColumnElement[bool]:
    """Whether the access can be taken away by itself."""
    return is_given(entry, access)


def _has_decision(entry: Row, access: Access, *conditions: Callable[[Row], ColumnElement[bool]]) -> ColumnElement[bool]:
    """The entry is marked. Equalities alone, so that PostgreSQL may hash the decisions instead of looking one up for
    each entry: a review may have a million entries."""
    decided = AccessReviewEntryDecision.__table__.alias()
    of_entry = decided.c.entry_id == entry.c.id, decided.c.review_id == entry.c.review_id
    found = select(sql_literal("1")).where(*of_entry, access.same_organization(decided, entry))
    return found.where(*(each(decided) for each in conditions)).correlate_except(decided).exists()


def _is_decided(entry: Row, value: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    return _has_decision(entry, access) == value


def _is_decided_as(entry: Row, values: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    return _has_decision(entry, access, lambda decided: decided.c.decision == any_(values))


def reasons(entry: Row, _access: Access) -> Select[Any]:
    """The reasons of the entry: `kind`, and `conditions` as JSON."""
    each, place = _elements(entry.c.reasons)
    conditions = each.c.value.op("->", return_type=JSONB())(sql_literal("conditions")).label("conditions")
    columns: list[ColumnElement[Any]] = [_member(each, "kind"), conditions]
    return select(*columns).select_from(each).order_by(place).correlate_except(each)


def reason_conditions(reason: Row, _access: Access) -> Select[Any]:
    """The conditions of a row of `reasons`: `kind`, `name` and `holds`."""
    each, place = _elements(reason.c.conditions)
    holds = func.coalesce(cast(_member(each, "holds"), Boolean), true()).label("holds")
    columns: list[ColumnElement[Any]] = [_member(each, "kind"), _member(each, "name"), holds]
    return select(*columns).select_from(each).order_by(place).correlate_except(each)


def _member(each: TableValuedAlias, key: str) -> Label[str]:
    """The text of a member of a JSON object."""
    return each.c.value.op("->>", return_type=Text())(sql_literal(key)).label(key)


def _elements(array: ColumnElement[Any]) -> tuple[TableValuedAlias, ColumnElement[int]]:
    """The elements `value` of a JSON array, and the column with their places. A NULL has none."""
    elements = func.jsonb_array_elements(array)
    each = elements.table_valued(column("value", JSONB()), with_ordinality="place").render_derived()
    return each, each.c.place


def _of_account(kind: AccessKind) -> Filter:
    def condition(row: Row, keys: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
        return and_(row.c.kind == sql_literal(kind.value), row.c.thing_id == any_(keys))

    return Filter(condition, ARRAY(Uuid()))


FILTERS: Final[dict[str, Filter]] = {"ids": in_ids("id"), "signedOff": Filter(_is_signed_off, Boolean())}
ORDERS: Final[dict[str, Order]] = BY_CREATION

ENTRY_FILTERS: Final[dict[str, Filter]] = {
    "search": search(
        lambda row: func.fold(func.concat_ws(sql_literal(" "), row.c.user_email, row.c.user_name, row.c.name))
    ),
    "ids": in_ids("id"),
    "users": in_ids("user_id"),
    "kind": in_values(lambda row: row.c.kind),
    "status": in_values(lambda row: row.c.user_status),
    "contractAccounts": _of_account(AccessKind.CONTRACT_ACCOUNT),
    "deliveryAccounts": _of_account(AccessKind.DELIVERY_ACCOUNT),
    "why": search(lambda row: func.fold(row.c.why)),
    "reasons": access_reason_words.IN_WORDS,
    "decided": Filter(_is_decided, Boolean()),
    "decision": Filter(_is_decided_as, ARRAY(Text())),
    "endsBefore": Filter(lambda row, moment, _access: row.c.ends_at < moment, DateTime(timezone=True)),
}
ENTRY_ORDERS: Final[dict[str, Order]] = asc_and_desc("USER", lambda row, _inside: row.c.user_email)
