"""What the pages say about a password while it is typed: the words for its score, and the API's advice in other
languages than English."""

from collections.abc import Mapping
from typing import Final

from app.documents.page_documents import STRENGTH_QUERY
from app.pages.vocabulary import Translator

SCORES: Final = ("Very easy to guess", "Easy to guess", "Too easy to guess", "Strong", "Very strong")
"""The words for the scores 0 to 4 of `passwordStrength`."""

GERMAN: Final = {
    "This password is easy to guess.": "Dieses Passwort ist leicht zu erraten.",
    "Use a few words, avoid common phrases.": "Verwenden Sie einige Wörter, aber keine gängigen Wendungen.",
    "No need for symbols, digits, or uppercase letters.": "Zeichen, Ziffern oder Großbuchstaben sind nicht nötig.",
    "Add another word or two. Uncommon words are better.": (
        "Fügen Sie ein oder zwei Wörter hinzu. Seltene Wörter sind besser."
    ),
    "Straight rows of keys are easy to guess.": "Gerade Tastenreihen sind leicht zu erraten.",
    "Short keyboard patterns are easy to guess.": "Kurze Tastaturmuster sind leicht zu erraten.",
    "Use a longer keyboard pattern with more turns.": "Verwenden Sie ein längeres Tastaturmuster mit mehr Wendungen.",
    'Repeats like "aaa" are easy to guess.': "Wiederholungen wie „aaa“ sind leicht zu erraten.",
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': (
        "Wiederholungen wie „abcabcabc“ sind kaum schwerer zu erraten als „abc“."
    ),
    "Avoid repeated words and characters.": "Vermeiden Sie wiederholte Wörter und Zeichen.",
    'Sequences like "abc" or "6543" are easy to guess.': "Folgen wie „abc“ oder „6543“ sind leicht zu erraten.",
    "Avoid sequences.": "Vermeiden Sie Folgen.",
    "Recent years are easy to guess.": "Jahreszahlen der letzten Zeit sind leicht zu erraten.",
    "Avoid recent years.": "Vermeiden Sie Jahreszahlen der letzten Zeit.",
    "Avoid years that are associated with you.": "Vermeiden Sie Jahreszahlen, die mit Ihnen zu tun haben.",
    "Dates are often easy to guess.": "Datumsangaben sind oft leicht zu erraten.",
    "Avoid dates and years that are associated with you.": (
        "Vermeiden Sie Datumsangaben und Jahreszahlen, die mit Ihnen zu tun haben."
    ),
    "This is a top-10 common password.": "Das ist eines der zehn häufigsten Passwörter.",
    "This is a top-100 common password.": "Das ist eines der hundert häufigsten Passwörter.",
    "This is a very common password.": "Das ist ein sehr häufiges Passwort.",
    "This is similar to a commonly used password.": "Das ähnelt einem häufigen Passwort.",
    "A word by itself is easy to guess.": "Ein einzelnes Wort ist leicht zu erraten.",
    "Names and surnames by themselves are easy to guess.": "Einzelne Vor- und Nachnamen sind leicht zu erraten.",
    "Common names and surnames are easy to guess.": "Häufige Vor- und Nachnamen sind leicht zu erraten.",
    "Capitalization doesn't help very much.": "Großschreibung hilft kaum.",
    "All-uppercase is almost as easy to guess as all-lowercase.": (
        "Nur Großbuchstaben sind fast so leicht zu erraten wie nur Kleinbuchstaben."
    ),
    "Reversed words aren't much harder to guess.": "Rückwärts geschriebene Wörter sind kaum schwerer zu erraten.",
    "Predictable substitutions like '@' instead of 'a' don't help very much.": (
        "Vorhersehbare Ersetzungen wie „@“ statt „a“ helfen kaum."
    ),
}

TRANSLATIONS: Final[Mapping[str, Mapping[str, str]]] = {"de": GERMAN}
"""The translations of the advice of each language, by the English sentence."""


def strength_words(language: str, translate: Translator) -> dict[str, object]:
    """Returns what the script of the form needs: its query, the words for the scores, and the translated advice."""
    lengths = ("Use at least 10 characters.",)
    advice = {**{text: translate(text) for text in lengths}, **TRANSLATIONS.get(language, {})}
    return {"query": STRENGTH_QUERY, "scores": [translate(word) for word in SCORES], "advice": advice}
