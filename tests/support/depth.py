"""How many examples of each property the tests try: a few in `make test`, more in `make test-properties`."""

import os
from typing import Final

_DEPTH: Final = int(os.environ.get("PORTICO_TEST_DEPTH", "1"))


def examples(few: int) -> int:
    """Returns `few`, the number in `make test`, or a multiple of it."""
    return few * _DEPTH
