"""The statements that SQLAlchemy has compiled, for all engines of a process.

An engine remembers what it has compiled. Each test of a mutation has an engine of its own, and each server has two, so
that a fifteenth of their time went into compiling the same statements again. The engines of Portico differ in their
connections only: what one has compiled is right for all.
"""

from typing import Any, Final

from sqlalchemy.util import LRUCache


class StatementsOfAllEngines(LRUCache[Any, Any]):
    """A cache for the execution option `compiled_cache` that tells no engine from another."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The compiled statement, if there is one. The dialect of an engine comes first in its keys."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


COMPILED: Final = StatementsOfAllEngines(5_000)
