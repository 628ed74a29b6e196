"""How many examples of each property, and cases of each matrix, the tests try: a few in `make test`, more in `make
test-properties`."""

import os
from collections.abc import Iterable
from typing import Final, TypeVar

T = TypeVar("T")

_DEPTH: Final = float(os.environ.get("PORTICO_TEST_DEPTH", "0.25"))

THOROUGH: Final = _DEPTH >= 1
"""Whether so many examples are tried that whatever may occur does: in `make test-properties`. A test that counts what
has occurred, because it would prove nothing otherwise, then fails if something never has."""


def examples(usual: int) -> int:
    """Returns a quarter of `usual` in `make test`, and twice `usual` in `make test-properties`; at least 2.

    The first example of Hypothesis is the simplest, so one is too few.
    """
    return max(int(usual * _DEPTH), 2)


def some(cases: Iterable[T]) -> list[T]:
    """Returns each seventh of `cases` in `make test`, the first among them, and all in `make test-properties`.

    Its test has the marker `matrix`, by which `make test-properties` finds it.
    """
    return list(cases)[:: 1 if THOROUGH else 7]
