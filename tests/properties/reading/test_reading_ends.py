"""Users of a random world see when each other's grants expire, in fields and by the filter, as far as they may."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Permission
from tests.support.worlds.expected_answers import Expected
from tests.support.worlds.expiry import ENDS, Grant
from tests.support.worlds.models import User, World, worlds
from tests.support.worlds.planner_fixtures import id_of, ids_in, read
from tests.support.worlds.random_reads import RANDOM, askers, stored

pytestmark = pytest.mark.invariant("expired_grants")

CARDS = """{ users(first: 100) { nodes {
  id permissions permissionEnds { permission endsAt } accountEnds { account name endsAt }
} } }"""
ENDING = "query ($filter: UserFilter) { users(first: 100, filter: $filter) { totalCount nodes { id } } }"


def ends(expected: Expected, user: User) -> list[tuple[datetime, str]]:
    """When the visible grants of `user` expire, the next one first."""
    seen: dict[Grant, str] = {permission: permission.value for permission in Permission}
    for kind in ("ContractAccount", "DeliveryAccount"):
        seen |= {key: id_of(kind, key) for key in expected.visible[kind]}
    return sorted((moment, seen[grant]) for grant, moment in user.ends if grant in seen)


def shown(node: dict[str, Any], field: str, noun: str) -> list[tuple[datetime, str]]:
    """The expiry times in a field, which must be in order."""
    found = [(datetime.fromisoformat(end["endsAt"]), end[noun]) for end in node[field]]
    assert [moment for moment, _ in found] == sorted(moment for moment, _ in found)
    return found


@RANDOM
@given(world=worlds(), data=st.data())
async def test_a_card_tells_what_ends_as_far_as_it_is_seen(connection: Any, world: World, data: st.DataObject) -> None:
    users = {user.id: user for user in world.users}
    async with stored(connection, world):
        for asker in askers(data, world):
            expected = Expected(world, asker)
            for node in (await read(connection, asker, CARDS))["users"]["nodes"]:
                user = users[UUID(node["id"].partition("_")[2])]
                has = frozenset() if user.staff else user.permissions
                assert node["permissions"] == [each for each in Permission if each in has]
                on_card = shown(node, "permissionEnds", "permission") + shown(node, "accountEnds", "account")
                assert sorted(on_card) == ends(expected, user), f"{asker} {user}"


@RANDOM
@given(world=worlds(), data=st.data())
async def test_who_loses_something_soon_is_found_by_what_is_seen(
    connection: Any, world: World, data: st.DataObject
) -> None:
    async with stored(connection, world):
        for asker in askers(data, world):
            expected = Expected(world, asker)
            for moment in ENDS:
                found = await read(connection, asker, ENDING, {"filter": {"endsBefore": moment.isoformat()}})
                losing = [user.id for user in world.users if any(end < moment for end, _ in ends(expected, user))]
                assert ids_in(found["users"]) == expected.ids("User", losing), f"{asker} {moment}"
