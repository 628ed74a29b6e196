"""Limits the time in which a request body must arrive. Otherwise a client that sends a byte now and then would keep a
connection forever."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import HttpCode, HttpError


class BodyTimeout:
    """Middleware that makes reading a body raise HttpError (408) if it isn't complete `seconds` after its request
    began. The response closes the connection, because it's unknown where the next request in it would begin."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self.seconds
        complete = False

        async def receive_in_time() -> Message:
            nonlocal complete
            if complete:
                # From here on, the application waits for a disconnect, for as long as the response takes.
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            complete = not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time, send)

    def _too_slow(self) -> HttpError:
        message = f"The body did not arrive within {self.seconds:g} seconds."
        return HttpError(408, HttpCode.BODY_TOO_SLOW, message, headers={"connection": "close"})
