"""Public ids: a short prefix for the type and the row's UUID, as text (`usr_0190…`); the same everywhere."""

import re
from collections.abc import Sequence
from uuid import UUID

_FORM = re.compile(r"([a-z]{2,4})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.ASCII)


def encode(prefix: str, key: UUID) -> str:
    """The public id of the row `key` of the type that `prefix` stands for."""
    return f"{prefix}_{key}"


def decode(public_id: str) -> tuple[str, UUID]:
    """The prefix and the key of a public id. One row has one spelling: capitals and braces are refused.

    Raises ValueError when the text can't be a public id. Whether the prefix is one of ours is not asked here: an id of
    an unknown or wrong type is a thing that is not there.
    """
    match = _FORM.fullmatch(public_id)
    if match is None:
        raise ValueError("not an id")
    return match[1], UUID(match[2])


def key(public_id: str, prefix: str) -> UUID | None:
    """The key that the public id of a row of this type stands for; None where it is no id of that type."""
    try:
        of, found = decode(public_id)
    except ValueError:
        return None
    return found if of == prefix else None


def keys(public_ids: Sequence[str], prefix: str) -> tuple[UUID | None, ...]:
    """The key that each of these stands for; None where it is no id of that type."""
    return tuple(key(each, prefix) for each in public_ids)
