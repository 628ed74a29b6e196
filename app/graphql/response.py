"""Sends the results of GraphQL operations over HTTP (GraphQL over HTTP, "Response").

`application/json` gets status 200 for nearly everything that could be read as an operation. For
`application/graphql-response+json`, a response without data has the status of its first error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from app.auth.session_cookie import set_cookie_headers
from app.backend import backend_of
from app.graphql.cost_limiting import charge_of, settle
from app.http.content_negotiation import GRAPHQL_RESPONSE, JSON, negotiate_media_type
from app.http.errors import BUSY_HEADERS, HttpCode, HttpError, http_error_response
from app.http.request_id import header
from app.operation_metrics import OK, measured_of

_CONTENT_TYPES = {type_: (b"content-type", f"{type_}; charset=utf-8".encode()) for type_ in (JSON, GRAPHQL_RESPONSE)}
_BUSY_HEADERS = [(name.encode(), value.encode()) for name, value in BUSY_HEADERS.items()]
_NEGOTIATED = "portico.media_type"
POLICY_VERSION = b"portico-policy-version"
"""The header with the version of the policy that applied to the request."""

_NO_STORE = (b"cache-control", b"no-store")

STATUS = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "DOCUMENT_NOT_TRUSTED": 403,
    "RATE_LIMITED": 429,
    "THROTTLED": 429,
    "INTERNAL": 500,
    "UNSUPPORTED": 501,
    "UNAVAILABLE": 503,
    "TIMED_OUT": 504,
}
"""The status of a response without data, by the code of its first error; 400 for all other codes."""

ANY_TYPE = (429, 500, 501, 503, 504)
"""The statuses that `application/json` responses have too: proxies and monitors must see them."""


def negotiate(scope: Scope) -> None:
    """Stores the media type of the response in the scope. Raises HttpError (406) if the client accepts neither."""
    media_type = negotiate_media_type(header(scope, b"accept"))
    if media_type is None:
        message = f"The response can be {JSON} or {GRAPHQL_RESPONSE}."
        raise HttpError(406, HttpCode.NOT_ACCEPTABLE, message, argument="Accept")
    scope[_NEGOTIATED] = media_type


def is_browser_navigation(scope: Scope) -> bool:
    """Whether a browser opens the address, rather than a program that requests JSON."""
    accept = header(scope, b"accept") or b""
    return b"text/html" in accept and b"json" not in accept


async def send_data(scope: Scope, send: Send, data: bytes) -> None:
    """Settles an operation, and sends the JSON text of its data unchanged."""
    settle(scope, data)
    measured_of(scope).outcome = OK
    await _send(scope, send, 200, b'{"data":' + data + b',"extensions":' + _extensions(scope) + b"}")


async def send_result(
    scope: Scope, send: Send, data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]
) -> None:
    """Settles an operation, and sends data, errors, or both. Leaves out `data` if it is None, as the GraphQL
    specification requires."""
    encoded = orjson.dumps(data) if data is not None else None
    settle(scope, encoded)
    measured_of(scope).outcome = errors[0]["extensions"]["code"] if errors else OK
    result: dict[str, Any] = {}
    if errors:
        result["errors"] = errors
    if encoded is not None:
        result["data"] = orjson.Fragment(encoded)
    if charge_of(scope) is not None:
        result["extensions"] = orjson.Fragment(_extensions(scope))
    retry_after = errors[0]["extensions"].get("retryAfter") if errors else None
    await _send(scope, send, _status(scope, data, errors), orjson.dumps(result), retry_after)


async def send_cost(scope: Scope, send: Send, requested: int) -> None:
    """Sends what an operation requests that was not run. Includes `data`, for clients that require it."""
    measured_of(scope).outcome = OK
    details = {"requested": requested, "ceiling": backend_of(scope).operations.ceiling}
    await _send(scope, send, 200, orjson.dumps({"data": None, "extensions": {"cost": details}}))


def _extensions(scope: Scope) -> bytes:
    """What the operation was charged, and the caller's budget, as JSON. It is formatted by hand, because every read
    needs it."""
    charge = charge_of(scope)
    if charge is None:
        return b"{}"
    budget = charge.budget
    return b'{"cost":{"requested":%d,"actual":%d,"ceiling":%d,"remaining":%d,"capacity":%d,"refillPerSecond":%d}}' % (
        charge.requested,
        charge.actual,
        backend_of(scope).operations.ceiling,
        budget.remaining,
        budget.rate.capacity,
        budget.rate.refill,
    )


def _rate_limit_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    charge = charge_of(scope)
    if charge is None:
        return []
    budget = charge.budget
    return [
        (b"ratelimit-limit", b"%d" % budget.rate.capacity),
        (b"ratelimit-remaining", b"%d" % budget.remaining),
        (b"ratelimit-reset", b"%d" % budget.reset),
    ]


def _status(scope: Scope, data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]) -> int:
    if data is not None:
        return 200
    status = STATUS.get(errors[0].get("extensions", {}).get("code", ""), 400)
    return status if status in ANY_TYPE or negotiated(scope) == GRAPHQL_RESPONSE else 200


async def send_http_error(scope: Scope, receive: Receive, send: Send, error: HttpError) -> None:
    """Sends the error of a request that is rejected before it reaches GraphQL."""
    measured_of(scope).outcome = error.code
    await http_error_response(error, f"{negotiated(scope)}; charset=utf-8")(scope, receive, send)


def negotiated(scope: Scope) -> str:
    """Returns the media type of the response: the one that `negotiate` stored, or JSON."""
    media_type: str = scope.get(_NEGOTIATED, JSON)
    return media_type


async def _send(scope: Scope, send: Send, status: int, body: bytes, retry_after: int | None = None) -> None:
    version = (POLICY_VERSION, backend_of(scope).policy.version.encode())
    headers = [_CONTENT_TYPES[negotiated(scope)], (b"content-length", str(len(body)).encode()), _NO_STORE, version]
    headers += _rate_limit_headers(scope) + set_cookie_headers(scope)
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 503:
        headers += _BUSY_HEADERS
    if status == 429 and retry_after is not None:
        headers.append((b"retry-after", b"%d" % retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
