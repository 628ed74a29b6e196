"""JSON that every reader reads alike (RFC 8259, and the stricter I-JSON of RFC 7493): no NaN, no lone surrogates, no
name twice in one object. Of two members with one name, a proxy that inspects requests may look at the other one."""

import json
from collections.abc import Sequence
from typing import Any

import orjson

_LONGEST_SHOWN = 40


class NotJson(ValueError):
    """The text is not JSON that every reader reads alike; the message tells why, and nothing of the values in it."""


def decode(text: bytes | str) -> Any:
    """What a JSON text holds. Raises NotJson."""
    try:
        # orjson is strict about UTF-8, surrogates and numbers; the standard library shows names that come twice. What
        # the latter makes of the text is thrown away, so no number needs to be more than its length.
        content = orjson.loads(text)
        if isinstance(content, dict | list):
            json.loads(text, object_pairs_hook=_once, parse_int=len, parse_float=len)
    except orjson.JSONDecodeError as error:
        raise NotJson(str(error)) from None
    except RecursionError:
        raise NotJson("it is nested too deep") from None
    return content


def _once(members: Sequence[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise NotJson(f"{json.dumps(name[:_LONGEST_SHOWN])} stands twice in one object")
        seen.add(name)
