"""Takes JSON text apart without changing it: what is hashed is the text as PostgreSQL prints it."""

import json

_DECODER = json.JSONDecoder()
_SEPARATOR, _BETWEEN = ": ", ", "


def member_texts(text: str) -> dict[str, str]:
    """The text of each member of the object in `text`, which PostgreSQL has printed. Raises ValueError."""
    members: dict[str, str] = {}
    at = 1
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = at + len(_SEPARATOR)
        _, at = _DECODER.raw_decode(text, start)
        members[name] = text[start:at]
        if text.startswith(_BETWEEN, at):
            at += len(_BETWEEN)
    return members
