"""The cookie that binds a sign-in at a provider to the browser in which it began.

It is `SameSite=Lax`, because the browser comes back from the provider's site. It holds the flow, encrypted, and opens
nothing by itself: the page that began the flow has the verifier.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from app.auth.session_cookie import NAME as SESSION
from app.auth.session_cookie import name_at, offered_cookies
from resolvers.openid.sealed import FLOW_SECONDS

NAME: Final = "portico-sso"


def _name(address: str) -> str:
    parts = urlsplit(address)
    return name_at(f"{parts.scheme}://{parts.netloc}").replace(SESSION, NAME)


def set_flow_cookie(address: str, sealed: str) -> str:
    """The value of `Set-Cookie` for a flow that begins, at the base URL `address`."""
    return f"{_name(address)}={sealed}; Max-Age={FLOW_SECONDS}{_attributes(address)}"


def delete_flow_cookie(address: str) -> str:
    """The value of `Set-Cookie` for a flow that has ended."""
    return f"{_name(address)}=; Max-Age=0{_attributes(address)}"


def read_flow_cookie(scope: Scope, address: str) -> str | None:
    """The flow of a browser. Of several cookies with one name, the browser's own can't be told from a planted one: then
    there is none."""
    offered = offered_cookies(scope, _name(address))
    return offered[0].decode("latin-1") if len(offered) == 1 else None


def _attributes(address: str) -> str:
    return "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if address.startswith("https://") else "")
