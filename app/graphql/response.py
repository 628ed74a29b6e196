"""From what GraphQL says to an HTTP answer (GraphQL over HTTP, "Response").

`application/json` answers 200 to most that could be read as an operation; to who accepts
`application/graphql-response+json` an answer without data has the status of its error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from app.backend import backend_of
from app.graphql.cost_limiting import budget_status_of
from app.http.content_negotiation import GRAPHQL_RESPONSE, JSON, media_type
from app.http.errors import HttpCode, HttpError, refused
from app.http.request_id import header

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
    "THROTTLED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "TIMED_OUT": 504,
}
"""The status of an answer without data, by the code of its first error; 400 for all others."""

ALWAYS = (429, 500, 503, 504)
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
    await _send(scope, send, 200, b'{"data":' + data + b',"extensions":' + _extensions(scope) + b"}")


async def send_result(
    scope: Scope, send: Send, data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]
) -> None:
    """Sends data, errors, or both; `data` None is left out, as the GraphQL specification asks for."""
    result: dict[str, Any] = {}
    if errors:
        result["errors"] = errors
    if data is not None:
        result["data"] = data
    if budget_status_of(scope) is not None:
        result["extensions"] = orjson.Fragment(_extensions(scope))
    retry_after = errors[0]["extensions"].get("retryAfter") if errors else None
    await _send(scope, send, _status(scope, data, errors), orjson.dumps(result), retry_after)


async def send_cost(scope: Scope, send: Send, cost: int) -> None:
    """Sends what an operation costs which was not run. With `data`, for clients that know no answer without."""
    told = {"requested": cost, "ceiling": backend_of(scope).operations.ceiling}
    await _send(scope, send, 200, orjson.dumps({"data": None, "extensions": {"cost": told}}))


def _extensions(scope: Scope) -> bytes:
    """How the sender stands, as JSON put together from what is known: this is on the way of every read."""
    standing = budget_status_of(scope)
    if standing is None:
        return b"{}"
    return b'{"cost":{"requested":%d,"ceiling":%d,"remaining":%d,"capacity":%d,"refillPerSecond":%d}}' % (
        standing.requested,
        backend_of(scope).operations.ceiling,
        standing.remaining,
        standing.rate.capacity,
        standing.rate.refill,
    )


def _limit_lines(scope: Scope) -> list[tuple[bytes, bytes]]:
    standing = budget_status_of(scope)
    if standing is None:
        return []
    return [
        (b"ratelimit-limit", b"%d" % standing.rate.capacity),
        (b"ratelimit-remaining", b"%d" % standing.remaining),
        (b"ratelimit-reset", b"%d" % standing.reset),
    ]


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


async def _send(scope: Scope, send: Send, status: int, body: bytes, retry_after: int | None = None) -> None:
    version = (POLICY_VERSION, backend_of(scope).policy.version.encode())
    headers = [_TYPE_LINES[negotiated(scope)], (b"content-length", str(len(body)).encode()), _NO_STORE, version]
    headers += _limit_lines(scope)
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 503:
        headers.append((b"retry-after", b"1"))
    if status == 429 and retry_after is not None:
        headers.append((b"retry-after", b"%d" % retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
