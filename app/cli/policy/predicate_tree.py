"""Prints a predicate as a tree, or as JSON."""

from typing import Any as Anything

from rich.text import Text
from rich.tree import Tree

from authz.predicates.nodes import FALSE, TRUE, All, Any, Exists, Predicate, ordered, show


def add(tree: Tree, predicate: Predicate) -> None:
    """Add `predicate` below `tree`, one condition per line."""
    match predicate:
        case All() | Any() if predicate in (TRUE, FALSE):
            tree.add(Text("every row" if predicate == TRUE else "no row"))
        case All(items):
            _add_all(tree.add(Text("all of", "dim")), items)
        case Any(items):
            _add_all(tree.add(Text("one of", "dim")), items)
        case Exists(path, where):
            add(tree.add(Text.assemble(("some ", "dim"), ".".join(path))), where)
        case _:
            tree.add(Text(show(predicate)))


def _add_all(tree: Tree, items: frozenset[Predicate]) -> None:
    for item in ordered(items):
        add(tree, item)


def to_json(predicate: Predicate) -> dict[str, Anything]:
    """`predicate` as JSON: {"all": […]}, {"one": […]}, {"some": path, "where": {…}} or {"condition": text}."""
    match predicate:
        case All(items):
            return {"all": [to_json(item) for item in ordered(items)]}
        case Any(items):
            return {"one": [to_json(item) for item in ordered(items)]}
        case Exists(path, where):
            return {"some": ".".join(path), "where": to_json(where)}
    return {"condition": show(predicate)}
