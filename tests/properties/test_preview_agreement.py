"""An access preview is what the user sees after the change, and is refused as the change is.

In random worlds, an admin previews what they then do, with the same input: they create, update, remove or restore a
user, with accounts and ends of all kinds. What the admin doesn't see is left out of the preview.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from app.database.pools import create_read_pool
from models import AccessTemplate, Audience, new_id
from resolvers import public_id
from resolvers.access.account_access import CONTENT, AccountAccess
from resolvers.query.reader import Reader
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from tests.support.depth import THOROUGH, examples
from tests.support.escalation.accesses import accesses
from tests.support.escalation.chance import chance
from tests.support.worlds.expiry import ENDED
from tests.support.worlds.loader import empty, insert_world
from tests.support.worlds.models import ADMIN, State, User, World, worlds
from tests.support.worlds.planner_fixtures import id_of
from tests.support.worlds.previews import (
    LISTS,
    MUTATIONS,
    PREVIEW,
    Seen,
    caller_of,
    errors_of,
    ids_of,
    previewing_reader,
    run,
    sees,
)

pytestmark = pytest.mark.invariant("access_preview")

CHANGES = 4
"""How many changes are previewed and made in each world."""

NOTHING: Seen = dict.fromkeys(LISTS, frozenset())


@pytest_asyncio.fixture
async def reader(database_url: str) -> AsyncIterator[Reader]:
    async with create_read_pool(database_url) as pool:
        yield previewing_reader(pool)


@pytest.fixture
def done() -> Any:
    """How many changes were possible: a world in which all are refused would prove nothing."""
    counted: Counter[str] = Counter()
    yield counted
    if THOROUGH:
        assert counted["createUser"] > 0, counted
        assert counted["refused"] > 0, counted
        # Which of the others succeed is up to chance.
        assert sum(number > 0 for number in counted.values()) >= 3, counted


def as_input(access: dict[str, Any], *, past: bool) -> dict[str, Any]:
    """The access in the form of GraphQL inputs; if `past`, the accounts have ended long ago."""
    fields: dict[str, Any] = {}
    for field, kind in (("contract_accounts", "ContractAccount"), ("delivery_accounts", "DeliveryAccount")):
        if field in access:
            fields[_camel(field)] = [id_of(kind, key) for key in access[field]]
    for flag in ("all_contract_accounts", "all_delivery_accounts"):
        if flag in access:
            fields[_camel(flag)] = access[flag]
    if "audience" in access:
        fields["audience"] = access["audience"].value
    if "permissions" in access:
        fields["permissions"] = [permission.value for permission in access["permissions"]]
    if "permission_ends" in access:
        fields["permissionEnds"] = [
            {"permission": end.key.value, "endsAt": end.ends_at.isoformat()} for end in access["permission_ends"]
        ]
    if "account_ends" in access:
        fields["accountEnds"] = [
            {"account": id_of(_kind(end), end.key), "endsAt": (ENDED if past else end.ends_at).isoformat()}
            for end in access["account_ends"]
        ]
    return fields


def _kind(end: Any) -> str:
    return {"CONTRACT_ACCOUNT": "ContractAccount", "DELIVERY_ACCOUNT": "DeliveryAccount"}[end.kind.name]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


class Story:
    """A stored world, whose admin makes changes one after the other."""

    root: User

    def __init__(self, reader: Reader, writing: MutationContext, done: Counter[str]) -> None:
        self.reader, self.writing, self.done = reader, writing, done

    def begin(self, root: User) -> None:
        """Begin anew, with this admin."""
        self.root, self.writing = root, replace(self.writing, limits=RateLimiter())
        self.made: list[UUID] = []

    async def change(self, mutation: str, user_id: UUID | None, access: dict[str, Any]) -> None:
        caller = await caller_of(self.writing, self.root.id)
        given, same = await self._inputs(mutation, user_id, access)
        preview = await run(self.reader, self.writing, caller, PREVIEW, given)
        seen_by_admin = await sees(self.reader, self.writing, self.root.id)
        before = NOTHING
        if user_id is not None and mutation != "restoreUser":
            before = await sees(self.reader, self.writing, user_id)
        made = await run(self.reader, self.writing, caller, MUTATIONS[mutation], same)
        assert errors_of(preview) == errors_of(made), (mutation, given)
        if preview["errors"]:
            self.done["refused"] += 1
            assert (preview["after"], preview["gains"], preview["loses"]) == (None, None, None)
            return
        self.done[mutation] += 1
        after = NOTHING if mutation == "removeUser" else await self._sees_later(made["user"]["id"], mutation)
        views = {view: ids_of(preview[view]) for view in ("after", "gains", "loses")}
        for field in LISTS:
            seen = seen_by_admin[field]
            assert views["after"][field] == after[field] & seen, (mutation, field, given)
            assert views["gains"][field] == (after[field] - before[field]) & seen, (mutation, field, given)
            assert views["loses"][field] == (before[field] - after[field]) & seen, (mutation, field, given)

    async def by_template(self, access: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """Stores a template with the access, whoever may give it, and returns an input that names it."""
        held = AccountAccess(Audience.ORGANIZATION) if "audience" not in access else AccountAccess(access["audience"])
        held = replace(held, **{name: access[name] for name in CONTENT if name in access})
        if held.audience is Audience.DELIVERY and held.all_delivery_accounts:
            return given  # No template can hold it.
        row = {name: getattr(held, name) for name in CONTENT}
        row |= {"audience": held.audience.value, "permissions": [each.value for each in held.permissions]}
        row |= {name: list(row[name]) for name in ("contract_accounts", "delivery_accounts")}
        row |= {"id": new_id(), "organization_id": self.root.organization_id, "name": f"Template {new_id()}"}
        async with self.writing.engine.begin() as connection:
            await connection.execute(insert(AccessTemplate), row)
        ends = {name: value for name, value in given.items() if name.endswith("Ends")}
        return {"template": public_id.encode(AccessTemplate, row["id"]), **ends}

    async def _inputs(
        self, mutation: str, user_id: UUID | None, access: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The input of the preview, and that of the mutation."""
        if mutation == "createUser":
            details = {"email": f"new{self.done.total()}@users.example", "firstName": "New", "lastName": "User"}
            return access, details | access
        user = id_of("User", user_id)
        if mutation != "updateUser":
            return {"user": user, mutation.removesuffix("User"): True}, {"id": user}
        async with self.writing.engine.connect() as connection:
            read = text("SELECT version FROM users WHERE id = :id")
            version = (await connection.execute(read, {"id": user_id})).scalar_one()
        return {"user": user, **access}, {"id": user, "version": version, **access}

    async def _sees_later(self, user: str, mutation: str) -> Seen:
        """What the user sees once they are active; a new user sees themselves then, too."""
        user_id = UUID(user.partition("_")[2])
        seen = await sees(self.reader, self.writing, user_id)
        if mutation == "createUser":
            self.made.append(user_id)
            assert user in seen["users"]
            seen["users"] -= {user}
        return seen


@pytest.fixture
def story(reader: Reader, writing: MutationContext, done: Counter[str]) -> Story:
    return Story(reader, writing, done)


@settings(max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
async def test_a_preview_is_what_the_user_sees_after_the_change(
    connection: Any, story: Story, world: World, data: st.DataObject
) -> None:
    admins = [user for user in world.users if not user.staff and ADMIN in user.permissions]
    root = data.draw(st.sampled_from([user for user in admins if user.state is State.ACTIVE]), label="admin")
    await empty(connection)
    await insert_world(connection, world)
    story.begin(root)
    colleagues = [user for user in world.users if user.organization_id == root.organization_id]
    removed = [user.id for user in colleagues if user.removed]
    tried = data.draw(st.lists(accesses(world, root), min_size=CHANGES, max_size=CHANGES), label="access")
    random = chance(data, world)
    for access in tried:
        mutation = random.choice(["createUser", *["updateUser"] * 3, *MUTATIONS])
        others = [*(user.id for user in colleagues), *story.made * 3]
        among = removed if mutation == "restoreUser" and removed else others
        user_id = None if mutation == "createUser" else random.choice(among)
        if user_id == root.id and mutation != "updateUser":
            continue
        given = as_input(access, past=random.random() < 1 / 6)
        note(f"{mutation} {user_id} {given}")
        if random.random() < 1 / 4 and mutation in {"createUser", "updateUser"}:
            given = await story.by_template(access, given)
        await story.change(mutation, user_id, given)
        if user_id == root.id:
            break  # who may be no admin any more
