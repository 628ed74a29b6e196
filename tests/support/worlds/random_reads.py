"""Reads of random worlds: the world in the database, and the users that read it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.support.depth import examples
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import User, World

RANDOM = settings(
    max_examples=examples(5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ASKERS = 4
"""The number of users that read each world. Most of the time goes into planning for traits not seen before."""


@asynccontextmanager
async def stored(connection: Any, world: World) -> AsyncIterator[None]:
    """The world is in the database during the block."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await insert_world(connection, world)
        yield
    finally:
        await transaction.rollback()


def askers(data: st.DataObject, world: World) -> list[User]:
    """Draws some users of the world."""
    return data.draw(st.lists(st.sampled_from(world.users), min_size=ASKERS, max_size=ASKERS, unique=True))


def some(words: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([str(word) for word in words]), max_size=3, unique=True)
