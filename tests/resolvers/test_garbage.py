"""The garbage collector rests within a block, frees at its end what the block has left behind, and skips what stays."""

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Iterator
from weakref import ref

import pytest

from resolvers.garbage import Freezer, collected_at_end
from tests.support.paths import ROOT


class Cycle:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_cycles_of_the_block_are_freed_at_its_end_without_a_full_collection() -> None:
    full = gc.get_stats()[2]["collections"]
    with collected_at_end():
        assert not gc.isenabled()
        left = ref(Cycle())
        _ = [[] for _ in range(200_000)]
        assert left() is not None
    assert gc.isenabled()
    assert left() is None
    assert gc.get_stats()[2]["collections"] == full


def test_the_last_of_overlapping_blocks_ends_the_rest() -> None:
    begun, end = threading.Event(), threading.Event()

    def other() -> None:
        with collected_at_end():
            begun.set()
            end.wait()

    thread = threading.Thread(target=other)
    thread.start()
    begun.wait()
    with pytest.raises(KeyError), collected_at_end():
        raise KeyError
    assert not gc.isenabled()
    end.set()
    thread.join()
    assert gc.isenabled()


BUSY = """
from contextlib import ExitStack
from weakref import ref
import gc

from resolvers.garbage import MOST_BLOCKS, collected_at_end


class Cycle:
    def __init__(self):
        self.itself = self


left = []
with ExitStack() as running:
    running.enter_context(collected_at_end())
    for _ in range(3 * MOST_BLOCKS):
        following = ExitStack()
        following.enter_context(collected_at_end())
        left.append(ref(Cycle()))
        running.close()
        running.push(following)
        assert not gc.isenabled()
    assert sum(each() is not None for each in left) <= MOST_BLOCKS
"""


def test_threads_that_are_always_busy_do_not_turn_the_collector_off() -> None:
    """Before the block of one thread ends, another has begun. In a process of its own, as below."""
    subprocess.run([sys.executable, "-c", BUSY], cwd=ROOT, timeout=60, check=True)


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    with collected_at_end():
        pass
    assert not gc.isenabled()


FREEZING = """
import gc
from weakref import ref

from resolvers.garbage import freeze_survivors


class Cycle:
    def __init__(self):
        self.itself = self


kept, replaced = Cycle(), Cycle()
former = ref(replaced)
freeze_survivors()
assert len(gc.get_objects()) < gc.get_freeze_count() / 10
del replaced
gc.collect()
assert former() is not None  # what is frozen is not visited
freeze_survivors()
assert former() is None
assert kept.itself is kept
"""


def test_a_freeze_frees_what_was_frozen_and_has_lost_its_last_reference_and_the_rest_is_not_visited() -> None:
    """In a process of its own: a freeze visits each object of a process, and this one has those of many tests."""
    subprocess.run([sys.executable, "-c", FREEZING], cwd=ROOT, timeout=60, check=True)


async def test_a_freezer_freezes_at_once_or_soon_and_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[str] = []
    monkeypatch.setattr("resolvers.garbage.freeze_survivors", lambda: frozen.append(""))
    freezer = Freezer(warm_seconds=0.0)
    freezer.freeze()
    assert len(frozen) == 1
    await asyncio.sleep(0.01)
    assert len(frozen) == 2
    freezer.freeze_soon()
    freezer.freeze_soon()  # replaces the one before
    assert len(frozen) == 2
    await asyncio.sleep(0.01)
    assert len(frozen) == 4
    freezer.freeze_soon()
    freezer.close()
    await asyncio.sleep(0.01)
    assert len(frozen) == 4
