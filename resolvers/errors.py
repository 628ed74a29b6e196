"""Expected failures of mutations: typed, collected, and each with its cause and its remedy.

A mutation that can't be done raises `MutationRejected` with everything that is wrong, not only with the first
thing. The
client finds each `ErrorObject` in the payload's `errors`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class ErrorCode(StrEnum):
    """What is wrong, as one word for programs. `cause` says what happened, `remedy` what to do about it."""

    cause: str
    remedy: str

    def __new__(cls, value: str, cause: str, remedy: str) -> "ErrorCode":
        """A code with its explanation."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.cause = cause
        code.remedy = remedy
        return code

    INVALID = (
        "INVALID",
        "The value of the field is not one that can be stored or that fits the other fields.",
        "Correct the field that `path` names, as `message` says.",
    )
    EMAIL_TAKEN = (
        "EMAIL_TAKEN",
        "A user with this email exists already, here or elsewhere on the platform, perhaps removed.",
        "Use another email, or find the user among your own users.",
    )
    DUPLICATE = (
        "DUPLICATE",
        "The same value stands further up in the same list, where capitals make no difference.",
        "Leave it out: the first one counts.",
    )
    CODE_TAKEN = (
        "CODE_TAKEN",
        "The organization has a service with this code already, or the file has the code twice.",
        "Use another code, or find the service by it.",
    )
    NOT_ASSIGNABLE = (
        "NOT_ASSIGNABLE",
        "This permission, audience or account does not exist, or it is not yours to give, or not for so long.",
        "Choose from what `viewer.assignable` offers; where `message` names a moment, let it end by then.",
    )
    NOT_FOUND = (
        "NOT_FOUND",
        "There is nothing with this id that you can see.",
        "Check the id, and that it is of the right type.",
    )
    FORBIDDEN = (
        "FORBIDDEN",
        "You see the thing, but you may not do this to it.",
        "Ask an admin who may; `viewerCan` tells beforehand what you may do.",
    )
    STALE = (
        "STALE",
        "The user was changed by somebody else since you read the `version` that you sent.",
        "Read the user again, and decide anew; then send the new `version`.",
    )
    LAST_ADMIN = (
        "LAST_ADMIN",
        "The organization would be left without an active admin who has all contract accounts.",
        "Make somebody else such an admin first, and let them activate.",
    )
    NOT_ACTIVATED = (
        "NOT_ACTIVATED",
        "The user has not activated yet, so there is no password to reset.",
        "Use `resendActivation`, and let them follow the link in that mail.",
    )
    ALREADY_ACTIVE = (
        "ALREADY_ACTIVE",
        "The user has set a password already, so there is nothing to activate.",
        "Let them sign in.",
    )
    ALREADY_REMOVED = (
        "ALREADY_REMOVED",
        "The user has been removed.",
        "Use `restoreUser` first, if they are to come back.",
    )
    NOT_REMOVED = (
        "NOT_REMOVED",
        "The user has not been removed, so there is nothing to restore.",
        "Use `resendActivation` for a user who is pending or expired.",
    )
    ALREADY_SIGNED_OFF = (
        "ALREADY_SIGNED_OFF",
        "The access review has been signed off: it can be once.",
        "Make a new one with `createAccessReview`, if the access is to be looked at again.",
    )
    ALREADY_REVOKED = (
        "ALREADY_REVOKED",
        "The API client has been revoked, for good.",
        "Use `createApiClient` for a new one.",
    )
    LAST_SECRET = (
        "LAST_SECRET",
        "The API client would be left without a secret.",
        "Use `rotateApiClientSecret` first; or `revokeApiClient`, if nothing is to use it any more.",
    )
    LIMIT_REACHED = (
        "LIMIT_REACHED",
        "There are as many of these already as there may be.",
        "End one that is not needed any more, as `message` says.",
    )
    UNAUTHENTICATED = (
        "UNAUTHENTICATED",
        "Nobody is signed in: there is no token, or the session has ended, or the access token is not good any more.",
        "Sign in with `signIn`, or get a new access token, and send it as `Authorization: Bearer …`.",
    )
    CREDENTIALS_INVALID = (
        "CREDENTIALS_INVALID",
        "No active user has this email and password, or the current password is another one.",
        "Check what you typed. A user who has not activated yet follows the link in the activation mail first.",
    )
    TOKEN_INVALID = (
        "TOKEN_INVALID",
        "The link is not right: it was mistyped, used already, or replaced by a newer one.",
        "Sign in if you have set a password; otherwise use the newest mail, or get a new one as after TOKEN_EXPIRED.",
    )
    TOKEN_EXPIRED = (
        "TOKEN_EXPIRED",
        "The link was right, but its time is over.",
        "Ask your admin for a new activation link; ask `requestPasswordReset` for a new link to reset a password.",
    )
    PASSWORD_TOO_WEAK = (
        "PASSWORD_TOO_WEAK",
        "The password is too short, too long, or too easy to guess.",
        "Choose another one; `message` says what to change.",
    )
    RATE_LIMITED = (
        "RATE_LIMITED",
        "This was tried too often in a short time.",
        "Wait as long as `message` says, and try again.",
    )

    @property
    def description(self) -> str:
        """Cause and remedy, as the schema describes the value."""
        return f"{self.cause} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `path` leads to the input field, list index included: `("input", "contractAccounts", "2")`; empty where no field is
    to blame. `retry_after` is in how many seconds it may be tried again, where waiting helps.
    """

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()
    retry_after: int | None = None

    @property
    def extensions(self) -> dict[str, int]:
        """What else a program can know of it, by name."""
        return {} if self.retry_after is None else {"retryAfter": self.retry_after}

    def within(self, field: str) -> "Problem":
        """The same of an input that stands in the field `field` of a larger one."""
        return replace(self, path=(*self.path[:1], field, *self.path[1:]))


class MutationRejected(Exception):
    """A mutation can't be done, and nothing was changed. `problems` holds all the reasons, at least one."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in self.problems))
