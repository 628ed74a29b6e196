"""Which foreign pages may ask `/graphql` and read the answers (the Fetch standard, "CORS protocol").

There are no cookies, so a browser adds nothing of its own to a foreign page's request: without the token a page is
nobody. The origins are named one by one all the same: any page could otherwise try passwords from the addresses of its
visitors.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from app.http.errors import ErrorBoundary

METHODS: Final = ("GET", "POST")

REQUEST_HEADERS: Final = ("Authorization", "Content-Type", "Idempotency-Key", "Portico-Dry-Run", "X-Request-Id")
"""The headers that a page may send."""

RESPONSE_HEADERS: Final = (
    "Idempotency-Replayed",
    "Portico-Policy-Version",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-Id",
)
"""The headers that a page may read."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


def origins_in(text: str) -> tuple[str, ...]:
    """The origins in a list with commas, as browsers write them. Raises ValueError for what is none, such as `*` and
    `null`."""
    return tuple(_origin(one) for one in map(str.strip, text.split(",")) if one)


def _origin(text: str) -> str:
    expected = ValueError("must be origins such as https://portal.example.com, separated by commas; not * and not null")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise expected from None
    scheme = parts.scheme
    if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host) or parts.username is not None:
        raise expected
    if parts.path not in ("", "/") or "?" in text or "#" in text:
        raise expected
    named = f"[{host}]" if ":" in host else host
    return f"{scheme}://{named}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{named}:{port}"


def cross_origin(origins: Sequence[str]) -> list[Middleware]:
    """What stands around a route that these origins may use, from the outside in; nothing for no origins.

    A failure becomes an answer inside of it: a page must be able to read why, too.
    """
    if not origins:
        return []
    allowed = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
    )
    return [allowed, Middleware(ErrorBoundary)]
