r"""Audit events as they are read: whom and what each names, cut to what its reader sees, and how they are chosen.

`changes` is stored as `{field: [before, after]}`. It names things by their public ids, such as the accounts that were
given to a user, anywhere inside a value. An entry of a list that names a thing which the reader does not see is left
out, a single value that does is null, and so nothing is left of a change among such things alone:

    SELECT * FROM (SELECT c.key AS field, <c.value -> 0, cut> AS before, <c.value -> 1, cut> AS after
                     FROM jsonb_each(a1.changes) AS c, <what is hidden>) AS shown WHERE before <> after

What is hidden are those of `regexp_matches(a1.changes::text, '(usr|ca|…)_(…)', 'g')` which the policy does not show.
Both subqueries end in OFFSET 0: PostgreSQL would write them into each place where their columns are named.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    all_,
    any_,
    case,
    cast,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.sql.selectable import Subquery

from authz.access import Access
from authz.model.resources import VIEW, AuditEventAction
from models import (
    AccessReview,
    ApiClient,
    AuditEvent,
    Base,
    ContractAccount,
    DeliveryAccount,
    Organization,
    Service,
    User,
)
from resolvers.query.edge_conditions import exists_per_row
from resolvers.query.filters import BY_CREATION, in_ids, in_values
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.viewer_can import viewer_can

NAMED: Final[Mapping[str, type[Base]]] = {
    "org": Organization,
    "ca": ContractAccount,
    "da": DeliveryAccount,
    "svc": Service,
    "usr": User,
    "rev": AccessReview,
    "cli": ApiClient,
}
"""What an event may name, by the prefix of its ids. An id of anything else is shown to nobody; to the entries of a
review, nothing happens."""

_ID = sql_literal("([a-z]{2,4})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


can = viewer_can(AuditEvent, AuditEventAction)


def kind(event: Row, _access: Access) -> ColumnElement[str]:
    """The name of the event's `AuditKind`: `USER_CREATED` for what is stored as `user.created`."""
    return func.upper(func.translate(event.c.kind, sql_literal("."), sql_literal("_")))


def actor(event: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who did it."""
    return user.c.id == event.c.actor_id


def api_client(event: Row, client: Row, _access: Access) -> ColumnElement[bool]:
    """The API client that did it for the actor."""
    return client.c.id == event.c.api_client_id


def address(event: Row, access: Access) -> ColumnElement[str]:
    """The network address that it came from; NULL where it came from somebody who is not seen."""
    user = User.__table__.alias()
    seen = select(sql_literal("1")).where(actor(event, user, access), access.may(VIEW, User, user))
    return case((or_(event.c.actor_id.is_(None), exists_per_row(seen.correlate_except(user))), event.c.address))


def subject(event: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user to whom it happened."""
    return user.c.id == event.c.subject_id


def about(user: Row, event: Row, _access: Access) -> ColumnElement[bool]:
    """What happened to the user."""
    return event.c.subject_id == user.c.id


def subject_id(event: Row, access: Access) -> ColumnElement[Any]:
    """The public id of what it happened to, of whatever type; NULL where that is not seen, or nothing."""
    found = []
    for prefix, model in NAMED.items():
        row = model.__table__.alias()
        text = sql_literal(f"{prefix}_").concat(cast(row.c.id, Text))
        seen = select(text).where(row.c.id == event.c.subject_id, access.may(VIEW, model, row))
        found.append(seen.correlate_except(row).scalar_subquery())
    return func.coalesce(*found)


def changes(event: Row, access: Access) -> Select[Any]:
    """What was changed, by field name: the JSON text of the value `before` and `after`, as far as the actor sees it."""
    # Events of before the chains may hold a JSON null for no changes.
    stored = func.nullif(event.c.changes, cast(sql_literal("null"), JSONB), type_=JSONB())
    each = func.jsonb_each(stored).table_valued(column("key", Text()), column("value", JSONB()))
    each = each.render_derived()
    hidden = _hidden(event, access)
    values = {
        name: _cut(each.c.value.op("->", return_type=JSONB())(_number(place)), hidden.c.patterns).label(name)
        for place, name in enumerate(("before", "after"))
    }
    cut = select(each.c.key.label("field"), *values.values()).select_from(each.join(hidden, true()))
    shown = cut.correlate_except(each, hidden).offset(_number(0)).subquery()
    differs = shown.c.before.is_distinct_from(shown.c.after)
    return select(shown).where(differs).order_by(shown.c.field.collate("C")).correlate_except(shown)


def _hidden(event: Row, access: Access) -> Subquery:
    """One row with one array: the ids in the event's changes of what the actor does not see, as patterns for LIKE."""
    text = cast(event.c.changes, Text)
    ids = func.regexp_matches(text, _ID, sql_literal("g")).table_valued(column("parts", ARRAY(Text())))
    ids = ids.render_derived()
    prefix, key = ids.c.parts[_number(1)], ids.c.parts[_number(2)]
    seen = [_is_seen(prefix == sql_literal(each), cast(key, Uuid()), model, access) for each, model in NAMED.items()]
    pattern = sql_literal("%").concat(prefix).concat(sql_literal(r"\_")).concat(key).concat(sql_literal("%"))
    patterns = select(pattern).select_from(ids).where(~or_(false(), *seen)).correlate_except(ids)
    array = func.array(patterns.scalar_subquery(), type_=ARRAY(Text())).label("patterns")
    return select(array).offset(_number(0)).subquery()


def _is_seen(
    of_type: ColumnElement[bool], key: ColumnElement[Any], model: type[Base], access: Access
) -> ColumnElement[bool]:
    row = model.__table__.alias()
    found = select(_number(1)).where(row.c.id == key, access.may(VIEW, model, row))
    return case((of_type, exists_per_row(found.correlate_except(row))), else_=false())


def _cut(value: ColumnElement[Any], hidden: ColumnElement[Any]) -> ColumnElement[str]:
    """The JSON text of a value without the entries in which something hidden is named."""

    def is_shown(json: ColumnElement[Any]) -> ColumnElement[bool]:
        return cast(json, Text).op("NOT LIKE", is_comparison=True)(all_(hidden))

    entries = func.jsonb_array_elements(value).table_valued(column("entry", JSONB()), with_ordinality="place")
    entries = entries.render_derived()
    separator = aggregate_order_by(sql_literal(","), entries.c.place)
    listed = select(func.string_agg(cast(entries.c.entry, Text), separator)).where(is_shown(entries.c.entry))
    text = func.coalesce(listed.correlate_except(entries).scalar_subquery(), sql_literal(""))
    return case(
        (func.jsonb_typeof(value) == sql_literal("array"), sql_literal("[").concat(text).concat(sql_literal("]"))),
        (is_shown(value), cast(value, Text)),
        else_=sql_literal("null"),
    )


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), Integer())


def _user_in(key: str) -> Filter:
    """A filter that takes users and finds them in the column `key`. Whom the actor does not see is in none."""

    def condition(event: Row, users: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
        user = User.__table__.alias()
        seen = select(_number(1)).where(user.c.id == event.c[key], access.may(VIEW, User, user))
        among: ColumnElement[bool] = event.c[key] == any_(users)
        return among & seen.correlate_except(user).exists()

    return Filter(condition, ARRAY(Uuid()))


_TIME = DateTime(timezone=True)

FILTERS: Final[dict[str, Filter]] = {
    "ids": in_ids("id"),
    "kind": in_values(lambda row: row.c.kind),
    "actors": _user_in("actor_id"),
    "subjects": _user_in("subject_id"),
    "since": Filter(lambda event, moment, _access: event.c.created_at >= moment, _TIME),
    "until": Filter(lambda event, moment, _access: event.c.created_at < moment, _TIME),
    "requestId": Filter(lambda event, text, _access: event.c.request_id == text, Text()),
}
ORDERS: Final[dict[str, Order]] = BY_CREATION
