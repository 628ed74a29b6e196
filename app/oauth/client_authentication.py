"""Reads a client's id and secret, from HTTP Basic or the body, never both (RFC 6749, section 2.3.1)."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from starlette.requests import Request

from app.oauth.errors import OAuthError, bad_request, invalid_client
from models import ApiClient
from resolvers.identity.access_tokens import ClientCredentials
from resolvers.public_id import key


def presented_credentials(request: Request, form: Mapping[str, str]) -> ClientCredentials:
    """Returns the credentials that the client sent, unchecked. Raises OAuthError if there are none, more than one, or
    malformed ones."""
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise bad_request("There is more than one Authorization header.")
    if not headers:
        return _from_form(form)
    if "client_secret" in form:
        raise bad_request("Send the secret in the header or in the body, not in both.")
    client_id, secret = _from_header(headers[0])
    if form.get("client_id", client_id) != client_id:
        raise bad_request("The client_id in the body is not the one in the header.")
    return ClientCredentials(key(client_id, ApiClient), secret)


def _from_form(form: Mapping[str, str]) -> ClientCredentials:
    if "client_id" not in form or "client_secret" not in form:
        raise invalid_client("Send client_id and client_secret, by HTTP Basic or in the body.")
    return ClientCredentials(key(form["client_id"], ApiClient), form["client_secret"])


def _from_header(value: str) -> tuple[str, str]:
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client("The only supported HTTP authentication scheme is Basic.")
    try:
        text = base64.b64decode(encoded.strip(" \t"), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _malformed() from None
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise _malformed()
    try:
        # Both are form-encoded inside Basic. Portico's are the same either way, so clients may omit the encoding.
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except UnicodeError:
        raise _malformed() from None


def _malformed() -> OAuthError:
    return invalid_client("The header must be Basic with the base64 of client_id:client_secret in UTF-8.")
