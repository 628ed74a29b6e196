"""What the policy says about a row, as a small tree of frozen values between Oso and SQL.

Every leaf speaks of one column or relation, named by the steps that lead to it from the row, and compares it with a
constant or with the actor's identity; so no condition ties two rows together, and `Exists` may be nested freely.

    service.contract_account.grants has one with user_id = actor.id

is `Exists(("contract_account", "grants"), Compare(("user_id",), Operator.EQUAL, Identity.ID))`. There is no negation:
a value that is null, or a relation that leads nowhere, makes a condition false, never true. Translating to SQL
(`sql.py`), evaluating on plain values (`evaluate.py`) and simplifying (`simplify.py`) are functions over this tree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

Path = tuple[str, ...]


class Identity(StrEnum):
    """What is known of the actor only when the statement runs. `actor` is the owner where an API client asks."""

    ID = "actor.id"
    ORGANIZATION_ID = "actor.organization_id"
    CLIENT_ID = "client.id"


class Operator(Enum):
    """How a column is compared; the value is the SQL operator."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


Constant = str | bool | int


@dataclass(frozen=True, slots=True)
class Compare:
    """The column at the end of `path`, compared with a constant or with the actor's identity."""

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
    """The column or to-one relation at the end of `path` is there."""

    path: Path


@dataclass(frozen=True, slots=True)
class Flag:
    """The virtual flag at the end of `path`, a condition that is written in SQL, holds."""

    path: Path


@dataclass(frozen=True, slots=True)
class Exists:
    """Some row of the relation at the end of `path` satisfies `where`, whose paths start from that row."""

    path: Path
    where: "Predicate"


@dataclass(frozen=True, slots=True)
class All:
    """Every one of `items` holds; without items: true."""

    items: frozenset["Predicate"]


@dataclass(frozen=True, slots=True)
class Any:
    """Some one of `items` holds; without items: false."""

    items: frozenset["Predicate"]


Leaf = Compare | OneOf | Null | NotNull | Flag
Predicate = Leaf | Exists | All | Any

TRUE = All(frozenset())
FALSE = Any(frozenset())


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A rule of a policy: its file and the line on which it begins, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Branch:
    """One way in which an action is allowed, and the rules that it came through, outermost first."""

    where: Predicate
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """All ways in which an action is allowed: some branch must hold. `where` is the same, simplified."""

    branches: tuple[Branch, ...]
    where: Predicate


def show(predicate: Predicate) -> str:
    """`predicate` as one line of text, the same for equal predicates."""
    match predicate:
        case Compare(path, operator, value):
            shown = value.value if isinstance(value, Identity) else repr(value)
            return f"{'.'.join(path)} {operator.value} {shown}"
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
            return " and ".join(_grouped(item) for item in ordered(items)) or "true"
        case Any(items):
            return " or ".join(_grouped(item) for item in ordered(items)) or "false"


def anywhere(predicate: Predicate, wanted: Callable[[Leaf], bool]) -> bool:
    """Whether `wanted` accepts some leaf of `predicate`, however deep."""
    match predicate:
        case All(items) | Any(items):
            return any(anywhere(item, wanted) for item in items)
        case Exists(_, where):
            return anywhere(where, wanted)
        case _:
            return wanted(predicate)


def ordered(items: frozenset[Predicate]) -> list[Predicate]:
    """`items` in an order that depends on nothing but themselves, cheap conditions first."""
    return sorted(items, key=lambda item: (_weight(item), show(item)))


def _grouped(predicate: Predicate) -> str:
    text = show(predicate)
    return f"({text})" if isinstance(predicate, All | Any) and len(predicate.items) > 1 else text


def _weight(predicate: Predicate) -> int:
    match predicate:
        case All(items) | Any(items):
            return sum(map(_weight, items)) + 1
        case Exists(path, where):
            return 10 * len(path) + _weight(where)
        case Flag():
            return 1000
        case _:
            return len(predicate.path)
