"""The conditions of filter inputs, which are declared with their node types in `schema/types/`."""

from collections.abc import Callable
from typing import Any

import strawberry

from models import Base

SEARCH_LENGTH = 200
"""Maximum characters of a search term."""

LIST_LENGTH = 1000
"""Maximum entries of a list in any argument."""


def condition(description: str, bounds: tuple[int, int] | None = None) -> Any:
    """A condition of a filter. If omitted or null, it has no effect. A number must lie within `bounds`."""
    metadata = {} if bounds is None else {"bounds": bounds}
    return strawberry.field(description=description, default=strawberry.UNSET, metadata=metadata)


def with_inputs(description: str, encode: Callable[[Any], str], most: int) -> Any:
    """A condition with a list of at most `most` inputs, which `encode` turns into the text that is bound."""
    metadata = {"encode": encode, "most": most}
    return strawberry.field(description=description, default=strawberry.UNSET, metadata=metadata)


def with_text(fields: str) -> Any:
    """A search condition; `fields` names the searched fields of the node."""
    description = (
        f"Words that must all occur in {fields}, in any order. Parts of words match, and case and accents are ignored. "
        f"At most {SEARCH_LENGTH} characters."
    )
    return strawberry.field(description=description, default=strawberry.UNSET, metadata={"length": SEARCH_LENGTH})


def with_ids(model: type[Base], description: str) -> Any:
    """A condition with a list of ids of rows of `model`."""
    return strawberry.field(
        description=f"{description} An empty list matches nothing.",
        default=strawberry.UNSET,
        metadata={"model": model},
    )
