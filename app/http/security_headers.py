"""The headers that every answer carries, whatever route it came from."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = b"content-security-policy"
NOTHING_MAY_LOAD = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

Headers = Iterable[tuple[bytes, bytes]]


class SecurityHeaders:
    """Middleware that adds the headers below. A page that needs more than nothing sends its own content security
    policy, which then stays. `https` adds strict transport security (RFC 6797): a year, for this host alone."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self.headers: list[tuple[bytes, bytes]] = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if https:
            self.headers.append((b"strict-transport-security", b"max-age=31536000"))
        self.closed = [*self.headers, (CONTENT_SECURITY_POLICY, NOTHING_MAY_LOAD)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                message["headers"] = [*own, *(self.headers if has_policy(own) else self.closed)]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def has_policy(headers: Headers) -> bool:
    """Whether these headers hold a content security policy already."""
    return any(name == CONTENT_SECURITY_POLICY for name, _ in headers)
