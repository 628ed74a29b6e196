"""The SQL by which Portico decides, for actors whose identity is written into it: so one statement can ask for many.

Portico asks in several forms: whether rows are allowed, for one row or for lists; what else is allowed on a row that
is visible; and, where actors are rows too, by the routes from them to rows, whose tables are joined.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Select, literal_column, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from authz.access import Access, Scope
from authz.actor import ActorKind, Traits
from authz.model.resources import TYPES
from authz.policy import Policy
from authz.predicates.border import same_organization
from authz.routes import ActorColumns, joined_condition, routes
from models import Audience, Base, Permission
from models import Scope as ClientScope
from tests.support.interpreter.interpreter import Row

ASYNCPG = dialect()
Identity = Mapping[str, UUID | None]


def traits_of(actor: Row) -> Traits:
    """Returns what the compiler knows of an actor."""
    kind = ActorKind(actor["kind of actor"])
    if kind is ActorKind.STAFF:
        return Traits(kind)
    user = actor["owner"] if kind is ActorKind.CLIENT else actor
    return Traits(
        kind,
        Audience(user["audience"]),
        frozenset(map(Permission, user["permissions"])),
        user["all_contract_accounts"],
        user["all_delivery_accounts"],
        frozenset(map(ClientScope, actor.get("scopes", ()))),
    )


def identity_of(actor: Row) -> Identity:
    """Returns the values of the parameters of statements."""
    user = actor.get("owner", actor)
    client = actor["id"] if "owner" in actor else None
    return {"actor_id": user["id"], "actor_organization_id": user["organization_id"], "actor_client_id": client}


def selections(policy: Policy, actor: Row, action: str, type_name: str, random: Random) -> Iterator[Select[Any]]:
    """Yields what selects the ids of the rows that are allowed, in one of the forms of Portico."""
    model, access = TYPES[type_name], Access(policy, traits_of(actor))
    forms: list[Callable[[], Iterator[Select[Any]]]] = [
        lambda: iter([_in_scope(access, action, model, random.choice(list(Scope)))]),
        lambda: _by_routes(access, action, model, identity_of(actor)),
    ]
    yield from random.choice(forms)()


def _in_scope(access: Access, action: str, model: type[Base], scope: Scope) -> Select[Any]:
    row = model.__table__.alias()
    return select(row.c.id).where(access.may(action, model, row, scope=scope))


def _by_routes(access: Access, action: str, model: type[Base], identity: Identity) -> Iterator[Select[Any]]:
    assignable = access.assignable
    held = ", ".join(f"'{each}'" for each in sorted(assignable.permissions)) if assignable else ""
    columns: list[Any] = [literal_column(_literal(identity[name])) for name in identity]
    permissions: Any = literal_column(f"ARRAY[{held}]::text[]")
    actor = ActorColumns(columns[0], columns[1], permissions, columns[2])
    # Who asks by routes loads only users of the row's organization, and staff.
    own = None if access.traits.kind is ActorKind.STAFF else columns[1]
    for route in routes(access.policy, access.traits, action, model):
        row = model.__table__.alias()
        condition, tables = joined_condition(route, model, row, actor)
        within_border = same_organization(row, None, own)
        yield select(row.c.id).select_from(row, *(table for _, table in tables)).where(condition, within_border)


def visible(policy: Policy, actor: Row, action: str, type_name: str) -> Select[Any]:
    """Returns what selects the ids of the visible rows on which `action` is allowed, as `viewerCan` asks."""
    model, access = TYPES[type_name], Access(policy, traits_of(actor))
    row = model.__table__.alias()
    actions = access.each_visible([action], model, row)
    on_visible = [] if action in actions.always else [actions.shared, actions.rest.get(action, literal_column("false"))]
    return select(row.c.id).where(access.may("view", model, row), *on_visible)


def text_of(selection: Select[Any], actor: Row) -> str:
    """Returns the statement with the actor's identity instead of parameters."""
    compiled = selection.compile(dialect=ASYNCPG)
    names, identity = compiled.positiontup or (), identity_of(actor)
    return re.sub(r"\$(\d+)::UUID", lambda found: _literal(identity[names[int(found[1]) - 1]]), str(compiled))


def _literal(id: UUID | None) -> str:
    return f"CAST({'NULL' if id is None else repr(str(id))} AS uuid)"
