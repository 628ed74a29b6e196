"""Sessions in a cookie, for pages at the base URL (RFC 10017, "OAuth 2.0 for Browser-Based Applications").

A browser adds a cookie to requests of foreign pages too, so a request uses it only if none of them can have sent it:

- it is a POST of JSON with the header `Portico-Session: cookie`, which no form can send, and no script of another
  origin: such a script may send it only after a preflight request, and `app/http/cors.py` doesn't list the header;
- the browser says that the page has the origin of this server, in `Origin` and, unless it is an old browser, in
  `Sec-Fetch-Site`.

Without that header, the cookie is ignored. With it, the rest is required: a page at the wrong address gets an error
that says so, and not the response to an anonymous caller. A request with `Authorization` uses neither.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from starlette.types import Scope

from app.http.cors import parse_origins
from app.http.errors import HttpCode, HttpError
from app.http.media_type import has_media_type
from app.http.request_id import header
from resolvers.callers.credentials import SessionToken
from schema.execution.session_cookie import SessionCookie

HEADER: Final = b"portico-session"
COOKIE: Final = b"cookie"
"""The only value of the header."""

NAME: Final = "portico-session"
MAX_TOKEN_BYTES: Final = 512
"""Bytes of a session token."""

CACHE_ENTRIES: Final = 64
"""How many origins are cached. A server has few, and a client can send any."""

_SCOPE_KEY = "portico.session_cookie"
_SAME_ORIGIN = [b"same-origin"]


@dataclass(eq=False)
class NamedCookie(SessionCookie):
    """The session cookie of a request, and the origin of the pages that it is for."""

    origin: str = ""

    def header_value(self) -> str | None:
        """Returns the value of `Set-Cookie` for what the operation did; None if the cookie stays."""
        if self.issued is None and not self.ended:
            return None
        # Without Max-Age, the browser forgets it when it is closed. The server ends the session anyway.
        name = name_at(self.origin)
        value = f"{name}={self.issued}" if self.issued is not None else f"{name}=; Max-Age=0"
        return f"{value}; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if _is_https(self.origin) else "")


@lru_cache(CACHE_ENTRIES)
def name_at(origin: str) -> str:
    """Returns the name of the cookie at an origin. Cookies are shared by the ports of a host, so it has the port if
    that isn't the default one: servers on one machine don't sign each other's users out."""
    port = urlsplit(origin).port
    return f"{'__Host-' if _is_https(origin) else ''}{NAME}" + ("" if port is None else f"-{port}")


def _is_https(origin: str) -> bool:
    return origin.startswith("https://")


@dataclass(frozen=True, slots=True)
class CookieSite:
    """Where cookies are valid: at the `origin` of the base URL.

    Without a base URL, `origin` is None. Then it is the address that the request was sent to, if that is an IP address,
    this machine by name, or `host`, the configured name. No other name is believed: it could be that of a foreign page,
    whose DNS server now says that it is this machine (DNS rebinding).
    """

    origin: str | None = None
    host: str = ""

    @classmethod
    def of(cls, base_url: str | None, host: str) -> Self:
        """The site of a server with this base URL, if it is set, and this host to listen on."""
        return cls(_origin_of(base_url) if base_url else None, host)

    def origin_for(self, scope: Scope) -> str | None:
        """Returns the origin of pages that may use the cookie; None if the request was sent to an unknown name."""
        if self.origin is not None:
            return self.origin
        hosts = _values(scope, b"host")
        origin = _origin_of(f"{scope['scheme']}://{hosts[0].decode('latin-1')}") if len(hosts) == 1 else None
        return origin if origin is not None and self._is_trusted(urlsplit(origin).hostname or "") else None

    def _is_trusted(self, name: str) -> bool:
        return name in ("localhost", self.host.lower()) or name.endswith(".localhost") or _is_ip(name)


def uses_cookie(scope: Scope) -> bool:
    """Whether a request asks to be authenticated by its cookie. Raises HttpError (400) if that is unclear."""
    values = _values(scope, HEADER)
    if not values or _values(scope, b"authorization"):
        return False
    if values != [COOKIE]:
        raise _rejected("The only value of this header is: cookie.", "Portico-Session")
    return True


def read_cookie(scope: Scope, site: CookieSite) -> SessionCookie:
    """Returns the cookie of a request that uses it, and remembers it for the response. Raises HttpError (400) if a
    foreign page may have sent the request."""
    origin = site.origin_for(scope)
    if scope["method"] != "POST" or not has_media_type(header(scope, b"content-type"), b"application/json"):
        raise _rejected("Send the operation by POST, as application/json.", "Portico-Session")
    if origin is None or _values(scope, b"origin") != [origin.encode()]:
        raise _rejected(f"A session in a cookie is for {_pages(origin)}.", "Origin")
    if _is_of_foreign_page(scope):
        raise _rejected(f"A session in a cookie is for {_pages(origin)}.", "Sec-Fetch-Site")
    cookie = NamedCookie(origin=origin)
    offered = offered_cookies(scope, name_at(origin))
    if len(offered) == 1 and 0 < len(offered[0]) <= MAX_TOKEN_BYTES:
        cookie.session = SessionToken.of(offered[0])
    # Of several with one name, the browser's own can't be told from a planted one.
    cookie.ended = bool(offered) and cookie.session is None
    scope[_SCOPE_KEY] = cookie
    return cookie


def cookie_of(scope: Scope, site: CookieSite) -> SessionCookie:
    """Returns the cookie that an operation may start a session in: that of `read_cookie`, or a new one. A request
    without the header may do so too, unless it comes from a foreign page."""
    cookie: NamedCookie | None = scope.get(_SCOPE_KEY)
    if cookie is None:
        origin = site.origin_for(scope)
        cookie = scope[_SCOPE_KEY] = NamedCookie(origin=origin or "")
        if origin is None or _values(scope, b"origin") not in ([], [origin.encode()]) or _is_of_foreign_page(scope):
            cookie.refusal = f"A session in a cookie is for {_pages(origin)}."
    return cookie


def set_cookie_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Returns the headers that set or delete the session cookie, if the operation of the request did that."""
    cookie: NamedCookie | None = scope.get(_SCOPE_KEY)
    value = cookie.header_value() if cookie is not None else None
    return [] if value is None else [(b"set-cookie", value.encode("ascii"))]


def _is_of_foreign_page(scope: Scope) -> bool:
    return _values(scope, b"sec-fetch-site") not in ([], _SAME_ORIGIN)


def _pages(origin: str | None) -> str:
    if origin is None:
        return "pages at an IP address or localhost; set PORTICO_BASE_URL for another name"
    return f"pages at {origin}"


def offered_cookies(scope: Scope, name: str) -> list[bytes]:
    """Returns the values of all cookies of a request that have this name."""
    pairs = (pair.strip().partition(b"=") for line in _values(scope, b"cookie") for pair in line.split(b";"))
    return [value for key, _, value in pairs if key == name.encode()]


@lru_cache(CACHE_ENTRIES)
def _origin_of(url: str) -> str | None:
    """The origin of an address, as browsers write it; None if it has none."""
    try:
        parts = urlsplit(url)
        (origin,) = parse_origins(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        return None
    return origin


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]


def _rejected(message: str, argument: str) -> HttpError:
    return HttpError(400, HttpCode.BAD_REQUEST, message, argument=argument)
