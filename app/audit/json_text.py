"""Takes JSON text apart without changing it: what is hashed is the text as PostgreSQL prints it."""

import json

_DECODER = json.JSONDecoder()
_AS_JSONB = ", ", ": "


def member_texts(text: str, separators: tuple[str, str] = _AS_JSONB) -> dict[str, str]:
    """The text of each member of the object in `text`, which PostgreSQL has printed, with these separators between
    members, and between name and value. Raises ValueError."""
    between, separator = separators
    members: dict[str, str] = {}
    at = 1
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = at + len(separator)
        _, at = _DECODER.raw_decode(text, start)
        members[name] = text[start:at]
        if text.startswith(between, at):
            at += len(between)
    return members
