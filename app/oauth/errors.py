"""The error responses of the OAuth endpoints (RFC 6749, section 5.2)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import orjson
from starlette.responses import Response

NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
CHALLENGE: Final = 'Basic realm="portico"'


class OAuthCode(StrEnum):
    """The error codes of RFC 6749: those of its section 5.2, and one of section 4.1.2.1 that fits no other."""

    INVALID_REQUEST = "invalid_request"
    """The request lacks a parameter, repeats one, can't be read, or presents the client's secret in two ways. Remedy:
    correct what the description names."""

    INVALID_CLIENT = "invalid_client"
    """The client is unknown, its secret is wrong or was retired, it was revoked, or its owner was removed. Remedy:
    check id and secret; create a new client if it was revoked."""

    UNAUTHORIZED_CLIENT = "unauthorized_client"
    """The client has authenticated, but its owner may no longer have API clients. Remedy: have an admin give the owner
    the permission again."""

    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    """The only grant type is `client_credentials`. Remedy: use it."""

    INVALID_SCOPE = "invalid_scope"
    """A scope is unknown, malformed, or not one of the client's. Remedy: request some of the client's scopes, or omit
    `scope` to get all of them."""

    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    """Too many attempts with a wrong secret, or too many tokens. Remedy: wait as many seconds as `Retry-After` says,
    and keep each token until it expires."""


class OAuthError(Exception):
    """A request is rejected, and nothing was changed. `description` is for developers, in ASCII without quotation marks
    and backslashes."""

    def __init__(
        self, code: OAuthCode, description: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Returns the response for this error."""
        body = {"error": self.code.value, "error_description": self.description}
        return json_response(body, self.status, self.headers)


def json_response(body: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a JSON response that must not be cached."""
    return Response(orjson.dumps(body), status, {**NO_STORE, **(headers or {})}, media_type="application/json")


def bad_request(description: str, status: int = 400, **headers: str) -> OAuthError:
    """An error for a malformed request."""
    return OAuthError(OAuthCode.INVALID_REQUEST, description, status, headers)


def invalid_client(description: str) -> OAuthError:
    """An error for a client that is not authenticated. HTTP requires a challenge header with 401."""
    return OAuthError(OAuthCode.INVALID_CLIENT, description, 401, {"www-authenticate": CHALLENGE})
