"""How many examples of each property, and cases of each matrix, the tests try: a few in `make test`, more in `make
test-properties`."""

import os
from collections.abc import Iterable
from typing import Final, TypeVar

T = TypeVar("T")

_DEPTH: Final = float(os.environ.get("PORTICO_TEST_DEPTH", "0.25"))


def examples(usual: int, at_least: int = 2) -> int:
    """Returns a quarter of `usual` in `make test`, and twice `usual` in `make test-properties`; at least `at_least`.

    The first example of Hypothesis is the simplest, so one is too few. A test that counts what has occurred, and fails
    if something never has, needs as many as let it occur.
    """
    return max(int(usual * _DEPTH), min(usual, at_least))


def some(cases: Iterable[T]) -> list[T]:
    """Returns each fifth of `cases` in `make test`, the first among them, and all in `make test-properties`.

    Its test has the marker `matrix`, by which `make test-properties` finds it.
    """
    return list(cases)[:: 5 if _DEPTH < 1 else 1]
