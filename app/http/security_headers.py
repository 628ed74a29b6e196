"""Adds security headers to the responses of all routes."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = b"content-security-policy"
NOTHING_MAY_LOAD = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

Headers = Iterable[tuple[bytes, bytes]]


class SecurityHeaders:
    """Middleware that adds the headers below. A page that loads something sends its own content security policy, which
    is kept. `https` adds strict transport security (RFC 6797): for a year, without subdomains."""

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
        self.headers_with_policy = [*self.headers, (CONTENT_SECURITY_POLICY, NOTHING_MAY_LOAD)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = message.get("headers", ())
                message["headers"] = [*sent, *(self.headers if has_policy(sent) else self.headers_with_policy)]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def has_policy(headers: Headers) -> bool:
    """Whether these headers already contain a content security policy."""
    return any(name == CONTENT_SECURITY_POLICY for name, _ in headers)
