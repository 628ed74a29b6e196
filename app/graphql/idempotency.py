"""The header `Idempotency-Key`: a mutation that is sent again, since its answer did not arrive, is not run again.

After the draft of the IETF ("The Idempotency-Key HTTP Header Field", draft-ietf-httpapi-idempotency-key-header-07), in
statuses as well. `docs/idempotency.md` is for those who use it.
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

from app.database.notifications import DATABASE_UNAVAILABLE_ERRORS
from app.http.errors import ErrorObject, HttpCode, HttpError, problem
from resolvers.callers.idempotency_claim import ClaimLost, IdempotencyClaim
from resolvers.errors import ErrorCode
from resolvers.idempotency_keys import (
    ClaimResult,
    Completed,
    IdempotentRequest,
    InProgress,
    KeyReused,
    claim,
    forget_expired,
    release,
    store,
)
from resolvers.transaction.unit_of_work import MutationContext

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
"""The line of an answer that was given before."""

FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.05, 1.0, 10.0
"""Seconds between looks at a mutation that another request runs, and how long it is waited for in all."""
LATEST_RETRY = 10
FORGET_SECONDS = 600.0

# Visible characters of ASCII, but for the quotation mark and the backslash: so a key is the same in quotes and without.
_KEY = re.compile(rb"[!#-\[\]-~]{1,255}")

_PASSING = ("UNAUTHENTICATED", "RATE_LIMITED")
_FAILED = ("INTERNAL", "UNAVAILABLE", "TIMED_OUT")

log = logging.getLogger("portico.idempotency")


@dataclass(frozen=True, slots=True)
class MutationAnswer:
    """What a client reads of an execution. `replayed`: it was run before."""

    data: Mapping[str, Any] | None
    errors: Sequence[ErrorObject] = ()
    replayed: bool = False


def key_of(scope: Scope) -> str | None:
    """The idempotency key of a request, without its quotation marks; None where it has none. Raises HttpError (400)
    where it is none that can be."""
    lines = [value for name, value in scope["headers"] if name == HEADER]
    if not lines:
        return None
    key: bytes = lines[0].strip()
    if len(key) > 1 and key[:1] == key[-1:] == b'"':
        key = key[1:-1]
    if len(lines) > 1 or not _KEY.fullmatch(key):
        message = "Send one idempotency key of 1 to 255 visible characters of ASCII, such as a UUID."
        raise HttpError(400, HttpCode.IDEMPOTENCY_KEY_INVALID, message, argument="Idempotency-Key")
    return key.decode("ascii")


async def once(
    writing: MutationContext,
    asked: IdempotentRequest,
    run: Callable[[IdempotencyClaim], Awaitable[MutationAnswer]],
    still_there: Callable[[], Awaitable[bool]],
) -> MutationAnswer:
    """What came of the mutation that is asked for, which is run now (`run`) where it was not yet.

    `still_there` looks whether who asks is still signed in: nobody else is told anything of what was answered. Raises
    HttpError: 422 where the key was sent with another mutation, 409 where it is still being run or where its answer was
    lost.
    """
    while True:
        found = await _found(writing, asked)
        if not isinstance(found, IdempotencyClaim):
            if await still_there():
                return _told(found)
            return MutationAnswer(None, [problem(ErrorCode.UNAUTHENTICATED, "The session has ended. Sign in again.")])
        try:
            answer = await run(found)
        except ClaimLost:
            log.warning("An idempotency key was taken over from a mutation that took too long; nothing was changed.")
            continue
        if await _settled(writing, asked, found, answer):
            return answer


async def _found(writing: MutationContext, asked: IdempotentRequest) -> ClaimResult:
    """What there is under the key, once nobody is at work under it, or after the longest wait."""
    pause, end = FIRST_PAUSE, time.monotonic() + PATIENCE
    while True:
        found = await claim(writing, asked)
        if not isinstance(found, InProgress) or time.monotonic() >= end:
            return found
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _told(found: ClaimResult) -> MutationAnswer:
    """The answer that was stored. Raises HttpError where there is none."""
    match found:
        case Completed(answer):
            return MutationAnswer(**orjson.loads(answer), replayed=True)
        case KeyReused():
            message = "This idempotency key was sent with another mutation, or with other variables."
            raise HttpError(422, HttpCode.IDEMPOTENCY_KEY_REUSED, message, argument="Idempotency-Key")
        case InProgress(seconds):
            message = "The mutation with this idempotency key is still being run."
            later = {"retry-after": str(max(1, min(LATEST_RETRY, ceil(seconds))))}
            raise HttpError(409, HttpCode.IDEMPOTENCY_IN_PROGRESS, message, headers=later)
    message = "The mutation with this idempotency key was run, and its answer was lost. It is not run again."
    raise HttpError(409, HttpCode.IDEMPOTENCY_ANSWER_LOST, message)


async def _settled(
    writing: MutationContext, asked: IdempotentRequest, claimed: IdempotencyClaim, answer: MutationAnswer
) -> bool:
    """Keeps the answer, or lets the next who asks run the mutation where it has failed and nothing was changed. False
    where something else must be answered: somebody has taken the key over, or changes were made and nobody knows
    which."""
    codes = {error["extensions"]["code"] for error in answer.errors}
    passing = claimed.passing or not codes.isdisjoint(_PASSING)
    try:
        if not codes.isdisjoint(_FAILED) or (passing and not claimed.committed):
            return await release(writing, claimed)
        kept = await store(writing, asked, claimed, orjson.dumps({"data": answer.data, "errors": answer.errors}))
    except DATABASE_UNAVAILABLE_ERRORS as error:
        # What the client reads now is true all the same; a retry reads that it is lost, or runs what was not done.
        log.warning("Could not keep the answer under an idempotency key (%s).", type(error).__name__)
        return True
    return kept or claimed.committed


def marked(send: Send) -> Send:
    """`send`, for an answer that was given before."""

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), REPLAYED]
        await send(message)

    return send_marked


async def forget(writing: MutationContext, every: float = FORGET_SECONDS) -> None:
    """Deletes keys whose time is over, every `every` seconds, until cancelled."""
    while True:
        try:
            while await forget_expired(writing):
                pass
        except DATABASE_UNAVAILABLE_ERRORS as error:
            log.warning("Could not forget idempotency keys (%s); trying again.", type(error).__name__)
        await asyncio.sleep(every)
