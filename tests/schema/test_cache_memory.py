"""The caches of operations hold no more memory than they are allowed to, whatever the operations are."""

import gc
import tracemalloc
from collections.abc import Callable

import pytest

from schema import operations
from schema.execution import document
from schema.execution.query_limits import Limits
from schema.operations import Operations
from tests.support.depth import some
from tests.support.prepared_operations import KEY

BOUND = 400_000
ALLOWED = 1.3 * BOUND
"""The sizes of objects, as Python tells them, leave out some of what the allocator needs."""


def many_operations(number: int) -> str:
    return " ".join(f"query a{index}_{number} {{ viewer {{ permissions }} }}" for index in range(100))


def many_fields(number: int) -> str:
    return "{ viewer { user { " + " ".join(f"a{index}_{number}: id" for index in range(100)) + " } } }"


def spread_fragments(number: int) -> str:
    inner = " ".join(f"a{index}_{number}: id" for index in range(8))
    outer = " ".join(f"b{index}: organization {{ ...F }}" for index in range(20))
    return f"{{ viewer {{ user {{ {outer} }} }} }} fragment F on Organization {{ {inner} }}"


def many_connections(number: int) -> str:
    page = "contractAccounts(first: 1) { totalCount pageInfo { endCursor } edges { cursor node { id } } }"
    return "{ viewer { user { " + " ".join(f"a{index}_{number}: {page}" for index in range(25)) + " } } }"


def long_list(number: int) -> str:
    return "{ nodes(ids: [" + f'"usr_{KEY}", ' * 100 + f"]) {{ a{number}: id }} }}"


def long_comment(number: int) -> str:
    return "{ __typename } #" + "é\U0001f600" * 20_000 + str(number)


OPERATIONS: list[tuple[Callable[[int], str], int]] = [
    (many_operations, 100),
    (many_fields, 100),
    (spread_fragments, 100),
    (many_connections, 100),
    (long_list, 100),
    (long_comment, 4),
]


@pytest.mark.matrix
@pytest.mark.parametrize(("text_of", "held_per_character"), some(OPERATIONS))
def test_caches_hold_no_more_than_their_bound(
    text_of: Callable[[int], str], held_per_character: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of operations that together take at least six times as much. `held_per_character` is in bytes."""
    monkeypatch.setattr(document, "DOCUMENT_CACHE_BYTES", BOUND)
    monkeypatch.setattr(operations, "REQUEST_CACHE_BYTES", BOUND)
    prepared = Operations(Limits(tokens=5_000, aliases=250, cost=10**9))

    def prepare(number: int) -> None:
        prepared.prepare(text_of(number), f"a0_{number}" if text_of is many_operations else None, {})

    prepare(999_999)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(6 * BOUND // (held_per_character * len(text_of(0))) + 5):
            prepare(number)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2 * ALLOWED
