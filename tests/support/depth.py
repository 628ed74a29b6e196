"""How many examples of each property the tests try: a few in `make test`, more in `make test-properties`."""

import os
from typing import Final

_DEPTH: Final = float(os.environ.get("PORTICO_TEST_DEPTH", "0.5"))


def examples(usual: int, at_least: int = 2) -> int:
    """Returns half of `usual` in `make test`, and twice as many in `make test-properties`; never fewer than `at_least`.

    The first example of Hypothesis is the simplest, so one is too few. A test that counts what has occurred, and fails
    if something never has, needs as many as let it occur.
    """
    return max(int(usual * _DEPTH), min(usual, at_least))
