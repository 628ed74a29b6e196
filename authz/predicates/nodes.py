"""The predicate tree: a condition on a row as frozen values, between Oso and SQL.

Every leaf is about one column or relation, named by its path from the row, and compares it with a constant or with the
actor's identity. So no condition connects two rows, and `Exists` can be nested freely.

    service.contract_account.grants has one with user_id = actor.id

is `Exists(("contract_account", "grants"), Compare(("user_id",), Operator.EQUAL, Identity.ID))`. There is no negation:
a null value or a missing related row makes a condition false, never true. Translation to SQL (`sql.py`), evaluation in
memory (`evaluate.py`) and simplification (`simplify.py`) are functions over this tree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from authz.actor import Identity
from authz.language.ast import Source

Path = tuple[str, ...]


class Operator(Enum):
    """A comparison operator; the value is its SQL."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


Constant = str | bool | int


@dataclass(frozen=True, slots=True)
class Compare:
    """The column at the end of `path` is compared with a constant or with the actor's identity."""

    path: Path
    operator: Operator
    value: Constant | Identity


@dataclass(frozen=True, slots=True)
class OneOf:
    """The column at the end of `path` holds one of `values`."""

    path: Path
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Null:
    """The column or to-one relation at the end of `path` is null."""

    path: Path


@dataclass(frozen=True, slots=True)
class NotNull:
    """The column or to-one relation at the end of `path` is not null."""

    path: Path


@dataclass(frozen=True, slots=True)
class Flag:
    """The virtual flag at the end of `path`, a condition written in SQL, holds."""

    path: Path


@dataclass(frozen=True, slots=True)
class Exists:
    """Some row of the relation at the end of `path` satisfies `where`, whose paths start at that row."""

    path: Path
    where: "Predicate"


@dataclass(frozen=True, slots=True)
class All:
    """All `items` hold; without items, true."""

    items: frozenset["Predicate"]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of `items` holds; without items, false."""

    items: frozenset["Predicate"]


Leaf = Compare | OneOf | Null | NotNull | Flag
Predicate = Leaf | Exists | All | Any

TRUE = All(frozenset())
FALSE = Any(frozenset())


@dataclass(frozen=True, slots=True)
class Branch:
    """One condition under which an action is allowed, and the rules of its derivation, outermost first."""

    where: Predicate
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """When an action is allowed: at least one branch must hold. `where` is the same condition, simplified."""

    branches: tuple[Branch, ...]
    where: Predicate


def show(predicate: Predicate) -> str:
    """Returns `predicate` as one line of text, the same for equal predicates."""
    match predicate:
        case Compare(path, operator, value):
            operand = value.value if isinstance(value, Identity) else repr(value)
            return f"{'.'.join(path)} {operator.value} {operand}"
        case OneOf(path, values):
            return f"{'.'.join(path)} in ({', '.join(map(repr, sorted(values)))})"
        case Null(path):
            return f"{'.'.join(path)} is null"
        case NotNull(path):
            return f"{'.'.join(path)} is not null"
        case Flag(path):
            return ".".join(path)
        case Exists(path, where):
            return f"some {'.'.join(path)} ({show(where)})"
        case All(items):
            return " and ".join(_parenthesized(item) for item in ordered(items)) or "true"
        case Any(items):
            return " or ".join(_parenthesized(item) for item in ordered(items)) or "false"


def any_leaf(predicate: Predicate, test: Callable[[Leaf], bool]) -> bool:
    """Returns whether `test` is true of any leaf of `predicate`, at any depth."""
    match predicate:
        case All(items) | Any(items):
            return any(any_leaf(item, test) for item in items)
        case Exists(_, where):
            return any_leaf(where, test)
        case _:
            return test(predicate)


def ordered(items: frozenset[Predicate]) -> list[Predicate]:
    """Returns `items` in an order that depends only on themselves, cheap conditions first."""
    return sorted(items, key=lambda item: (_cost(item), show(item)))


def _parenthesized(predicate: Predicate) -> str:
    text = show(predicate)
    return f"({text})" if isinstance(predicate, All | Any) and len(predicate.items) > 1 else text


def _cost(predicate: Predicate) -> int:
    match predicate:
        case All(items) | Any(items):
            return sum(map(_cost, items)) + 1
        case Exists(path, where):
            return 10 * len(path) + _cost(where)
        case Flag():
            return 1000
        case _:
            return len(predicate.path)
