"""Chance for a story: what may depend on how the story goes.

Hypothesis replays its draws, and fails if a second run draws more or less than the first. A story makes ids, and what
the database returns has no order unless one is asked for; so what is there to choose from may differ between two runs.
Hypothesis draws the seed before the story begins, and the story chooses by it.
"""

from random import Random

from hypothesis import strategies as st

from tests.support.worlds.models import World


def chance(data: st.DataObject, world: World) -> Random:
    """The source of all choices in one story. It differs between worlds also when Hypothesis draws the same seed, as it
    often does."""
    users = [(user.email, sorted(user.permissions), user.state) for user in world.users]
    return Random(f"{data.draw(st.integers(0, 2**32), label='seed of the story')} {users}")
