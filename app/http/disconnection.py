"""Waits for the disconnection of a client, so that work whose result is no longer awaited can be skipped."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.types import Receive, Scope

_RECEIVE = "portico.receive"


def watch_disconnection(scope: Scope, receive: Receive) -> None:
    """Remembers in the scope how to wait for the disconnection. Call it when the whole body has been read."""
    scope[_RECEIVE] = receive


def disconnection_of(scope: Scope) -> Callable[[], Awaitable[None]] | None:
    """Returns a function that waits until the client has disconnected; None if `watch_disconnection` was not called."""
    receive = scope.get(_RECEIVE)
    return partial(_wait, receive) if receive is not None else None


async def _wait(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
