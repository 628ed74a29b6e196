"""Failures as SCIM errors (RFC 7644, section 3.12)."""

from collections.abc import Sequence
from typing import Final

from scim2_models import (
    ForbiddenException,
    InvalidValueException,
    MutabilityException,
    NotFoundException,
    PreconditionFailedException,
    SCIMException,
    UnauthorizedException,
    UniquenessException,
)

from app.http.errors import BUSY_HEADERS, MASKED_ERRORS, code_of, mask
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.rate_limits.limiter import RateLimited


class TooManyRequests(SCIMException):
    """The budget of the token, or a limit on attempts, is used up. HTTP status 429, with no scimType (RFC 6585)."""

    status = 429

    def __init__(self, retry_after: int, detail: str) -> None:
        super().__init__(detail=detail)
        self.retry_after = retry_after


class Unexpected(SCIMException):
    """The server failed, or can't serve at the moment. The log has the details."""

    def __init__(self, error: Exception) -> None:
        mask(error)
        self.status, detail = MASKED_ERRORS[code_of(error)]
        super().__init__(detail=detail)


_STATUS: Final[dict[ErrorCode, type[SCIMException]]] = {
    ErrorCode.UNAUTHENTICATED: UnauthorizedException,
    ErrorCode.NOT_FOUND: NotFoundException,
    ErrorCode.FORBIDDEN: ForbiddenException,
    ErrorCode.NOT_ASSIGNABLE: ForbiddenException,
    ErrorCode.LAST_ADMIN: ForbiddenException,
    ErrorCode.EMAIL_TAKEN: UniquenessException,
    ErrorCode.DUPLICATE: UniquenessException,
    ErrorCode.STALE: PreconditionFailedException,
    ErrorCode.ERASED: MutabilityException,
}
"""The SCIM errors of the codes of mutations; all other codes are values that can't be stored."""

_ATTRIBUTES: Final = {
    "email": "userName",
    "firstName": "name.givenName",
    "lastName": "name.familyName",
    "name": "displayName",
    "phone": "phoneNumbers",
}
"""The attributes of the input fields that have other names."""


def error_of(rejection: MutationRejected) -> SCIMException:
    """The SCIM error of a rejected mutation: of the first problem, by the order of `_STATUS`, with all messages."""
    if isinstance(rejection, RateLimited):
        return TooManyRequests(rejection.seconds, rejection.problems[0].message)
    codes = [problem.code for problem in rejection.problems]
    code = next((code for code in _STATUS if code in codes), None)
    if code is ErrorCode.NOT_FOUND and _names_member(rejection.problems):
        code = None
    error = InvalidValueException if code is None else _STATUS[code]
    return error(detail=" ".join(dict.fromkeys(_sentence(problem) for problem in rejection.problems)))


def _names_member(problems: Sequence[Problem]) -> bool:
    return any("members" in problem.path for problem in problems)


def _sentence(problem: Problem) -> str:
    """The message of a problem, with the attribute that it is about."""
    field = problem.path[1] if len(problem.path) > 1 else ""
    attribute = _ATTRIBUTES.get(field, field)
    return problem.message if attribute in ("", "id", "template") else f"{attribute}: {problem.message}"


def headers_of(error: SCIMException) -> dict[str, str]:
    """The headers of the response to a failed request, beside those of the protocol."""
    if isinstance(error, TooManyRequests):
        return {"retry-after": str(error.retry_after)}
    return dict(BUSY_HEADERS) if error.status == 503 else {}
