"""What a refusal of an unknown word adds: who can make it a word, and where that is written.

An author can't: permissions, actions, kinds of actors, traits, questions and flags are in the code.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import Enum, StrEnum

from models import Audience, Permission, Scope

PAGE = "docs/policy-words.md"
"""The page on what an author can do alone, and what needs a developer."""

_TYPO = 0.75
"""From this similarity on, a word is a known one misspelt. Below it, it may be one that the author hoped for."""


class Addition(Enum):
    """What a developer can add to the vocabulary; the value is the heading of its section."""

    PERMISSION = "A permission"
    SCOPE = "A scope"
    ACTION = "An action"
    TYPE = "A type or a kind of actor"
    TRAIT = "A trait"
    QUESTION = "A question about the actor"
    ATTRIBUTE = "A column, a relation or a flag"
    VALUE = "A value of a column or a trait"


_NOUNS: dict[type[StrEnum], tuple[str, Addition]] = {
    Permission: ("permission", Addition.PERMISSION),
    Scope: ("scope", Addition.SCOPE),
    Audience: ("audience", Addition.VALUE),
}


def pointer(word: str, known: Iterable[str], addition: Addition) -> str:
    """Returns where the page says how a developer adds such a word, with a blank before it; "" for a misspelt word."""
    if get_close_matches(word.casefold(), [each.casefold() for each in known], 1, _TYPO):
        return ""
    noun = addition.value[0].lower() + addition.value[1:]
    anchor = addition.value.lower().replace(" ", "-").replace(",", "")
    return f" A developer can add {noun}: see {PAGE}#{anchor}."


def no_such_value(word: str, known: Iterable[str]) -> tuple[str, Addition]:
    """Returns the reason for which `word` is refused where a value must be one of `known`, and what it would be."""
    values = frozenset(map(str, known))
    for enum, (noun, addition) in _NOUNS.items():
        if values == frozenset(map(str, enum)):
            return f"There is no {noun} {word}.", addition
    return f"{word!r} is not one of its values.", Addition.VALUE
