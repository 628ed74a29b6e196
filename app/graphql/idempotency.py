"""Implements the header `Idempotency-Key`: a mutation that is sent again, because its response was lost, is not run
again.

Follows the IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header-07), including
its status codes. `docs/idempotency.md` is for API users.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson
from starlette.types import Message, Scope, Send

from app.database.errors import DATABASE_ERRORS
from app.http.errors import ErrorObject, HttpCode, HttpError, error_object
from resolvers.callers.idempotency_claim import ClaimLost, IdempotencyClaim
from resolvers.errors import ErrorCode
from resolvers.idempotency_keys import (
    ClaimResult,
    Completed,
    IdempotentRequest,
    InProgress,
    KeyReused,
    claim,
    delete_expired,
    release,
    store,
)
from resolvers.transaction.context import MutationContext

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
"""The header of a replayed response."""

FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.05, 1.0, 10.0
"""Seconds between checks of a mutation that another request runs, and the longest total wait."""
LATEST_RETRY = 10
DELETE_SECONDS = 600.0

# Visible ASCII without quotation mark and backslash, so that a key is the same with and without quotes.
_KEY = re.compile(rb"[!#-\[\]-~]{1,255}")

_TRANSIENT = ("UNAUTHENTICATED", "RATE_LIMITED")
_FAILED = ("INTERNAL", "UNAVAILABLE", "TIMED_OUT", "UNSUPPORTED")

log = logging.getLogger("portico.idempotency")


@dataclass(frozen=True, slots=True)
class MutationAnswer:
    """The data and errors of a mutation. `replayed` means that it was run before."""

    data: Mapping[str, Any] | None
    errors: Sequence[ErrorObject] = ()
    replayed: bool = False


def key_of(scope: Scope) -> str | None:
    """Returns the idempotency key of a request, without its quotation marks, or None if it has none. Raises HttpError
    (400) for an invalid one."""
    values = [value for name, value in scope["headers"] if name == HEADER]
    if not values:
        return None
    key: bytes = values[0].strip()
    if len(key) > 1 and key[:1] == key[-1:] == b'"':
        key = key[1:-1]
    if len(values) > 1 or not _KEY.fullmatch(key):
        message = "Send one idempotency key of 1 to 255 visible characters of ASCII, such as a UUID."
        raise HttpError(400, HttpCode.IDEMPOTENCY_KEY_INVALID, message, argument="Idempotency-Key")
    return key.decode("ascii")


async def run_once(
    context: MutationContext,
    request: IdempotentRequest,
    run: Callable[[IdempotencyClaim], Awaitable[MutationAnswer]],
    still_authenticated: Callable[[], Awaitable[bool]],
) -> MutationAnswer:
    """Returns the result of the mutation, running it now (`run`) unless it has been run already.

    `still_authenticated` tells whether the caller is still signed in: only then may they read a stored result. Raises
    HttpError: 422 if the key was sent with another mutation, 409 if that is still running or its result was lost.
    """
    while True:
        result = await _claim_or_wait(context, request)
        if not isinstance(result, IdempotencyClaim):
            if await still_authenticated():
                return _stored_answer(result)
            message = "The session has ended. Sign in again."
            return MutationAnswer(None, [error_object(ErrorCode.UNAUTHENTICATED, message)])
        try:
            answer = await run(result)
        except ClaimLost:
            log.warning("Another request took over an idempotency key: its mutation took too long. Nothing changed.")
            continue
        if await _settle(context, request, result, answer):
            return answer


async def _claim_or_wait(context: MutationContext, request: IdempotentRequest) -> ClaimResult:
    """Claims the key once no other request is running the mutation; gives up after the longest wait."""
    pause, end = FIRST_PAUSE, time.monotonic() + PATIENCE
    while True:
        result = await claim(context, request)
        if not isinstance(result, InProgress) or time.monotonic() >= end:
            return result
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _stored_answer(result: ClaimResult) -> MutationAnswer:
    """Returns the stored answer. Raises HttpError if there is none."""
    match result:
        case Completed(answer):
            return MutationAnswer(**orjson.loads(answer), replayed=True)
        case KeyReused():
            message = "This idempotency key was sent with another mutation, or with other variables."
            raise HttpError(422, HttpCode.IDEMPOTENCY_KEY_REUSED, message, argument="Idempotency-Key")
        case InProgress(seconds):
            message = "The mutation with this idempotency key is still running."
            headers = {"retry-after": str(max(1, min(LATEST_RETRY, ceil(seconds))))}
            raise HttpError(409, HttpCode.IDEMPOTENCY_IN_PROGRESS, message, headers=headers)
    message = "The mutation with this idempotency key was executed, but its response was lost. It is not run again."
    raise HttpError(409, HttpCode.IDEMPOTENCY_ANSWER_LOST, message)


async def _settle(
    context: MutationContext, request: IdempotentRequest, claimed: IdempotencyClaim, answer: MutationAnswer
) -> bool:
    """Stores the answer, or releases the key if the mutation failed and changed nothing. Returns False if the client
    must get another answer: another request has taken over the key, or it is unknown which changes were made."""
    codes = {error["extensions"]["code"] for error in answer.errors}
    transient = claimed.transient or not codes.isdisjoint(_TRANSIENT)
    try:
        if not codes.isdisjoint(_FAILED) or (transient and not claimed.committed):
            return await release(context, claimed)
        stored = await store(context, request, claimed, orjson.dumps({"data": answer.data, "errors": answer.errors}))
    except DATABASE_ERRORS as error:
        # This answer is still true. A retry reports that it was lost, or runs what was not done.
        log.warning("Could not store the answer for an idempotency key (%s).", type(error).__name__)
        return True
    return stored or claimed.committed


def mark_replayed(send: Send) -> Send:
    """Wraps `send` to add the header of a replayed response."""

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), REPLAYED]
        await send(message)

    return send_marked


async def delete_expired_keys(context: MutationContext, interval: float = DELETE_SECONDS) -> None:
    """Deletes expired keys every `interval` seconds, until cancelled."""
    while True:
        try:
            await delete_expired(context)
        except DATABASE_ERRORS as error:
            log.warning("Could not delete expired idempotency keys (%s); trying again.", type(error).__name__)
        await asyncio.sleep(interval)
