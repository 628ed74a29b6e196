"""The endpoint `/scim/v2`: authenticates the SCIM token, bounds and charges the request, and sends the response.

What a request costs is taken from the token's own bucket before it is done: reading its body here, and each list and
each change in `reading.py` and `storage.py`.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import orjson
from scim2_models import (
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    PreconditionFailedException,
    SCIMException,
    UnauthorizedException,
)
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.backend import Backend, backend_of, pin_backend
from app.database.log_text import describe
from app.http import request_id
from app.http.body import BodyTooLarge, read_body
from app.http.request_id import header
from app.scim.errors import TooManyRequests, Unexpected, error_of, headers_of
from app.scim.handler import Handler
from app.scim.reading import ScimReads
from app.scim.service import Service
from app.scim.storage import Storage
from authz.actor import Actor
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import ScimCredential
from resolvers.callers.load_actor import load_actor
from resolvers.cost_limits.leases import InsufficientBudget
from resolvers.errors import MutationRejected
from resolvers.identity.scim_tokens import record_use
from resolvers.lru_cache import LRUCache
from resolvers.rate_limits.sign_in_throttle import source_of

PREFIX: Final = "/scim/v2"
MAX_BODY_BYTES: Final = 262_144
MAX_QUERY: Final = 8_000
MAX_PARAMETERS: Final = 20
BYTES_PER_NODE: Final = 100
"""How much of a body costs one node to read."""

UNKNOWN_TOKEN_COST: Final = 10
"""What a request without a valid token costs the network address that sends it, in nodes."""

ATTEMPTS: Final = 3
"""How often a change without a condition is tried while others change the same resource."""

USE_SECONDS: Final = 60.0
"""A token's use is recorded at most so often by each process."""

log = logging.getLogger("portico.scim")

_BEARER: Final = b"bearer "
_WITH_BODY: Final = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Presented:
    """A valid SCIM token, and the actor for whom it acts."""

    credential: ScimCredential
    actor: Actor


class ScimEndpoint:
    """The ASGI application below `/scim/v2`. `address` is the URL of the server, as clients see it."""

    def __init__(self, address: str) -> None:
        self._base_url = address + PREFIX
        self._service = Service()
        self._used: LRUCache[bytes, float] = LRUCache(10_000, 10_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request (ASGI)."""
        pin_backend(scope)
        try:
            response = self._response_to(await self._serve(scope, receive))
        except ClientDisconnect:
            return
        except SCIMException as error:
            response = self._response_to(self._service.error_response(error), headers_of(error))
        await response(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive) -> ScimResponse:
        """Returns the response to a request. Raises SCIMException for any failure, and ClientDisconnect."""
        try:
            return await self._answer(scope, receive)
        except (SCIMException, ClientDisconnect):
            raise
        except InsufficientBudget as error:
            wait = error.retry_after
            raise TooManyRequests(wait, f"Too many requests. Try again in {wait} seconds.") from None
        except MutationRejected as rejection:
            raise error_of(rejection) from None
        except Exception as error:
            raise Unexpected(error) from error

    async def _answer(self, scope: Scope, receive: Receive) -> ScimResponse:
        request = self._request(scope)
        operation = self._service.match(request).operation
        backend = backend_of(scope)
        if operation is Operation.service_provider_config:
            # RFC 7643, section 5: a client reads here how to authenticate.
            await backend.leases.charge(_address_bucket(scope), 1)
            return await Handler(self._service, _no_storage()).handle(request)
        token = await self._authenticate(scope, backend)
        await self._record_use(backend, token)
        bucket = f"scim:{token.actor.scim_token_id}"

        async def charge(nodes: int) -> None:
            most = backend.leases.rate.largest_reservation
            await backend.leases.charge(bucket, min(nodes, most))

        if request.method in _WITH_BODY:
            try:
                request.body = await read_body(receive, MAX_BODY_BYTES)
            except BodyTooLarge:
                raise PayloadTooLargeException(detail=f"A body has at most {MAX_BODY_BYTES} bytes.") from None
        await charge(1 + len(request.body) // BYTES_PER_NODE)

        async def reload() -> Caller | None:
            loaded = await _load(backend, token.credential)
            return None if loaded is None else _caller(scope, Presented(token.credential, loaded))

        reads = ScimReads(backend.reader, backend.mutation_context, _caller(scope, token), reload, charge)
        is_conditional = request.header("If-Match") is not None or request.header("If-None-Match") is not None
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._handle(reads, request)
            except PreconditionFailedException:
                if is_conditional:
                    raise
        return await self._handle(reads, request)

    async def _handle(self, reads: ScimReads, request: ScimRequest) -> ScimResponse:
        return await Handler(self._service, Storage(reads)).handle(request)

    def _request(self, scope: Scope) -> ScimRequest:
        """The request without its body. Raises InvalidValueException for a query string that is too long."""
        query = scope["query_string"]
        if len(query) > MAX_QUERY:
            raise InvalidValueException(detail=f"The query string has at most {MAX_QUERY} bytes.")
        try:
            parameters = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
        except ValueError:
            raise InvalidSyntaxException(detail="The query string can't be read.") from None
        if any("\0" in value for value in parameters.values()):
            raise InvalidValueException(detail="A parameter contains U+0000.")
        path: str = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(PREFIX)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        return ScimRequest(scope["method"], self._base_url, path, parameters, headers)

    async def _authenticate(self, scope: Scope, backend: Backend) -> Presented:
        """The token of a request. Raises UnauthorizedException, and InsufficientBudget for an address that sends too
        many requests without one."""
        credential = _credential(scope)
        actor = None if credential is None else await _load(backend, credential)
        if credential is None or actor is None:
            await backend.leases.charge(_address_bucket(scope), UNKNOWN_TOKEN_COST)
            raise UnauthorizedException(detail="The SCIM token is missing, unknown, expired or revoked.")
        return Presented(credential, actor)

    async def _record_use(self, backend: Backend, token: Presented) -> None:
        """Records that the token is used, at most once a minute. Nothing depends on it, so a failure is no reason to
        refuse the request."""
        now = time.monotonic()
        assert token.actor.scim_token_id is not None
        if (self._used.get(token.credential.hash) or 0.0) > now:
            return
        self._used.put(token.credential.hash, now + USE_SECONDS, 1)
        try:
            await record_use(backend.mutation_context, token.actor.tenant_id, token.actor.scim_token_id)
        except Exception as error:  # noqa: BLE001
            log.warning("Could not record that a SCIM token was used: %s", describe(error))

    @staticmethod
    def _response_to(response: ScimResponse, headers: Mapping[str, str] | None = None) -> Response:
        lines = {"cache-control": "no-store", **response.headers, **(headers or {})}
        has_body = response.body is not None and response.status is not HTTPStatus.NO_CONTENT
        body = orjson.dumps(response.body) if has_body else b""
        return Response(body, int(response.status), lines)


async def _load(backend: Backend, credential: ScimCredential) -> Actor | None:
    lifetimes = backend.mutation_context.lifetimes
    loaded = await backend.first_reads.run(lambda connection: load_actor(connection, credential, lifetimes.idle))
    return None if loaded is None else loaded[0]


def _credential(scope: Scope) -> ScimCredential | None:
    value = header(scope, b"authorization") or b""
    if value[: len(_BEARER)].lower() != _BEARER:
        return None
    return ScimCredential.of(value[len(_BEARER) :].strip().decode("latin-1"))


def _caller(scope: Scope, token: Presented) -> Caller:
    client = scope.get("client")
    return Caller(token.actor, token.credential, request_id.current(), client[0] if client else None)


def _address_bucket(scope: Scope) -> str:
    client = scope.get("client")
    return f"address:{source_of(client[0] if client else None)}"


def _no_storage() -> Storage:
    """The storage of a request that reads nothing."""
    return Storage(None)  # type: ignore[arg-type]
