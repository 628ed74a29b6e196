"""Decides by the text of a policy whether an actor may do something, row by row: Polar as the manual describes it.

Nothing is translated and nothing simplified: conditions are tried from left to right, each rule of a name in turn, with
the values of variables so far. It shares no code with `authz`, so a mistake there is not repeated here.
"""

import operator
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.support.interpreter.polar import Parameter, Rule
from tests.support.interpreter.schema import TYPES

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
"""The rows by the names of the types, each a dict of its columns."""

ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class _Absent:
    """The null of a column or relation, which equals `nil` alone; or what that has for an attribute, and an actor
    without an organization for its id, which equals nothing."""


_NULL, _NOTHING = _Absent(), _Absent()


class World:
    """Rows, and the way from one to the others."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._type_of = {id(row): name for name, rows in tables.items() for row in rows}
        self._by: dict[tuple[str, str], dict[Any, list[Row]]] = {}
        self._now = datetime.now(UTC)

    def type_of(self, value: Any) -> str:
        return self._type_of.get(id(value), "")

    def find(self, name: str, column: str, key: Any) -> list[Row]:
        """Returns the rows of a type whose `column` is `key`; of grants, those in force."""
        if (name, column) not in self._by:
            rows = defaultdict(list)
            for row in self.tables.get(name, ()):
                if row.get("ends_at") is None or row["ends_at"] > self._now:
                    rows[row[column]].append(row)
            self._by[name, column] = rows
        return [] if key is None else self._by[name, column].get(key, [])


class Interpreter:
    """Decides for one actor: a dict of its attributes, and its `kind`."""

    def __init__(self, rules: list[Rule], world: World, actor: Row) -> None:
        self._rules: defaultdict[tuple[str, int], list[Rule]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.name, len(rule.parameters)].append(rule)
        self._world, self._actor = world, actor

    def holds(self, name: str, *arguments: Any) -> bool:
        """Whether a rule of this name holds for the actor and `arguments`."""
        return self._call(name, [self._actor, *arguments])

    def _call(self, name: str, values: list[Any]) -> bool:
        for rule in self._rules[name, len(values)]:
            variables: dict[str, Any] | None = {}
            for parameter, value in zip(rule.parameters, values, strict=True):
                variables = self._bound(parameter, value, variables)
                if variables is None:
                    break
            if variables is not None and (rule.body is None or any(True for _ in self._solve(rule.body, variables))):
                return True
        return False

    def _bound(self, parameter: Parameter, value: Any, variables: dict[str, Any] | None) -> dict[str, Any] | None:
        if variables is None or not self._fits(parameter, value):
            return None
        return variables if parameter.literal or parameter.name == "_" else {**variables, parameter.name: value}

    def _fits(self, parameter: Parameter, value: Any) -> bool:
        if parameter.literal:
            return self._compare("=", value, parameter.literal[0])
        known = {"String": isinstance(value, str), "Boolean": isinstance(value, bool)}
        kind = value.get("kind of actor") if isinstance(value, dict) else None
        is_of_type = known.get(parameter.type, parameter.type in (kind, self._world.type_of(value)))
        return is_of_type and all(self._compare("=", self._get(value, key), each) for key, each in parameter.fields)

    def _solve(self, condition: Any, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yields the variables after each way in which `condition` holds."""
        match condition:
            case ("and", items):
                yield from self._all(items, variables)
            case ("or", items):
                for item in items:
                    yield from self._solve(item, variables)
            case ("not", item):
                if not any(True for _ in self._solve(item, variables)):
                    yield variables
            case ("compare", "in", left, right):
                yield from self._in(left, self._value(right, variables), variables)
            case _:
                if self._holds(condition, variables):
                    yield variables

    def _holds(self, condition: Any, variables: dict[str, Any]) -> bool:
        """Whether a condition holds that gives no variable a value."""
        match condition:
            case ("call", name, terms):
                return self._call(name, [self._value(term, variables) for term in terms])
            case ("test", term):
                return self._value(term, variables) is True
            case ("compare", sign, left, right):
                return self._compare(sign, self._value(left, variables), self._value(right, variables))
        raise AssertionError(condition)

    def _all(self, items: list[Any], variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not items:
            yield variables
            return
        for after in self._solve(items[0], variables):
            yield from self._all(items[1:], after)

    def _in(self, left: Any, values: Any, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not isinstance(values, list):
            return
        match left:
            case ("path", "_", []):
                yield from (variables for _ in values)
            case ("path", name, []) if name not in variables:
                yield from ({**variables, name: value} for value in values)
            case _:
                sought = self._value(left, variables)
                if any(value is sought or self._compare("=", sought, value) for value in values):
                    yield variables

    def _value(self, term: Any, variables: dict[str, Any]) -> Any:
        match term:
            case ("value", value):
                return value
            case ("list", terms):
                return [self._value(each, variables) for each in terms]
            case ("path", name, steps):
                return self._at(variables[name], steps)
            case ("method", name, steps, "count", [argument]):
                return self._at(variables[name], steps).count(self._value(argument, variables))
            case ("method", name, steps, method, [argument]):
                return getattr(self._at(variables[name], steps), method)(self._value(argument, variables))

    def _at(self, value: Any, steps: list[str]) -> Any:
        for step in steps:
            value = self._get(value, step)
        return value

    def _get(self, value: Any, step: str) -> Any:
        if isinstance(value, _Absent):
            return _NOTHING
        if "kind of actor" in value:
            return _NOTHING if value[step] is None else value[step]
        described = TYPES[self._world.type_of(value)]
        if step in described.many:
            name, key = described.many[step]
            return self._world.find(name, key, value["id"])
        if step in described.one:
            name, key = described.one[step]
            return next(iter(self._world.find(name, "id", value[key])), _NULL)
        if step in value:
            return _NULL if value[step] is None else value[step]
        return self._flag(value, step)

    def _flag(self, user: Row, name: str) -> bool:
        match name:
            case "present" | "removed":
                return (user["removed_at"] is None) is (name == "present")
            case "activated" | "awaiting_activation":
                return (user["activated_at"] is not None) is (name == "activated")
        assert name == "within_reach_of_actor", name
        held = self._world.find("UserPermission", "user_id", user["id"])
        return (
            self.holds("manages_users")
            and self.holds("assign_audience", user["audience"])
            and all(self.holds("assign_permission", each["permission"]) for each in held)
            and all(self._may_give_accounts(user, kind) for kind in ("Contract", "Delivery"))
        )

    def _may_give_accounts(self, user: Row, kind: str) -> bool:
        key = f"{kind.lower()}_account_id"
        granted = [row[key] for row in self._world.find(f"{kind}Grant", "user_id", user["id"])]
        accounts = [account for id in granted for account in self._world.find(f"{kind}Account", "id", id)]
        has_all = user[f"all_{kind.lower()}_accounts"]
        return (not has_all or self.holds("assign_all", f"{kind}Account")) and all(
            self.holds("allow", "assign", account) for account in accounts
        )

    def _compare(self, sign: str, left: Any, right: Any) -> bool:
        if left is _NOTHING or right is _NOTHING:
            return False
        if left is None or right is None:
            is_null = (right if left is None else left) is _NULL
            return is_null if sign in ("=", "==") else not is_null
        if left is _NULL or right is _NULL:
            return False
        if sign in ORDERS:
            return bool(ORDERS[sign](left, right))
        return (left == right) is (sign != "!=")
