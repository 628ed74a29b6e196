"""Notices the disconnection of a client, so that work whose result nobody awaits can be skipped or cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Final, Self

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

_DISCONNECTION = "portico.disconnection"

GRACE_SECONDS: Final = 0.05
"""How long work may take before the server watches for a disconnection: to watch costs more than most reads."""


def watch_disconnection(scope: Scope, receive: Receive) -> None:
    """Remembers in the scope how to wait for the disconnection. Call it when the whole body has been read."""
    scope[_DISCONNECTION] = partial(_wait, receive)


def disconnection_of(scope: Scope) -> Callable[[], Awaitable[None]] | None:
    """Returns a function that waits until the client has disconnected; None if `watch_disconnection` was not called."""
    disconnection: Callable[[], Awaitable[None]] | None = scope.get(_DISCONNECTION)
    return disconnection


class cancelled_on_disconnection:  # noqa: N801
    """A block (`with`) whose task is cancelled if the client disconnects; the block then raises ClientDisconnect.

    Use it for work that changes nothing. `scope` is that of the request; without `watch_disconnection`, nothing is
    cancelled.
    """

    def __init__(self, scope: Scope) -> None:
        self._disconnection = disconnection_of(scope)
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._gone = False

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        if self._disconnection is not None:
            self._timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._watch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._gone and self._task is not None:
            # Whoever else cancels the task, such as the end of the server, must not be mistaken for the client.
            others = self._task.uncancel()
            if not others and (kind is None or kind is asyncio.CancelledError):
                raise ClientDisconnect from None

    def _watch(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._cancel_when_gone())

    async def _cancel_when_gone(self) -> None:
        assert self._disconnection is not None
        await self._disconnection()
        assert self._task is not None
        self._gone = self._task.cancel()


async def _wait(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
