"""Users of a random world are told about ends of access that they may see and extend, and about no others."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.access import Access
from authz.actor import Actor
from models import Permission
from resolvers.mutations.upkeep.digests import dormant_to_announce, ends_to_announce
from resolvers.prepared_statement import PreparedStatement
from tests.support.mail.claimed import CLAIM
from tests.support.resolver_fixtures import rules
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.expiry import ENDS, UNENDING, grants_of
from tests.support.worlds.models import User, World, worlds
from tests.support.worlds.oracle import Oracle
from tests.support.worlds.random_reads import RANDOM, stored
from tests.support.worlds.still import still

pytestmark = pytest.mark.invariant("announcements")

MOST_ASKERS = 6

End = tuple[UUID, datetime, str]


def active(world: World) -> list[User]:
    return [user for user in world.users if user.organization_id and user.status == "ACTIVE"]


def ending(world: World, random: Random) -> World:
    """The world in which nearly everything ends that users have, so that admins and users lose the same."""

    def of(user: User) -> User:
        held = sorted((grant for grant in grants_of(user) if grant is not UNENDING), key=str)
        ends = tuple((grant, random.choice(ENDS)) for grant in held if random.random() < 0.8)
        return user if user.staff else replace(user, ends=ends)

    return replace(world, users=tuple(map(of, world.users)))


def askers(world: World, random: Random) -> list[User]:
    """Some active users, admins first."""
    users = sorted(
        active(world), key=lambda user: (Permission.USER_MANAGEMENT not in user.permissions, random.random())
    )
    return users[:MOST_ASKERS]


def names(world: World) -> dict[UUID, str]:
    return {account.id: account.name for account in (*world.contract_accounts, *world.delivery_accounts)}


def own(world: World, asker: User) -> Iterator[End]:
    oracle = Oracle(world, asker)
    visible = oracle.allowed("ContractAccount", "view") | oracle.allowed("DeliveryAccount", "view")
    for grant, at in asker.ends:
        if isinstance(grant, Permission):
            yield asker.id, at, grant.value
        elif grant in visible:
            yield asker.id, at, names(world)[grant]


def extendable(world: World, asker: User) -> Iterator[End]:
    """The ends of access of users whom the asker sees and may update, that the asker may extend."""
    oracle = Oracle(world, asker)
    assignable = oracle.assignable()
    users = oracle.allowed("User", "view") & oracle.allowed("User", "update")
    for user in active(world):
        if user.id == asker.id:
            continue
        for grant, at in user.ends if user.id in users else ():
            if isinstance(grant, Permission):
                ends_first = dict(asker.ends).get(grant, at.max.replace(tzinfo=at.tzinfo)) <= at
                if assignable and grant in assignable[1] and not ends_first:
                    yield user.id, at, grant.value
            elif grant in assignable_then(world, asker, at):
                yield user.id, at, names(world)[grant]


def assignable_then(world: World, asker: User, at: datetime) -> frozenset[UUID]:
    """The accounts that the asker sees now, and may assign at that time with the permissions of today."""
    then = replace(still(asker, at), permissions=asker.permissions)
    found: frozenset[UUID] = frozenset()
    for kind in ("ContractAccount", "DeliveryAccount"):
        found |= Oracle(world, then).allowed(kind, "assign") & Oracle(world, asker).allowed(kind, "view")
    return found


async def told(connection: Any, asker: User, build: Any, **parameters: int) -> list[Any]:
    traits = traits_of(asker, None)
    statement = PreparedStatement(build(Access(rules(), traits)))
    identity = Actor(asker.id, asker.organization_id, traits, version=1).identity
    rows = await connection.fetch(statement.sql, *statement.arguments({**identity, "most": 1_000, **parameters}))
    assert all(row["total"] == len(rows) for row in rows)
    return list(rows)


@RANDOM
@given(world=worlds(), random=st.randoms(use_true_random=False))
async def test_whoever_is_told_of_an_end_sees_it_and_may_extend_it(
    connection: Any, world: World, random: Random
) -> None:
    world = ending(world, random)
    async with stored(connection, world):
        await connection.execute(CLAIM)
        for asker in askers(world, random):
            rows = await told(connection, asker, ends_to_announce)
            found = sorted((row["id"], row["at"], row["permission"] or row["account"]) for row in rows)
            # An account of either kind may have the same name, and end at the same time.
            assert found == sorted([*own(world, asker), *extendable(world, asker)]), asker
            assert {row["id"] for row in rows if row["is_own"]} <= {asker.id}


@RANDOM
@given(world=worlds(), random=st.randoms(use_true_random=False))
async def test_whoever_is_told_of_a_dormant_user_may_change_them(connection: Any, world: World, random: Random) -> None:
    world = ending(world, random)
    async with stored(connection, world):
        await connection.execute(CLAIM)
        present = {user.id for user in active(world)}
        for asker in askers(world, random):
            rows = await told(connection, asker, dormant_to_announce, after=90, warning=14)
            users = Oracle(world, asker).allowed("User", "view") & Oracle(world, asker).allowed("User", "update")
            assert sorted(row["id"] for row in rows) == sorted((users | {asker.id}) & present), asker
