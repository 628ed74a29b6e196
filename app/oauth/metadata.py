"""Metadata for programs: the addresses of the endpoints, and the keys for verifying tokens."""

from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.backend import backend_of
from models import Scope

WELL_KNOWN: Final = "/.well-known/oauth-authorization-server"
TOKEN, REVOKE, INTROSPECT, JWKS = "/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/jwks"
METHODS: Final = ["client_secret_basic", "client_secret_post"]

CACHED: Final = {"cache-control": "public, max-age=300"}
"""A client may cache the keys for five minutes; a new key is published much longer than that before it signs."""


def metadata(issuer: str) -> dict[str, Any]:
    """Returns the document of RFC 8414. Without an authorization endpoint, the only response type is `none`: the member
    is required and must not be empty."""
    return {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN,
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint": issuer + REVOKE,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "introspection_endpoint": issuer + INTROSPECT,
        "introspection_endpoint_auth_methods_supported": METHODS,
        "jwks_uri": issuer + JWKS,
        "scopes_supported": [scope.value for scope in Scope],
        "response_types_supported": ["none"],
        "grant_types_supported": ["client_credentials"],
    }


async def jwks(request: Request) -> Response:
    """GET `/oauth2/jwks`: the public keys (RFC 7517)."""
    keys = await backend_of(request.scope).access_tokens.keys.published_jwks()
    return Response(orjson.dumps({"keys": keys}), headers=CACHED, media_type="application/jwk-set+json")


def metadata_routes(issuer: str, path: str) -> list[BaseRoute]:
    """The routes of the document. RFC 8414 puts `path`, the path of the issuer's URL, behind the well-known one, so a
    proxy that strips it from Portico's addresses must pass `/.well-known/…/path` on unchanged."""
    body = orjson.dumps(metadata(issuer))

    async def show(_request: Request) -> Response:
        return Response(body, headers=CACHED, media_type="application/json")

    addresses = dict.fromkeys((WELL_KNOWN, WELL_KNOWN + path))
    return [Route(address, show, methods=["GET"]) for address in addresses]
