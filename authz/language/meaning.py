"""What a part of a policy says, without its place in the file: equal for texts that differ in blanks and comments."""

from dataclasses import fields, is_dataclass
from typing import Any

from authz.language.ast import Literal, Parameter, Rule, Span

_PLACES = {"if_end", "end"}


def meaning(node: Any) -> object:
    """Returns a value that is equal for two nodes of the syntax tree, or two lists of them, exactly if they say the
    same, word by word."""
    match node:
        case Span():
            return None
        case Literal(_, value):
            return type(value), value
        case tuple() | list():
            return tuple(map(meaning, node))
        case _ if is_dataclass(node):
            names = [field.name for field in fields(node) if field.name not in _PLACES]
            return type(node), *(meaning(getattr(node, name)) for name in names)
        case _:
            return node


def title(rule: Rule) -> str:
    """Returns the name of the rule; of an `allow` rule, also what it is about: `allow(Member, "view", Service)`."""
    if rule.name != "allow":
        return rule.name
    return f"allow({', '.join(map(_word, rule.parameters))})"


def _word(parameter: Parameter) -> str:
    if parameter.literal is None:
        return parameter.type or "_"
    value = parameter.literal.value
    return f'"{value}"' if isinstance(value, str) else str(value)
