r"""Audit events: edges, filters, orders, and `changes` redacted to what the reader may see.

`changes` is stored as `{field: [before, after]}`. Public ids may occur anywhere inside a value, such as the accounts
granted to a user. A list entry that contains the id of a resource hidden from the reader is removed, and a single value
that contains one becomes null. A change that concerns only hidden resources therefore disappears:

    SELECT * FROM (SELECT c.key AS field, <c.value -> 0, redacted> AS before, <c.value -> 1, redacted> AS after
                     FROM jsonb_each(a1.changes) AS c, <hidden ids>) AS shown WHERE before <> after

The hidden ids are the matches of `regexp_matches(a1.changes::text, '(usr|ca|…)_(…)', 'g')` that the policy denies.
Both subqueries end in OFFSET 0: otherwise PostgreSQL would inline them wherever their columns are used.

`resources` finds ids in the same way, and selects the names of those that the policy shows.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
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
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.sql.selectable import Subquery, TableValuedAlias

from authz.access import Access
from authz.model.actions import VIEW, AuditEventAction
from models import (
    AccessRequest,
    AccessReview,
    AccessTemplate,
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
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Filter, Order, Row
from resolvers.query.viewer_can import viewer_can
from resolvers.types.user import display_name_of

MODELS_BY_PREFIX: Final[Mapping[str, type[Base]]] = {
    model.id_prefix: model
    for model in (
        Organization,
        ContractAccount,
        DeliveryAccount,
        Service,
        User,
        AccessReview,
        AccessTemplate,
        ApiClient,
        AccessRequest,
    )
}
"""The resources that an event may refer to, by the prefix of their ids. Other ids are hidden from everyone; the entries
of a review have no events."""

_ID = sql_literal("([a-z]{2,4})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


can = viewer_can(AuditEvent, AuditEventAction)


def kind(event: Row, _access: Access) -> ColumnElement[str]:
    """The name of the event's `AuditKind`: `USER_CREATED` for the stored `user.created`."""
    return func.upper(func.translate(event.c.kind, sql_literal("."), sql_literal("_")))


def actor(event: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who caused the event."""
    return user.c.id == event.c.actor_id


def api_client(event: Row, client: Row, _access: Access) -> ColumnElement[bool]:
    """The API client that acted for the user."""
    return client.c.id == event.c.api_client_id


def address(event: Row, access: Access) -> ColumnElement[str]:
    """The network address of the request; NULL if the actor can't see the user who sent it."""
    user = User.__table__.alias()
    seen = select(sql_literal("1")).where(actor(event, user, access), access.may(VIEW, User, user))
    return case((or_(event.c.actor_id.is_(None), exists_per_row(seen.correlate_except(user))), event.c.address))


def subject(event: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user that the event is about."""
    return user.c.id == event.c.subject_id


def about_user(user: Row, event: Row, _access: Access) -> ColumnElement[bool]:
    """The events about the user."""
    return event.c.subject_id == user.c.id


def subject_id(event: Row, access: Access) -> ColumnElement[Any]:
    """The public id of the event's subject, of any type; NULL if there is none, or the actor can't see it."""
    ids = []
    for prefix, model in MODELS_BY_PREFIX.items():
        row = model.__table__.alias()
        text = sql_literal(f"{prefix}_").concat(cast(row.c.id, Text))
        seen = select(text).where(row.c.id == event.c.subject_id, access.may(VIEW, model, row))
        ids.append(seen.correlate_except(row).scalar_subquery())
    return func.coalesce(*ids)


def changes(event: Row, access: Access) -> Select[Any]:
    """The changes by field name: the JSON text of the values `before` and `after`, redacted for the actor."""
    # Events from before the audit chains may hold a JSON null for no changes.
    stored = func.nullif(event.c.changes, cast(sql_literal("null"), JSONB), type_=JSONB())
    change = func.jsonb_each(stored).table_valued(column("key", Text()), column("value", JSONB()))
    change = change.render_derived()
    hidden = _hidden(event, access)
    values = {
        name: _redacted(change.c.value.op("->", return_type=JSONB())(int_literal(index)), hidden.c.patterns).label(name)
        for index, name in enumerate(("before", "after"))
    }
    redacted = select(change.c.key.label("field"), *values.values()).select_from(change.join(hidden, true()))
    shown = redacted.correlate_except(change, hidden).offset(int_literal(0)).subquery()
    differs = shown.c.before.is_distinct_from(shown.c.after)
    return select(shown).where(differs).order_by(shown.c.field.collate("C")).correlate_except(shown)


def resources(event: Row, access: Access) -> Select[Any]:
    """The event's subject and the resources whose ids are in its changes: those that the actor sees, by their ids, with
    their present names."""
    ids = _ids_in(event)
    keys = func.array(select(cast(ids.c.parts[int_literal(2)], Uuid())).correlate_except(ids).scalar_subquery())
    named = func.array_append(keys, event.c.subject_id, type_=ARRAY(Uuid()))
    found = [_names(prefix, model, named, access) for prefix, model in MODELS_BY_PREFIX.items()]
    names = union_all(*found).subquery()
    return select(names).order_by(names.c.id.collate("C")).correlate_except(names)


def _names(prefix: str, model: type[Base], keys: ColumnElement[Any], access: Access) -> Select[Any]:
    """The public ids and names of the rows of `model` among `keys` that the actor sees."""
    row = model.__table__.alias()
    public_id = sql_literal(f"{prefix}_").concat(cast(row.c.id, Text))
    columns: list[ColumnElement[Any]] = [public_id.label("id"), _name(model, row).label("name")]
    seen = row.c.id == any_(keys), access.may(VIEW, model, row)
    return select(*columns).where(*seen).correlate_except(row)


def _name(model: type[Base], row: Row) -> ColumnElement[str]:
    if model is User:
        return display_name_of(row)
    if model in (AccessReview, AccessRequest):
        in_utc = func.timezone(sql_literal("UTC"), row.c.created_at)
        return func.to_char(in_utc, sql_literal('YYYY-MM-DD"T"HH24:MI:SS"Z"'), type_=Text())
    name: ColumnElement[str] = row.c.code if model is Service else row.c.name
    return name


def _ids_in(event: Row) -> TableValuedAlias:
    """The ids in the event's changes: a row with the array `parts` of prefix and UUID for each."""
    text = cast(event.c.changes, Text)
    ids = func.regexp_matches(text, _ID, sql_literal("g")).table_valued(column("parts", ARRAY(Text())))
    return ids.render_derived()


def _hidden(event: Row, access: Access) -> Subquery:
    """One row with one array: the ids in the event's changes that are hidden from the actor, as patterns for LIKE."""
    ids = _ids_in(event)
    prefix, key = ids.c.parts[int_literal(1)], ids.c.parts[int_literal(2)]
    seen = [
        _is_seen(prefix == sql_literal(model_prefix), cast(key, Uuid()), model, access)
        for model_prefix, model in MODELS_BY_PREFIX.items()
    ]
    pattern = sql_literal("%").concat(prefix).concat(sql_literal(r"\_")).concat(key).concat(sql_literal("%"))
    patterns = select(pattern).select_from(ids).where(~or_(false(), *seen)).correlate_except(ids)
    array = func.array(patterns.scalar_subquery(), type_=ARRAY(Text())).label("patterns")
    return select(array).offset(int_literal(0)).subquery()


def _is_seen(
    of_type: ColumnElement[bool], key: ColumnElement[Any], model: type[Base], access: Access
) -> ColumnElement[bool]:
    row = model.__table__.alias()
    visible = select(int_literal(1)).where(row.c.id == key, access.may(VIEW, model, row))
    return case((of_type, exists_per_row(visible.correlate_except(row))), else_=false())


def _redacted(value: ColumnElement[Any], hidden: ColumnElement[Any]) -> ColumnElement[str]:
    """The JSON text of a value without the entries that contain a hidden id."""

    def is_shown(json: ColumnElement[Any]) -> ColumnElement[bool]:
        return cast(json, Text).op("NOT LIKE", is_comparison=True)(all_(hidden))

    entries = func.jsonb_array_elements(value).table_valued(column("entry", JSONB()), with_ordinality="place")
    entries = entries.render_derived()
    separator = aggregate_order_by(sql_literal(","), entries.c.place)
    shown = select(func.string_agg(cast(entries.c.entry, Text), separator)).where(is_shown(entries.c.entry))
    text = func.coalesce(shown.correlate_except(entries).scalar_subquery(), sql_literal(""))
    return case(
        (func.jsonb_typeof(value) == sql_literal("array"), sql_literal("[").concat(text).concat(sql_literal("]"))),
        (is_shown(value), cast(value, Text)),
        else_=sql_literal("null"),
    )


def _user_in(key: str) -> Filter:
    """A filter that takes users and searches the column `key` for them. Users hidden from the actor never match."""

    def condition(event: Row, users: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
        user = User.__table__.alias()
        seen = select(int_literal(1)).where(user.c.id == event.c[key], access.may(VIEW, User, user))
        in_list: ColumnElement[bool] = event.c[key] == any_(users)
        return in_list & seen.correlate_except(user).exists()

    return Filter(condition, ARRAY(Uuid()))


_TIME = DateTime(timezone=True)

FILTERS: Final[dict[str, Filter]] = {
    "ids": in_ids("id"),
    "kind": in_values(lambda row: row.c.kind),
    "actors": _user_in("actor_id"),
    "subjects": _user_in("subject_id"),
    "since": Filter(lambda event, time, _access: event.c.created_at >= time, _TIME),
    "until": Filter(lambda event, time, _access: event.c.created_at < time, _TIME),
    "requestId": Filter(lambda event, text, _access: event.c.request_id == text, Text()),
}
ORDERS: Final[dict[str, Order]] = BY_CREATION
