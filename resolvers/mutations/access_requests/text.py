"""Checks the free text of access requests: reasons, notes, and the words that name an account."""

from collections.abc import Iterator

from resolvers.errors import Problem, invalid
from resolvers.validation.characters import find_invisible


def text_problems(text: str, maximum: int, *path: str, lines: bool = True) -> Iterator[Problem]:
    """The problems (INVALID) of a text of 1 to `maximum` characters, in several `lines` or in one."""
    stripped = text.strip()
    if not stripped:
        yield invalid("Enter a text.", *path)
    elif len(stripped) > maximum:
        yield invalid(f"This text can have at most {maximum:,} characters.", *path)
    elif find_invisible(stripped.replace("\n", " ") if lines else stripped):
        others = " other than line breaks" if lines else ""
        yield invalid(f"This text can't contain invisible or control characters{others}.", *path)
