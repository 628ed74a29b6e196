"""What the error about an unknown name adds: a link to the page that says how a developer can add such a name.

An author can't: permissions, actions, kinds of actors, traits, capabilities and flags are defined in the code.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import Enum, StrEnum

from models import Audience, Permission, Scope

PAGE = "docs/policy-words.md"
"""The page on extending the vocabulary."""

_TYPO = 0.75
"""From this similarity on, a name counts as a misspelt known one. Below it, it may be one that the author expects."""


class Addition(Enum):
    """What a developer can add to the vocabulary; the value is the heading of its section."""

    PERMISSION = "A permission"
    SCOPE = "A scope"
    ACTION = "An action"
    TYPE = "A type or a kind of actor"
    TRAIT = "A trait"
    CAPABILITY = "A capability"
    ATTRIBUTE = "A column, a relation or a flag"
    VALUE = "A value of a column or a trait"


_NOUNS: dict[type[StrEnum], tuple[str, Addition]] = {
    Permission: ("permission", Addition.PERMISSION),
    Scope: ("scope", Addition.SCOPE),
    Audience: ("audience", Addition.VALUE),
}


def pointer(word: str, known: Iterable[str], addition: Addition) -> str:
    """Returns a sentence that links to the section about such additions, after a space; "" if `word` is misspelt."""
    if get_close_matches(word.casefold(), [each.casefold() for each in known], 1, _TYPO):
        return ""
    noun = addition.value[0].lower() + addition.value[1:]
    anchor = addition.value.lower().replace(" ", "-").replace(",", "")
    return f" A developer can add {noun}: see {PAGE}#{anchor}."


def no_such_value(word: str, known: Iterable[str]) -> tuple[str, Addition]:
    """Returns the reason why `word` is not one of the values `known`, and which kind of addition it would be."""
    values = frozenset(map(str, known))
    for enum, (noun, addition) in _NOUNS.items():
        if values == frozenset(map(str, enum)):
            return f"There is no {noun} {word}.", addition
    return f"{word!r} is not one of its values.", Addition.VALUE
