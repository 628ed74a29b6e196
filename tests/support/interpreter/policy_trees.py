"""Policies as trees, so that one can be made smaller part by part, and still be written as text."""

import re
from dataclasses import dataclass, replace

VARIABLES = ("x", "y", "z", "w")
"""The names of the variables of random policies: few, so that they are used again and again."""

CAPABILITIES = """
creates_organizations(_: Staff);
makes_api_clients(actor: Member) if "DEVELOPER_PORTAL" in actor.permissions;
"""
"""What every policy must have."""


@dataclass(frozen=True)
class Tree:
    """A condition: a leaf with its text, or `and`, `or` or `not` over `items`."""

    kind: str
    items: "tuple[Tree, ...]" = ()
    text: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "leaf":
                return self.text
            case "not":
                return f"not ({self.items[0]})"
        return f" {self.kind} ".join(f"({item})" if item.kind in ("and", "or") else str(item) for item in self.items)

    def smaller(self) -> "list[Tree]":
        """Returns trees that are smaller by one part."""
        result = [] if self.kind == "not" else list(self.items)
        if len(self.items) > 2:
            result += [replace(self, items=self.items[:n] + self.items[n + 1 :]) for n in range(len(self.items))]
        for n, item in enumerate(self.items):
            result += [replace(self, items=(*self.items[:n], each, *self.items[n + 1 :])) for each in item.smaller()]
        return result


@dataclass(frozen=True)
class TreeRule:
    """A rule: its head, and its conditions."""

    head: str
    body: Tree | None

    def __str__(self) -> str:
        text = f"{self.head};" if self.body is None else f"{self.head} if {self.body};"
        for name in ("actor", "row", *VARIABLES):
            place = re.compile(rf'(?<![.\w"]){name}(?![\w"])')
            if len(place.findall(text)) == 1:
                # The linter refuses a variable that occurs only once.
                text = place.sub("_", text)
        return text


@dataclass(frozen=True)
class RandomPolicy:
    """A policy, and the actions, each with its type, that its rules are about."""

    rules: tuple[TreeRule, ...]
    asked: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.rules)) + CAPABILITIES

    def smaller(self) -> "list[RandomPolicy]":
        """Returns policies that are smaller by one rule or condition."""
        result = [replace(self, rules=self.rules[:n] + self.rules[n + 1 :]) for n in range(len(self.rules))]
        for n, rule in enumerate(self.rules):
            before, after = self.rules[:n], self.rules[n + 1 :]
            bodies = rule.body.smaller() if rule.body else ()
            result += [replace(self, rules=(*before, replace(rule, body=body), *after)) for body in bodies]
        return result


def leaf(text: str) -> Tree:
    return Tree("leaf", text=text)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\") + '"'
