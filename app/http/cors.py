"""Lets pages of the configured origins use `/graphql` from a browser (the Fetch standard, "CORS protocol").

Credentials are not allowed, and neither is the header of session cookies (`app/auth/session_cookie.py`), so a page
without a token is anonymous. The origins must still be listed one by one: otherwise any page could try passwords from
the addresses of its visitors.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app.http.errors import ErrorBoundary

METHODS: Final = ("GET", "POST")

REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Portico-Dry-Run",
    "Portico-View-As",
    "X-Request-Id",
)
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


def parse_origins(text: str) -> tuple[str, ...]:
    """Returns the origins in a comma-separated list, as browsers write them. Raises ValueError for anything else, such
    as `*` and `null`."""
    return tuple(_parse_origin(part) for part in (part.strip(" \t\r\n") for part in text.split(",")) if part)


def _parse_origin(text: str) -> str:
    invalid = ValueError("must be origins such as https://portal.example.com, separated by commas; not * and not null")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise invalid from None
    scheme = parts.scheme
    if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host) or parts.username is not None:
        raise invalid
    # Browsers send ASCII, and lower() would turn other letters into it: the Kelvin sign into k.
    if parts.path not in ("", "/") or "?" in text or "#" in text or not text.isascii():
        raise invalid
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def cross_origin(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Returns `app` in a form that these origins may use; unchanged if there are none. Failures become responses
    within, so that a page can read the reason too."""
    if not origins:
        return app
    return CORSMiddleware(
        ErrorBoundary(app),
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
    )
