"""Completion: the words that can follow the text before the cursor, which can be an incomplete rule."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from authz.actor import ActorKind
from authz.language.keywords import NAMED_VALUES
from authz.model.actions import ACTIONS, CAPABILITIES
from authz.model.actor_attributes import ACTOR_ATTRIBUTES, TRAITS
from authz.model.resources import TYPES, Column, Relation, attributes
from models import Base


class Kind(Enum):
    """What a word is."""

    ACTION = "action"
    ATTRIBUTE = "attribute"
    KEYWORD = "keyword"
    RULE = "rule"
    TYPE = "type"
    VALUE = "value"
    VARIABLE = "variable"


@dataclass(frozen=True)
class Word:
    """A word that can stand at the cursor, with its kind and a short description."""

    text: str
    kind: Kind
    detail: str = ""


_SCALAR_TYPES = ("String", "Integer", "Boolean")
_KEYWORDS = ("and", "or", "not", "in", *NAMED_VALUES)
_PATH = re.compile(r"([A-Za-z_]\w*)((?:\.\w+)*)\.\w*$")
_ELEMENT = re.compile(r"\b([A-Za-z_]\w*)\s+in\s+([A-Za-z_]\w*)((?:\.\w+)+)")
_PARAMETER = re.compile(r"\b([A-Za-z_]\w*)\s*:\s*([A-Za-z_]\w*)")
_RULE_NAME = re.compile(r"^([a-z_]\w*)\s*\(", re.MULTILINE)
_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|#[^\n]*')

_Target = type[Base] | ActorKind


def complete(text: str, offset: int) -> list[Word]:
    """Returns the words that can stand at `offset`, including a partly typed one."""
    line = text[:offset].rpartition("\n")[2]
    if any(match[1] is None for match in _COMMENT.finditer(line)):
        return []  # within a comment
    rule = _COMMENT.sub(lambda match: match[1] or "", text[:offset]).rpartition(";")[2]
    heads = [match.start() for match in _RULE_NAME.finditer(rule)]
    rule = rule[heads[-1] :] if heads else rule  # the one before it may lack its semicolon
    return list(dict.fromkeys(_words(text, rule)))


def _words(text: str, rule: str) -> Iterator[Word]:
    is_head = not re.search(r"\)\s*if\b", rule)
    if rule.count('"') % 2:
        yield from _quoted(rule, is_head=is_head)
    elif path := _PATH.search(rule):
        yield from _attributes(_resolve(path[1], path[2], _variables(rule)))
    elif is_head and re.search(r":\s*\w*$", rule):
        yield from (Word(kind.value, Kind.TYPE, "actor") for kind in ActorKind)
        yield from (Word(name, Kind.TYPE, "resource") for name in TYPES)
        yield from (Word(name, Kind.TYPE, "literal") for name in _SCALAR_TYPES)
    elif is_head:
        yield from (Word(name, Kind.RULE, "grants an action") for name in ("allow",))
        yield from (Word(each.value, Kind.RULE, "a capability") for each in CAPABILITIES)
    else:
        yield from (Word(name, Kind.VARIABLE, str(_name(target))) for name, target in _variables(rule).items())
        yield from (Word(name, Kind.RULE, "rule") for name in _RULE_NAME.findall(text))
        yield from (Word(name, Kind.KEYWORD) for name in _KEYWORDS)


def _quoted(rule: str, *, is_head: bool) -> Iterator[Word]:
    if not is_head:
        for name, trait in TRAITS.items():
            yield from (Word(value, Kind.VALUE, name) for value in trait.allowed_values or ())
        for model in TYPES.values():
            for name, attribute in attributes(model).items():
                if isinstance(attribute, Column):
                    detail = f"{model.__name__}.{name}"
                    yield from (Word(value, Kind.VALUE, detail) for value in attribute.allowed_values or ())
        return
    capability = next((each for each in CAPABILITIES if rule.lstrip().startswith(f"{each.value}(")), None)
    if capability is not None:
        yield from (Word(str(value), Kind.VALUE, capability.value) for value in CAPABILITIES[capability] or ())
        return
    for model, actions in ACTIONS.items():
        yield from (Word(action.value, Kind.ACTION, model.__name__) for action in actions)


def _variables(rule: str) -> Mapping[str, _Target]:
    """The variables of the rule with their types, as far as they can be inferred."""
    found: dict[str, _Target] = {}
    for name, type_ in _PARAMETER.findall(rule):
        if type_ in TYPES:
            found[name] = TYPES[type_]
        elif type_ in set(ActorKind):
            found[name] = ActorKind(type_)
    for name, root, steps in _ELEMENT.findall(rule):
        target = _resolve(root, steps, found)
        if target is not None and name not in found:
            found[name] = target
    return found


def _resolve(root: str, steps: str, variables: Mapping[str, _Target]) -> _Target | None:
    """The type of a path: that of rows, or of an actor."""
    target = variables.get(root)
    for step in filter(None, steps.split(".")):
        if isinstance(target, ActorKind):
            target = ACTOR_ATTRIBUTES[target].references.get(step)
        elif target is not None:
            attribute = attributes(target).get(step)
            target = attribute.target if isinstance(attribute, Relation) else None
    return target


def _attributes(target: _Target | None) -> Iterator[Word]:
    if isinstance(target, ActorKind):
        for name in ACTOR_ATTRIBUTES[target].names:
            yield Word(name, Kind.ATTRIBUTE, target.value)
    elif target is not None:
        for name, attribute in attributes(target).items():
            yield Word(name, Kind.ATTRIBUTE, _described(attribute))


def _described(attribute: object) -> str:
    match attribute:
        case Column(scalar, nullable):
            return f"{scalar.__name__}{', may be nil' if nullable else ''}"
        case Relation(target, many):
            return f"{'some' if many else 'one'} {target.__name__}"
        case _:
            return "flag"


def _name(target: _Target) -> str:
    return target.value if isinstance(target, ActorKind) else target.__name__
