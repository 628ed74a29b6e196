"""A request's body must arrive in time: who sends one byte now and then would hold a connection for good."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import HttpCode, HttpError


class BodyTimeout:
    """Middleware behind which reading a body raises HttpError (408) when it is not whole `seconds` after its request
    began. The connection ends with that answer, since nobody knows where the next request in it would begin."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self.seconds
        whole = False

        async def receive_in_time() -> Message:
            nonlocal whole
            if whole:
                # Whoever listens on waits for the client to hang up, and may do so for as long as the answer takes.
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            whole = not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time, send)

    def _too_slow(self) -> HttpError:
        message = f"The body did not arrive within {self.seconds:g} seconds."
        return HttpError(408, HttpCode.BODY_TOO_SLOW, message, headers={"connection": "close"})
