"""An id of another organization gets the same answer as an id that nobody has, in every mutation.

Generated from the schema: every mutation, every place of its input that takes an id, every kind of caller.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type
from sqlalchemy import func, insert, text

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import AccessRequest, AccessReview, AccessReviewEntry, ApiClient, ApiClientSecret, Base, new_id
from schema.operations import Operations
from tests.support.mutations.inputs import Filling, Slot, slots
from tests.support.resolver_fixtures import PEAR, SOUTH
from tests.support.server import Client, add_demo_world, serving

pytestmark = pytest.mark.invariant("foreign_ids")

OPERATIONS = Operations()
CALLERS = ["ada@acme.example", "sam@acme.example", "dan@pear.example", "ben@acme.example", "pia@pear.example", None]
"""Every kind of caller except staff, for whom no organization is foreign."""

REVIEW, FOREIGN_REVIEW, ENTRY = new_id(), new_id(), new_id()
CLIENT, FOREIGN_CLIENT, SECRET, TEMPLATE = new_id(), new_id(), new_id(), new_id()
REQUEST, FOREIGN_REQUEST = new_id(), new_id()
OWN = {
    "usr": named_key("sue@acme.example"),
    "ca": SOUTH,
    "da": PEAR,
    "org": named_key(ACME),
    "rev": REVIEW,
    "rve": ENTRY,
    "cli": CLIENT,
    "tpl": TEMPLATE,
    "sec": SECRET,
    "arq": REQUEST,
}
"""The values of the other places of an input: resources that the admins of ACME see, and may grant or change."""

NO_NODES = {
    "sec": ("SELECT id FROM api_client_secrets WHERE api_client_id = :owner", FOREIGN_CLIENT),
    "ses": ("SELECT id FROM sessions WHERE user_id = :owner", named_key("max@globex.example")),
}
"""By prefix, how to find the ids of Globex that aren't those of nodes."""

WRITTEN_BY_REFUSALS = {"attempt_counts", "audit_events", "audit_heads", "cost_buckets", "sessions"}
"""A denial may be audited, a session's last use is recorded, and the caller is charged."""

MORE_USERS = """INSERT INTO users (id, organization_id, audience, email, kind, activated_at, removed_at, password_hash)
SELECT gen_random_uuid(), organization_id, audience, state || '@globex.example', kind, activated, removed, hash
FROM users, (VALUES ('pending', NULL, NULL, NULL), ('removed', now(), now(), 'argon2'))
  AS more (state, activated, removed, hash) WHERE email = 'max@globex.example'"""


MORE_TEMPLATES = """INSERT INTO access_templates
(id, organization_id, name, audience, permissions, all_contract_accounts, contract_accounts, all_delivery_accounts,
 delivery_accounts, version)
SELECT :id, :organization, 'Viewers', 'ORGANIZATION', '{SITES_SERVICES_VIEW}', false, '{}', false, '{}', version
FROM users WHERE id = :user"""
"""With the version that the tests send."""


def mutations() -> Iterator[tuple[str, Slot]]:
    """Every place that takes an id, with its mutation."""
    root = OPERATIONS.schema.mutation_type
    assert root is not None
    for name, field in root.fields.items():
        for slot in slots(field):
            yield name, slot


PLACES = list(mutations())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """The demo data, with users of Globex in every state, and an access review of each organization."""
    await add_demo_world(shared_database_url)
    async with serving(shared_database_url, tmp_path_factory.mktemp("data")) as opened:
        async with opened.backend.engine.begin() as connection:
            await connection.execute(text(MORE_USERS))
            reviews = [(REVIEW, named_key(ACME)), (FOREIGN_REVIEW, named_key("Globex"))]
            for key, owner in reviews:
                values = {"id": key, "organization_id": owner, "policy_version": "some", "state": "COMPLETE"}
                await connection.execute(insert(AccessReview).values(recorded_at=func.now(), **values))
            recorded = {"user_email": "a@b.example", "user_name": "A", "user_status": "ACTIVE", "why": "no access"}
            entries = [
                (ENTRY, REVIEW, ACME, "sue@acme.example"),
                (new_id(), FOREIGN_REVIEW, "Globex", "max@globex.example"),
            ]
            for key, review, organization, email in entries:
                values = {"id": key, "review_id": review, "organization_id": named_key(organization), "kind": "NOTHING"}
                await connection.execute(
                    insert(AccessReviewEntry).values(user_id=named_key(email), **values, **recorded)
                )
            clients = [(CLIENT, ACME, "ada@acme.example"), (FOREIGN_CLIENT, "Globex", "max@globex.example")]
            for key, organization, email in clients:
                values = {"id": key, "organization_id": named_key(organization), "owner_id": named_key(email)}
                await connection.execute(insert(ApiClient).values(name="Export", scopes=["basic.read"], **values))
            for key, client in [(SECRET, CLIENT), (new_id(), CLIENT), (new_id(), FOREIGN_CLIENT)]:
                values = {"id": key, "api_client_id": client, "secret_hash": key.bytes, "hint": "hint"}
                await connection.execute(insert(ApiClientSecret).values(values))
            requests = [(REQUEST, ACME, "sue@acme.example"), (FOREIGN_REQUEST, "Globex", "max@globex.example")]
            for key, organization, email in requests:
                asked = {"kind": "CONTRACT_ACCOUNT", "account": "That in Oslo", "reason": "Audit"}
                values = {"id": key, "organization_id": named_key(organization), "requester_id": named_key(email)}
                in_time = func.now() + timedelta(days=1)
                await connection.execute(insert(AccessRequest).values(**asked, **values, expires_at=in_time))
        async with opened.backend.engine.begin() as connection:
            for key, organization in [(TEMPLATE, ACME), (new_id(), "Globex")]:
                await connection.execute(
                    text(MORE_TEMPLATES),
                    {"id": key, "organization": named_key(organization), "user": named_key("sue@acme.example")},
                )
        await opened.session("max@globex.example")
        yield opened


async def stored(client: Client, sql: str, **values: Any) -> list[Any]:
    async with client.backend.engine.connect() as connection:
        return list((await connection.execute(text(sql), values)).scalars())


async def everything(client: Client) -> dict[str, list[str]]:
    """Every row that a rejected mutation must not have written."""
    tables = [table.name for table in Base.metadata.sorted_tables if table.name not in WRITTEN_BY_REFUSALS]
    return {name: await stored(client, f"SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1") for name in tables}


async def foreign_ids(client: Client, prefix: str) -> list[str]:
    """The ids of all resources of Globex that begin with `prefix`."""
    if prefix in NO_NODES:
        sql, owner_id = NO_NODES[prefix]
        return [f"{prefix}_{key}" for key in await stored(client, sql, owner=owner_id)]
    node = OPERATIONS.registry.by_prefix(prefix)
    assert node is not None, f"{prefix}: no type has such ids"
    assert node.model is not None
    owner = "id" if prefix == "org" else "organization_id"
    sql = f"SELECT id FROM {node.model.__tablename__} WHERE {owner} = :globex LIMIT 3"
    keys = await stored(client, sql, globex=named_key("Globex"))
    assert keys, f"{prefix}: there is none of Globex; add one to this test"
    return [f"{prefix}_{key}" for key in keys]


def document(name: str, field: GraphQLField) -> str:
    """The mutation, with every field of its payload that needs no arguments."""
    payload = get_named_type(field.type)
    assert isinstance(payload, GraphQLObjectType)
    asked = ["__typename"]
    for part, definition in payload.fields.items():
        if part == "errors":
            asked.append("errors { code message path }")
        elif not definition.args:
            asked.append(part if is_leaf_type(get_named_type(definition.type)) else f"{part} {{ __typename }}")
    variables = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
    arguments = ", ".join(f"{each}: ${each}" for each in field.args)
    return f"mutation ({variables}) {{ answer: {name}({arguments}) {{ {' '.join(asked)} }} }}"


def chosen(place: Slot, tried: str, slot: Slot) -> str:
    """The id for `slot`: `tried` if `slot` is the `place` under test, otherwise one of the caller's organization."""
    if slot == place:
        return tried
    assert slot.prefixes[0] in OWN, f"{slot.prefixes[0]}: add an id of ACME's to this test"
    return f"{slot.prefixes[0]}_{OWN[slot.prefixes[0]]}"


async def answer(client: Client, who: str | None, name: str, place: Slot, tried: str) -> dict[str, Any]:
    """The whole answer to a mutation with `tried` in that place, without the request id and the caller's remaining
    budget, which grows with time."""
    assert OPERATIONS.schema.mutation_type is not None
    field = OPERATIONS.schema.mutation_type.fields[name]
    [version] = await stored(client, "SELECT version FROM users WHERE id = :id", id=OWN["usr"])
    variables = Filling(partial(chosen, place, tried), {"version": version}).arguments(field)
    token = await client.session(who) if who else None
    found = await client.answer(document(name, field), token, **variables)
    for error in found.get("errors", ()):
        error["extensions"].pop("requestId", None)
    found["extensions"]["cost"].pop("remaining")
    return found


def test_the_schema_has_places_for_ids() -> None:
    names = {name for name, _ in PLACES}
    assert {"createUser", "updateUser", "resendActivation", "removeUser", "restoreUser"} <= names
    assert ("updateUser", Slot(("input", "contractAccounts", "0"), ("ca",))) in PLACES


@pytest.mark.parametrize(("name", "place"), PLACES, ids=[f"{name}-{'.'.join(place.path)}" for name, place in PLACES])
@pytest.mark.asyncio(loop_scope="module")
async def test_an_id_of_another_organization_is_one_that_nobody_has(client: Client, name: str, place: Slot) -> None:
    before = await everything(client)
    # The first caller pays for reading the document.
    await answer(client, CALLERS[0], name, place, f"{place.prefixes[0]}_{new_id()}")
    for who in CALLERS:
        for prefix in place.prefixes:
            nobodys = await answer(client, who, name, place, f"{prefix}_{new_id()}")
            for foreign in await foreign_ids(client, prefix):
                assert await answer(client, who, name, place, foreign) == nobodys, who
            if who == "ada@acme.example":
                expect_blame(nobodys, place)
    assert await everything(client) == before


def expect_blame(found: dict[str, Any], place: Slot) -> None:
    """Expect an error about this id, if the caller may use the mutation at all: otherwise the test proves nothing."""
    errors = found["data"]["answer"]["errors"]
    assert errors
    if [error["code"] for error in errors] != ["FORBIDDEN"]:
        # An account that is refused may leave an end behind that has no account.
        assert list(place.path) in [error["path"] for error in errors], found
