"""Random conditions of all forms that `docs/policy.md` lists, on the variables that have a value at their place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.support.interpreter.policy_trees import VARIABLES, Tree, leaf, quoted
from tests.support.interpreter.random_tables import COUNTRIES, CURRENCIES, NAMES
from tests.support.interpreter.schema import AUDIENCES, FLAGS, KINDS, PERMISSIONS, SCOPES, STATUSES, TYPES

WORDS = {"kind": KINDS, "audience": AUDIENCES, "status": STATUSES, "permission": PERMISSIONS}
TEXTS = {"country": COUNTRIES, "currency": CURRENCIES}


@dataclass
class Scope:
    """The variables of a rule that have a value: rows with their types, texts, and the actor with its kind."""

    rows: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    actor: str = ""
    kind: str = ""
    closed: set[str] = field(default_factory=set)
    """The names that an alternative has bound: the linter refuses them after it."""

    def copy(self) -> "Scope":
        return Scope(dict(self.rows), dict(self.texts), self.actor, self.kind, set(self.closed))

    @property
    def bound(self) -> set[str]:
        return {*self.rows, *self.texts, *self.closed}

    def free(self) -> list[str]:
        return [name for name in VARIABLES if name not in self.bound and name != self.actor]


@dataclass(frozen=True)
class Helper:
    """A rule that others may call: the kind of the actor, if it takes one, then the type of a row or a text."""

    name: str
    kind: str
    takes: str


LEAVES = (
    ("column",) * 5
    + ("trait",) * 2
    + ("element",) * 7
    + ("call",) * 3
    + ("flag",) * 2
    + ("nil", "two words", "as owner")
)


class ConditionWriter:
    """Writes conditions that call `helpers`, and ask the owner of a client for actions in `asked`."""

    def __init__(self, random: Random) -> None:
        self.random, self.choose = random, random.choice
        self.helpers: list[Helper] = []
        self.asked: list[tuple[str, str]] = []

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def conditions(self, scope: Scope, depth: int) -> Tree:
        """Returns a condition; the variables that it binds for what is joined to it by `and` are added to `scope`."""
        kind = self.choose(("and", "and", "or", "leaf")) if depth else "leaf"
        if kind == "leaf":
            return self._leaf(scope, depth)
        count = self.choose((2, 2, 3))
        if kind == "or":
            scopes = [scope.copy() for _ in range(count)]
            items = tuple(self.conditions(each, depth - 1) for each in scopes)
            if self.chance(0.9):
                scope.closed.update(*(each.bound - scope.bound for each in scopes))
            return Tree("or", items)
        return Tree("and", tuple(self.conditions(scope, depth - 1) for _ in range(count)))

    def _leaf(self, scope: Scope, depth: int) -> Tree:
        makers: dict[str, Callable[[Scope, int], Tree | None]] = {
            "column": self._column,
            "trait": self.trait,
            "element": self._element,
            "call": self._call,
            "flag": self._flag,
            "nil": self._nil,
            "two words": self._two_words,
            "as owner": self._as_owner,
        }
        while True:
            made = makers[self.choose(LEAVES)](scope, depth)
            if made is not None:
                return made

    def _path(self, scope: Scope) -> tuple[str, str] | None:
        """Returns a path to a row, and its type: mostly that of the variable that was bound last."""
        if not scope.rows:
            return None
        names = list(scope.rows)
        path = name = self.choose((*names, names[-1]))
        type_name = scope.rows[name]
        while TYPES[type_name].one and self.chance(0.35):
            step = self.choose(list(TYPES[type_name].one))
            path, type_name = f"{path}.{step}", TYPES[type_name].one[step][0]
        return path, type_name

    def _column(self, scope: Scope, _: int) -> Tree | None:
        if scope.texts and self.chance(0.5):
            return self._text(scope)
        found = self._path(scope)
        if found is None:
            return None
        path, described = found[0], TYPES[found[1]]
        kinds = ["id"] * 3 + ["text"] * 2 * bool(described.texts) + ["word"] * 2 * bool(described.words)
        match self.choose(kinds + ["truth"] * bool(described.truths)):
            case "id":
                return self._id(scope, path, described.ids)
            case "text":
                column = self.choose(described.texts)
                values = TEXTS.get(column, NAMES)
                sign = self.choose(("=", "=", "!=", "==", "<", ">=", "in"))
                return leaf(f"{path}.{column} {sign} {self._some(values, sign)}")
            case "word":
                column = self.choose(list(described.words))
                if column == "permission" and scope.actor and self.chance(0.3):
                    return leaf(f"{path}.permission in {self._member(scope)}.permissions")
                sign = self.choose(("=", "=", "!=", "in"))
                return leaf(f"{path}.{column} {sign} {self._some(WORDS[column], sign)}")
        column = self.choose(described.truths)
        return leaf(self.choose((f"{path}.{column}", f"{path}.{column} = false", f"{path}.{column} != true")))

    def _some(self, values: tuple[str, ...], sign: str) -> str:
        if sign == "in":
            return f"[{', '.join(map(quoted, self.random.sample(values, 2)))}]"
        return quoted(self.choose(values))

    def _id(self, scope: Scope, path: str, columns: tuple[str, ...]) -> Tree:
        column, sign = self.choose((*columns, columns[0])), self.choose(("=", "=", "=", "!="))
        of_client = scope.kind == "Client" and self.chance(0.4)
        own = f"{scope.actor}.id" if of_client else f"{self._member(scope)}.{self._fitting(column)}"
        return leaf(f"{path}.{column} {sign} {own}")

    def _fitting(self, column: str) -> str:
        return "organization_id" if column == "organization_id" or self.chance(0.1) else "id"

    def _member(self, scope: Scope) -> str:
        return f"{scope.actor}.owner" if scope.kind == "Client" else scope.actor

    def _text(self, scope: Scope) -> Tree:
        name = self.choose(list(scope.texts))
        if scope.texts[name] == "word":
            return leaf(self.choose((
                f"{name} in {self._member(scope)}.permissions",
                f"{name} = {quoted(self.choose(PERMISSIONS))}",
                f"{name} in {self._some(PERMISSIONS, 'in')}",
            )))  # fmt: skip
        values = COUNTRIES if scope.texts[name] == "text" else PERMISSIONS
        return leaf(f"{name} {self.choose(('==', '!='))} {quoted(self.choose(values))}")

    def trait(self, scope: Scope, depth: int) -> Tree:
        if depth and self.chance(0.3):
            kind = self.choose(("and", "or"))
            return Tree(kind, (self.trait(scope, depth - 1), self.trait(scope, depth - 1)))
        if self.chance(0.25):
            return Tree("not", (self.trait(scope, depth - 1 if depth else 0),))
        member = self._member(scope)
        ways = [
            f"{member}.all_contract_accounts",
            f"{member}.all_delivery_accounts = false",
            f"{member}.audience = {quoted(self.choose(AUDIENCES))}",
            f'{member}.audience.startswith("ORG") = true',
            f"{member}.permissions.count({quoted(self.choose(PERMISSIONS))}) = 1",
            *[f"{quoted(self.choose(PERMISSIONS))} in {member}.permissions"] * 4,
        ]
        if scope.kind == "Client":
            ways += [f"{quoted(self.choose(SCOPES))} in {scope.actor}.scopes"] * 6
        return leaf(self.choose(ways))

    def _element(self, scope: Scope, depth: int) -> Tree | None:
        found = self._path(scope)
        if found is None or not TYPES[found[1]].many:
            return None
        relation = self.choose(list(TYPES[found[1]].many))
        if self.chance(0.1):
            return leaf(f"_ in {found[0]}.{relation}")
        free = scope.free()
        if not free:
            return None
        name = free[0] if self.chance(0.7) else self.choose(free)
        scope.rows[name] = TYPES[found[1]].many[relation][0]
        binding = leaf(f"{name} in {found[0]}.{relation}")
        about = self._column(scope, 0) if self.chance(0.7) or not depth else self.conditions(scope, depth - 1)
        return Tree("and", (binding, about)) if about else binding

    def _call(self, scope: Scope, _: int) -> Tree | None:
        fitting = [each for each in self.helpers if each.kind == scope.kind]
        if not fitting:
            return None
        helper = self.choose(fitting)
        if helper.takes == "word":
            return leaf(f"{helper.name}({scope.actor}, {quoted(self.choose(PERMISSIONS))})")
        for _ in range(6):
            found = self._path(scope)
            if found is None:
                return None
            if helper.takes == found[1]:
                return leaf(f"{helper.name}({scope.actor}, {found[0]})")
            if helper.takes == "text" and "country" in TYPES[found[1]].texts:
                return leaf(f"{helper.name}({scope.actor}, {found[0]}.country)")
        return None

    def _flag(self, scope: Scope, _: int) -> Tree | None:
        found = self._path(scope)
        return leaf(f"{found[0]}.{self.choose((*FLAGS, FLAGS[-1]))}") if found and found[1] == "User" else None

    def _nil(self, scope: Scope, _: int) -> Tree | None:
        found = self._path(scope)
        if found is None:
            return None
        columns = (*TYPES[found[1]].texts, *TYPES[found[1]].one)
        return leaf(f"{found[0]}.{self.choose(columns)} {self.choose(('=', '!='))} nil") if columns else None

    def _two_words(self, scope: Scope, _: int) -> Tree | None:
        """A variable over the actor's permissions, compared with that of a row or with a literal."""
        free = scope.free()
        if not free:
            return None
        scope.texts[free[0]] = "held word"
        binding = leaf(f"{free[0]} in {self._member(scope)}.permissions")
        others = [name for name, of in scope.rows.items() if of == "UserPermission"]
        other = f"{others[0]}.permission" if others else quoted(self.choose(PERMISSIONS))
        return Tree("and", (binding, leaf(f"{free[0]} {self.choose(('=', '!='))} {other}")))

    def _as_owner(self, scope: Scope, _: int) -> Tree | None:
        found = self._path(scope)
        actions = [action for action, name in self.asked if found and name == found[1]]
        if scope.kind != "Client" or found is None or not actions:
            return None
        return leaf(f'allow({scope.actor}.owner, "{self.choose(actions)}", {found[0]})')
