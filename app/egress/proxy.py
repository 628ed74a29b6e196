"""The URL of the proxy through which requests go."""

from urllib.parse import unquote, urlsplit

import httpcore

_MESSAGE = "must be the URL of an HTTP proxy, such as http://proxy.internal:4750"


def proxy_of(url: str) -> httpcore.Proxy:
    """The proxy with this URL. Its credentials, if any, are sent to it in Proxy-Authorization. Raises ValueError, whose
    message doesn't repeat the URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(_MESSAGE) from None
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(_MESSAGE)
    credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    default = 443 if parts.scheme == "https" else 80
    return httpcore.Proxy(httpcore.URL(scheme=parts.scheme, host=host, port=port or default, target="/"), credentials)
