"""Encodes and decodes public ids: the prefix of the model and the UUID of the row (`usr_0190…`)."""

import re
from collections.abc import Sequence
from uuid import UUID

from models import Base

_FORMAT = re.compile(r"([a-z]{2,4})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.ASCII)


def encode(model: type[Base], key: UUID) -> str:
    """The public id of the row `key` of `model`."""
    return f"{model.id_prefix}_{key}"


def decode(public_id: str) -> tuple[str, UUID]:
    """Returns the prefix and the key of a public id. A row has one spelling only: capitals and braces are rejected.

    Raises ValueError if the text can't be a public id. The prefix is not checked: an id of an unknown or wrong type is
    treated as an object that does not exist.
    """
    match = _FORMAT.fullmatch(public_id)
    if match is None:
        raise ValueError("not an id")
    return match[1], UUID(match[2])


def key(public_id: str, model: type[Base]) -> UUID | None:
    """The key in the public id of a row of `model`; None if it can't be an id of that type."""
    try:
        prefix, decoded = decode(public_id)
    except ValueError:
        return None
    return decoded if prefix == model.id_prefix else None


def keys(public_ids: Sequence[str], model: type[Base]) -> tuple[UUID | None, ...]:
    """The same for each of several public ids."""
    return tuple(key(public_id, model) for public_id in public_ids)
