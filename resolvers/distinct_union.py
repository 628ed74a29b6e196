"""A union in which each row comes once, however many SELECTs it has."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CompoundSelect, Select, union


def distinct_union(selects: Iterable[Select[Any]]) -> CompoundSelect[Any] | Select[Any]:
    """Returns the rows of all the SELECTs, each once. SQLAlchemy renders a union of one SELECT as that SELECT, which
    keeps its duplicates."""
    first, *others = selects
    return union(first, *others) if others else first.distinct()
