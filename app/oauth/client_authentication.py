"""How a client shows its id and secret: by HTTP Basic or in the body, never both (RFC 6749, section 2.3.1)."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from starlette.requests import Request

from app.auth.jwt_access_tokens import CLIENT
from app.oauth.errors import OAuthError, bad_request, unknown_client
from resolvers.identity.access_tokens import ClientCredentials
from resolvers.public_id import key


def shown(request: Request, form: Mapping[str, str]) -> ClientCredentials:
    """What the client shows; it may be wrong. Raises OAuthError where it shows nothing, too much, or what can't be
    read."""
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise bad_request("There is more than one header Authorization.")
    if not headers:
        return _from_form(form)
    if "client_secret" in form:
        raise bad_request("Show the secret in the header or in the body, not in both.")
    client_id, secret = _from_header(headers[0])
    if form.get("client_id", client_id) != client_id:
        raise bad_request("The client_id in the body is not the one in the header.")
    return ClientCredentials(key(client_id, CLIENT), secret)


def _from_form(form: Mapping[str, str]) -> ClientCredentials:
    if "client_id" not in form or "client_secret" not in form:
        raise unknown_client("Show client_id and client_secret, by HTTP Basic or in the body.")
    return ClientCredentials(key(form["client_id"], CLIENT), form["client_secret"])


def _from_header(value: str) -> tuple[str, str]:
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        raise unknown_client("Of the schemes of HTTP, Basic is the one that is supported here.")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _unreadable() from None
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise _unreadable()
    try:
        # Both are form-encoded inside of Basic. Ours are the same either way, so who forgets that is understood, too.
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except UnicodeError:
        raise _unreadable() from None


def _unreadable() -> OAuthError:
    return unknown_client("The header must be Basic, and base64 of client_id:client_secret in UTF-8.")
