"""What a client reads when a request to an OAuth endpoint is refused (RFC 6749, section 5.2)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import orjson
from starlette.responses import Response

NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
CHALLENGE: Final = 'Basic realm="portico"'


class OAuthCode(StrEnum):
    """The codes of RFC 6749. There are no others."""

    INVALID_REQUEST = "invalid_request"
    """The request lacks a parameter, repeats one, can't be read, or shows the client's secret in two ways. Remedy:
    correct what the description names."""

    INVALID_CLIENT = "invalid_client"
    """The client is not known, its secret is not right or was retired, it was revoked, or its owner was removed.
    Remedy: check id and secret; make a new client where it was revoked. With the status 429: wait."""

    UNAUTHORIZED_CLIENT = "unauthorized_client"
    """The client has shown who it is, but its owner may not have API clients any more. Remedy: let an admin give the
    owner the permission again."""

    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    """There is one grant type, `client_credentials`. Remedy: use it."""

    INVALID_SCOPE = "invalid_scope"
    """A scope is not known, malformed, or not one of the client's. Remedy: ask for some of the client's scopes, or
    leave `scope` out to get all of them."""


class OAuthError(Exception):
    """A request is refused, and nothing was changed. The `description` is for developers, in ASCII without quotation
    marks and backslashes."""

    def __init__(
        self, code: OAuthCode, description: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
        self.headers = dict(headers or {})

    def answer(self) -> Response:
        """What the client reads."""
        body = {"error": self.code.value, "error_description": self.description}
        return answer(body, self.status, self.headers)


def answer(body: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that nobody keeps."""
    return Response(orjson.dumps(body), status, {**NO_STORE, **(headers or {})}, media_type="application/json")


def bad_request(description: str, status: int = 400, **headers: str) -> OAuthError:
    """A request that is not formed as it must be."""
    return OAuthError(OAuthCode.INVALID_REQUEST, description, status, headers)


def unknown_client(description: str) -> OAuthError:
    """A client that has not shown who it is. Which way there is to do so stands in the header, as HTTP wants of 401."""
    return OAuthError(OAuthCode.INVALID_CLIENT, description, 401, {"www-authenticate": CHALLENGE})
