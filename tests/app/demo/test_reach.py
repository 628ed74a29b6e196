"""In the generated data, each action is allowed to somebody on something and denied on something else.

So a `policy diff` about any action has pairs to compare, for the admins whom a list of accounts limits, too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.database.pools import create_write_engine, normalize_url
from app.demo import large
from app.demo.large_users import Role
from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.model.actions import ACTIONS
from authz.policy import Policy
from models import Scope as ClientScope
from resolvers.callers.load_actor import active_users, traits_of
from tests.support.databases import in_new_loop
from tests.support.worlds.allowed_rows import statement

SEEDS = 3, 8
OVER_A_TEAM = (
    *(("User", action) for action in ("view", "update", "resend_activation", "remove", "restore")),
    *(("ApiClient", action) for action in ("view", "revoke")),
    ("AuditEvent", "view"),
)
"""What a limited admin may do to others."""

Reached = Mapping[str, Mapping[str, set[UUID]]]
"""The ids of rows, by email or name of the actor and by type and action."""


async def load_and_reach(url: str, policy: Policy, seed: int) -> tuple[Reached, Mapping[str, int]]:
    """Generates two organizations. Returns what their actors reach, and the number of rows by type."""
    await large.load(url, 2, seed)
    engine = create_write_engine(url)
    async with engine.connect() as opened:
        people = (await opened.execute(active_users())).all()
    await engine.dispose()
    connection = await asyncpg.connect(normalize_url(url))
    try:
        known = {large.viewer_email(role, seed): role.value for role in Role} | {large.staff_email(seed): "staff"}
        emails = dict(await connection.fetch("SELECT id, email FROM users WHERE email = ANY($1)", list(known)))
        reached = {}
        for person in (each for each in people if each.id in emails):
            traits, name = traits_of(person), known[emails[person.id]]
            reached[name] = await rows_of(connection, Access(policy, traits), person, None)
            if name == Role.ADMIN:
                first = "SELECT id, scopes FROM api_clients WHERE owner_id = $1 ORDER BY id LIMIT 1"
                client, scopes = await connection.fetchrow(first, person.id)
                assert set(scopes) == set(ClientScope)
                reached["client"] = await rows_of(connection, Access(policy, as_client(traits)), person, client)
        counts = {m.__name__: await connection.fetchval(f"SELECT count(*) FROM {m.__tablename__}") for m in ACTIONS}
        return reached, counts
    finally:
        await connection.close()


def as_client(traits: Traits) -> Traits:
    return replace(traits, kind=ActorKind.CLIENT, scopes=frozenset(ClientScope))


async def rows_of(connection: Any, access: Access, person: Any, client: UUID | None) -> Mapping[str, set[UUID]]:
    text, names = statement(access)
    values = {"actor_id": person.id, "actor_organization_id": person.organization_id, "actor_client_id": client}
    found: dict[str, set[UUID]] = {}
    for what, id in await connection.fetch(text, *(values[name] for name in names)):
        if id != person.id:
            found.setdefault(what, set()).add(id)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_every_action_is_allowed_and_denied(database_url: str, policy: Policy, seed: int) -> None:
    reached, counts = in_new_loop(load_and_reach(database_url, policy, seed))
    assert len(reached) == len(Role) + 2
    for model, actions in ACTIONS.items():
        for action in actions:
            sizes = [len(of.get(f"{model.__name__}.{action}", ())) for of in reached.values()]
            assert max(sizes) > 0, f"nobody may {action} any {model.__name__}"
            assert min(sizes) < counts[model.__name__], f"everybody may {action} every {model.__name__}"
    for role in (Role.LIMITED_ADMIN, Role.DELIVERY_ADMIN):
        empty = [(name, action) for name, action in OVER_A_TEAM if not reached[role].get(f"{name}.{action}")]
        assert empty == [], role
