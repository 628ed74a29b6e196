"""Remembers what the driver looks up about types of PostgreSQL, so that only the first connection of a process does.

The driver knows the basic types, but not their arrays. On each connection, the first statement with an array of ids
waits for a query over the catalog that takes PostgreSQL longer than most statements. Types with an id below
`FIRST_OTHER_OID` are PostgreSQL's own, and are the same in every database and every version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

FIRST_OTHER_OID: Final = 10_000
"""The ids below are assigned by hand in PostgreSQL's catalog, and never change (`access/transam.h`)."""

MAX_LOOKUPS: Final = 128
"""How many are remembered. A statement looks its unknown types up together, and there are few combinations."""


@dataclass(frozen=True, slots=True)
class RememberedLookup:
    """Stands for the statement of a look-up that didn't run. The driver wants to know its name: an unnamed one would
    have replaced the statement that is being prepared."""

    name: str = "remembered"


_lookups: dict[frozenset[int], list[Any]] = {}


def remembered(oids: Iterable[int]) -> list[Any] | None:
    """What a connection of this process has found about these types, as the driver's rows; None if none has."""
    return _lookups.get(frozenset(oids))


def remember(oids: Iterable[int], rows: list[Any]) -> None:
    """Remember it for the other connections, if all the types are PostgreSQL's own."""
    key = frozenset(oids)
    if max(key, default=FIRST_OTHER_OID) < FIRST_OTHER_OID and len(_lookups) < MAX_LOOKUPS:
        _lookups[key] = rows
