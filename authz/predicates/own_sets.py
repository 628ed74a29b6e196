"""Sets of keys that depend on the actor alone, such as the accounts granted to the actor, said once per statement.

A condition contains such a set as `array((SELECT …))`, and a statement may contain the condition at a hundred places.
PostgreSQL parses, plans and evaluates each of them. A text `with_own_sets` names them instead:

    (SELECT … x.account_id = ANY (own.s0) … y.account_id = ANY (own.s0) …
       FROM (SELECT array((SELECT g.account_id FROM grants AS g WHERE g.user_id = $1)) AS s0 OFFSET 0) AS own)

With OFFSET, PostgreSQL doesn't put the set in the place of each name. It expects as many elements of either form, so
that plans are the same. A set that occurs once stays in its place, as do all in other statements.
"""

import re
from collections import Counter
from collections.abc import Iterator
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import ARRAY

_SETS: Final = "own_sets"
"""The option of the compiler with the `OwnSets` of the text that it compiles."""
_NAME = "own"
_MARK = re.compile("\0(\\d+)\0")


class OwnSet(FunctionElement[Any]):
    """The array of the one column of `keys`, which refers to no row outside of it."""

    inherit_cache = True

    def __init__(self, keys: Select[Any]) -> None:
        subquery = keys.scalar_subquery()
        super().__init__(subquery)
        self.type = ARRAY(subquery.type)


class _WithOwnSets(FunctionElement[Any]):
    inherit_cache = False

    def __init__(self, text: ColumnElement[Any]) -> None:
        super().__init__(text)
        self.type = text.type


def with_own_sets(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns the value, with each set in it said once if it occurs more than once."""
    return _WithOwnSets(value)


def reference(subquery: str, options: dict[str, Any]) -> str:
    """Returns the SQL of the set with this subquery, for use in a text that is compiled with these options."""
    sets: _Marks | None = options.get(_SETS)
    return _array(subquery) if sets is None else sets.mark(subquery)


class _Marks(Protocol):
    def mark(self, subquery: str) -> str:
        """Returns what stands for the set with this subquery."""


class _KeptApart:
    """Sets whose subqueries stay in the text, between marks."""

    def mark(self, subquery: str) -> str:
        return f"{_BEGIN}{subquery}{_END}"


_BEGIN, _END = (f"{letter}{token_hex(8)}" for letter in "be")
KEPT_APART: Final = MappingProxyType({_SETS: _KeptApart()})
"""Options of the compiler for a text that `split` takes apart."""


def split(text: str) -> Iterator[tuple[str, str]]:
    """Yields each part of the text with the subquery of the set that follows it, which is empty at the end."""
    for part in text.split(_END):
        before, _, subquery = part.partition(_BEGIN)
        yield before, subquery


class _OwnSets:
    """The sets of one text, each under a number. The text has marks in their places until they have been counted."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, subquery: str) -> str:
        return f"\0{self._numbers.setdefault(subquery, len(self._numbers))}\0"

    def around(self, text: str) -> str:
        """Returns the text with the sets."""
        uses = Counter(_MARK.findall(text))
        names: dict[str, str] = {}
        columns: list[str] = []
        for subquery, number in self._numbers.items():
            names[str(number)] = _array(subquery)
            if uses[str(number)] > 1:
                names[str(number)] = f"{_NAME}.s{number}"
                columns.append(f"{_array(subquery)} AS s{number}")
        text = _MARK.sub(lambda mark: names[mark[1]], text)
        return f"(SELECT {text} FROM (SELECT {', '.join(columns)} OFFSET 0) AS {_NAME})" if columns else text  # noqa: S608


def _array(subquery: str) -> str:
    return f"array({subquery})"


@compiles(OwnSet)
def _own_set(element: OwnSet, compiler: SQLCompiler, **options: Any) -> str:
    # A set within a set stays in its place.
    inner = {name: value for name, value in options.items() if name != _SETS}
    (subquery,) = (compiler.process(piece, **inner) for piece in element.clauses)
    return reference(subquery, options)


@compiles(_WithOwnSets)
def _with_own_sets(element: _WithOwnSets, compiler: SQLCompiler, **options: Any) -> str:
    sets = _OwnSets()
    (text,) = (compiler.process(piece, **{**options, _SETS: sets}) for piece in element.clauses)
    return sets.around(text)
