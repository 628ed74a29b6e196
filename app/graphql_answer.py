"""From what GraphQL says to an HTTP answer (GraphQL over HTTP, "Response").

`application/json` answers 200 to whatever could be read as an operation; to who accepts
`application/graphql-response+json` an answer without data has the status of its error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from app.accept import GRAPHQL_RESPONSE, JSON, media_type
from app.backend import backend_of
from app.errors import HttpCode, HttpError, refused
from app.request_id import header

_TYPE_LINES = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (JSON, GRAPHQL_RESPONSE)}
_NEGOTIATED = "portico.media_type"
POLICY_VERSION = b"portico-policy-version"
"""The header that says under which policy an answer was made."""

_NO_STORE = (b"cache-control", b"no-store")

STATUS = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "DOCUMENT_NOT_TRUSTED": 403,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "TIMED_OUT": 504,
}
"""The status of an answer without data, by the code of its first error; 400 for all others."""

ALWAYS = (500, 503, 504)
"""The statuses that `application/json` answers have too: proxies and monitors must see them."""


def negotiate(scope: Scope) -> None:
    """Notes in the scope which media type the answer will have. Raises HttpError (406) where the client takes neither
    of the two."""
    found = media_type(header(scope, b"accept"))
    if found is None:
        message = f"The answer can be {JSON} or {GRAPHQL_RESPONSE}."
        raise HttpError(406, HttpCode.NOT_ACCEPTABLE, message, argument="Accept")
    scope[_NEGOTIATED] = found


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
    return status if status in ALWAYS or negotiated(scope) == GRAPHQL_RESPONSE else 200


async def send_refusal(scope: Scope, receive: Receive, send: Send, error: HttpError) -> None:
    """Sends why a request is refused before GraphQL has seen it."""
    await refused(error, f"{negotiated(scope)}; charset=utf-8")(scope, receive, send)


def negotiated(scope: Scope) -> str:
    """The media type of the answer: what `negotiate` noted, or JSON."""
    found: str = scope.get(_NEGOTIATED, JSON)
    return found


async def _send(scope: Scope, send: Send, status: int, body: bytes) -> None:
    version = (POLICY_VERSION, backend_of(scope).policy.version.encode())
    headers = [_TYPE_LINES[negotiated(scope)], (b"content-length", str(len(body)).encode()), _NO_STORE, version]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 503:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
