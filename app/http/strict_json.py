"""Decodes JSON that all parsers read alike (RFC 8259, and the stricter I-JSON of RFC 7493): no NaN, no lone surrogates,
no duplicate names in an object. Of two members with one name, a proxy that inspects requests may read the other."""

import json
from collections.abc import Sequence
from typing import Any

import orjson

_MAX_NAME_SHOWN = 40


class InvalidJson(ValueError):
    """The text is not such JSON. The message says why, and contains none of the values."""


def decode(text: bytes | str) -> Any:
    """Returns the value of a JSON text. Raises InvalidJson."""
    try:
        # orjson is strict about UTF-8, surrogates and numbers; the standard library reports duplicate names. The result
        # of the latter is thrown away, so its numbers needn't be parsed: their length will do.
        content = orjson.loads(text)
        if isinstance(content, dict | list):
            json.loads(text, object_pairs_hook=_check_names, parse_int=len, parse_float=len)
    except orjson.JSONDecodeError as error:
        raise InvalidJson(str(error)) from None
    except RecursionError:
        raise InvalidJson("it is nested too deeply") from None
    return content


def _check_names(members: Sequence[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise InvalidJson(f"{json.dumps(name[:_MAX_NAME_SHOWN])} appears twice in one object")
        seen.add(name)
