"""Which characters a name may hold: those that a reader sees."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.validation.characters import MARKS_MAX, find_invisible, has_misplaced_marks

BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
FILLERS = "\u115f\u1160\u3164\uffa0\u2800\U0001d159"
# Ranges of DerivedCoreProperties.txt, of which the standard library knows nothing.
DEFAULT_IGNORABLE = [
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0000, 0xE1000)),
    *"\u00ad\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff",
    *BIDI_CONTROLS,
    *FILLERS,
]


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "José Müller",
        "Nguyễn Thị Hương",
        "Ольга",
        "Ελένη",
        "田中 太郎",
        "김민준",
        "עברית",
        "فاطمة",
        "می\u200cخواهم",
        "क्\u200dष",
        "ක්\u200dරි",
        "ACME · North (2) & Söhne, “K”",
        "Zoë 😀",
        "Col·lecció",
        "東京\u3000タワー",
        "１２３ ｱｲｳ",
    ],
)
def test_names_of_all_scripts(name: str) -> None:
    assert find_invisible(name) is None
    assert not has_misplaced_marks(name)


@pytest.mark.parametrize("name", ["{}", "Ada{}", "{}Ada", "A{}da", "א{}ב"])
def test_ignorable_characters_are_found(name: str) -> None:
    missed = [character for character in DEFAULT_IGNORABLE if find_invisible(name.format(character)) != character]
    assert missed == []


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize("name", ["{}", "{}Ada", "Ada{}", "A{}da", "क्{}", "👩{}💻", "1{}2", " {} "])
def test_joiners_stay_inside_words(joiner: str, name: str) -> None:
    assert find_invisible(name.format(joiner)) == joiner


@given(st.characters())
def test_only_characters_with_a_form_are_allowed(character: str) -> None:
    allowed = find_invisible(character) is None
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        assert not allowed


def test_no_format_character_is_allowed_alone() -> None:
    hidden = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) == "Cf"]
    assert [character for character in hidden if find_invisible(character) is None] == []


@pytest.mark.parametrize(
    ("name", "misplaced"),
    [
        ("\u0301Ada", True),
        ("\u20ddAda", True),
        ("Z" + "\u0335" * MARKS_MAX, False),
        ("Z" + "\u0335" * (MARKS_MAX + 1), True),
        ("\u1e69" + "\u0335" * (MARKS_MAX - 1), True),
        ("हिन्दी", False),
    ],
)
def test_marks_neither_begin_a_name_nor_pile_up(name: str, misplaced: bool) -> None:
    assert has_misplaced_marks(name) is misplaced
