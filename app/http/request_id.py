"""Gives each request an id, which its response, its log lines and its masked errors carry."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.types import Scope

HEADER = b"x-request-id"

_PLAIN = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
CURRENT: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the current request, or `-` outside a request."""


def current() -> str:
    """Returns the id of the current request, or `-` outside a request."""
    return CURRENT.get()


@contextmanager
def within(new_id: str) -> Iterator[None]:
    """Makes `new_id` the id of the current request until the end of the block."""
    token = CURRENT.set(new_id)
    try:
        yield
    finally:
        CURRENT.reset(token)


def accept_or_generate(sent: bytes | None) -> str:
    """Returns the id that the client sent if it is 1 to 64 plain characters, else a new one of 16 hex digits."""
    if sent is not None and _PLAIN.fullmatch(sent):
        return sent.decode("ascii")
    return f"{random.getrandbits(64):016x}"  # an identifier, not a secret


def header(scope: Scope, name: bytes) -> bytes | None:
    """Returns the first header of a request named `name` (lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            first: bytes = value
            return first
    return None
