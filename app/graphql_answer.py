"""From what GraphQL says to an HTTP answer (GraphQL over HTTP, "Response").

`application/json` answers 200 to whatever could be read as an operation; to who accepts
`application/graphql-response+json` an answer without data has the status of its error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.types import Scope, Send

from app.backend import backend_of
from app.request_id import header

GRAPHQL_RESPONSE = b"application/graphql-response+json"
_JSON_TYPE = (b"content-type", b"application/json; charset=utf-8")
_GRAPHQL_TYPE = (b"content-type", GRAPHQL_RESPONSE + b"; charset=utf-8")
POLICY_VERSION = b"portico-policy-version"
"""The header that says under which policy an answer was made."""

_NO_STORE = (b"cache-control", b"no-store")

STATUS = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "TIMED_OUT": 504,
}
"""The status of an answer without data, by the code of its first error; 400 for all others."""

ALWAYS = (500, 503, 504)
"""The statuses that `application/json` answers have too: proxies and monitors must see them."""


def wants_graphql_response(scope: Scope) -> bool:
    """Whether the client named `application/graphql-response+json` among what it accepts."""
    accept = header(scope, b"accept")
    return accept is not None and GRAPHQL_RESPONSE in accept.lower()


def wants_page(scope: Scope) -> bool:
    """Whether this is a person's browser that opens an address, not a program that asks for JSON."""
    accept = header(scope, b"accept") or b""
    return b"text/html" in accept and b"json" not in accept


async def send_data(scope: Scope, send: Send, data: bytes) -> None:
    """Sends the JSON text of an operation's data as it is."""
    await _send(scope, send, 200, b'{"data":' + data + b"}")


async def send_result(
    scope: Scope, send: Send, data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]
) -> None:
    """Sends data, errors, or both; `data` None is left out, as the GraphQL specification asks for."""
    result: dict[str, Any] = {}
    if errors:
        result["errors"] = errors
    if data is not None:
        result["data"] = data
    await _send(scope, send, _status(scope, data, errors), orjson.dumps(result))


def _status(scope: Scope, data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]) -> int:
    if data is not None:
        return 200
    status = STATUS.get(errors[0].get("extensions", {}).get("code", ""), 400)
    return status if status in ALWAYS or wants_graphql_response(scope) else 200


async def _send(scope: Scope, send: Send, status: int, body: bytes) -> None:
    content_type = _GRAPHQL_TYPE if wants_graphql_response(scope) else _JSON_TYPE
    version = (POLICY_VERSION, backend_of(scope).policy.version.encode())
    headers = [content_type, (b"content-length", str(len(body)).encode()), _NO_STORE, version]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
