"""The expected failures of mutations: an error code with cause and remedy, a problem, and the exception.

A mutation that can't be performed raises `MutationRejected` with all its problems, not only the first. The client
finds each as an error object in the payload's `errors`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class ErrorCode(StrEnum):
    """A stable code for programs. `cause` says what happened, `remedy` what to do about it."""

    cause: str
    remedy: str

    def __new__(cls, value: str, cause: str, remedy: str) -> "ErrorCode":
        """Create a code with its explanation."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.cause = cause
        code.remedy = remedy
        return code

    INVALID = (
        "INVALID",
        "The value of the field can't be stored, or doesn't fit the other fields.",
        "Correct the field named by `path`, as `message` says.",
    )
    EMAIL_TAKEN = (
        "EMAIL_TAKEN",
        "A user with this email already exists, here or elsewhere on the platform, possibly removed.",
        "Use another email, or look for the user among your own users.",
    )
    DUPLICATE = (
        "DUPLICATE",
        "The same value appears earlier in the same list. Case is ignored.",
        "Remove it: the first one counts.",
    )
    CODE_TAKEN = (
        "CODE_TAKEN",
        "The organization already has a service with this code, or the file contains the code twice.",
        "Use another code, or look up the service by this one.",
    )
    NOT_ASSIGNABLE = (
        "NOT_ASSIGNABLE",
        "This permission, audience or account does not exist, or you can't assign it, or not for that long.",
        "Choose from `viewer.assignable`; if `message` gives a time, let the grant end by then.",
    )
    NOT_FOUND = (
        "NOT_FOUND",
        "No object with this id is visible to you.",
        "Check the id and its type.",
    )
    FORBIDDEN = (
        "FORBIDDEN",
        "The object is visible to you, but you may not perform this action on it.",
        "Ask an admin who may. `viewerCan` lists the actions that you may perform.",
    )
    STALE = (
        "STALE",
        "Someone else has changed the user since you read the `version` that you sent.",
        "Read the user again, check your change against it, and send the new `version`.",
    )
    LAST_ADMIN = (
        "LAST_ADMIN",
        "The organization would be left without an active admin who has all contract accounts.",
        "Make someone else such an admin first, and have them activate their account.",
    )
    NOT_ACTIVATED = (
        "NOT_ACTIVATED",
        "The user has not activated yet, so there is no password to reset, and nothing that they see.",
        "Use `resendActivation`, and ask the user to follow the link in that email.",
    )
    ALREADY_ACTIVE = (
        "ALREADY_ACTIVE",
        "The user has already set a password, so there is nothing to activate.",
        "Ask the user to sign in.",
    )
    ALREADY_REMOVED = (
        "ALREADY_REMOVED",
        "The user has been removed.",
        "Use `restoreUser` first if the user should come back.",
    )
    NOT_REMOVED = (
        "NOT_REMOVED",
        "The user has not been removed, so there is nothing to restore.",
        "Use `resendActivation` for a user who is pending or expired.",
    )
    ERASED = (
        "ERASED",
        "The user's personal data has been erased, so nobody could activate the account.",
        "Create a new user. The former email is free again.",
    )
    NOT_COMPLETE = (
        "NOT_COMPLETE",
        "The access review is not complete: it is still being recorded, or it has failed.",
        "Wait until its `state` is `COMPLETE`, and check the entries. If it has failed, create a new one.",
    )
    ALREADY_SIGNED_OFF = (
        "ALREADY_SIGNED_OFF",
        "The access review has already been signed off; this can be done only once.",
        "Create a new one with `createAccessReview` to review the access again.",
    )
    ALREADY_REVOKED = (
        "ALREADY_REVOKED",
        "The API client or SCIM token has been revoked permanently.",
        "Create a new one with `createApiClient` or `createScimToken`.",
    )
    LAST_SECRET = (
        "LAST_SECRET",
        "The API client would be left without a secret.",
        "Use `rotateApiClientSecret` first, or `revokeApiClient` if the client is no longer needed.",
    )
    ALREADY_DECIDED = (
        "ALREADY_DECIDED",
        "The access request is no longer pending: it was decided or withdrawn, or it has expired.",
        "Read it again. The requester can make a new one with `requestAccess`.",
    )
    LIMIT_REACHED = (
        "LIMIT_REACHED",
        "The maximum number of these already exists.",
        "End one that is no longer needed, as `message` says.",
    )
    UNAUTHENTICATED = (
        "UNAUTHENTICATED",
        "You are not signed in: the token is missing, the session has ended, or the access token is no longer valid.",
        "Sign in with `signIn`, or get a new access token, and send it as `Authorization: Bearer …`.",
    )
    CREDENTIALS_INVALID = (
        "CREDENTIALS_INVALID",
        "No active user has this email and password, or the current password is wrong.",
        "Check what you typed. A user who has not activated yet must first follow the link in the activation email.",
    )
    SINGLE_SIGN_ON_REQUIRED = (
        "SINGLE_SIGN_ON_REQUIRED",
        "Users of this email domain, or of the user's organization, sign in at their organization's provider.",
        "Begin a sign-in at the provider: `signInMethods` returns its address.",
    )
    IDENTITY_NOT_LINKED = (
        "IDENTITY_NOT_LINKED",
        "The provider has named somebody whose identity isn't linked to an active user.",
        "Follow the link in the email, which is sent if a user has the email. Or link it once you are signed in.",
    )
    IDENTITY_TAKEN = (
        "IDENTITY_TAKEN",
        "The identity at the provider is linked to another user, or the user has another identity there.",
        "Sign in at the provider as yourself. An admin can unlink the former identity with `unlinkIdentity`.",
    )
    PROVIDER_FAILED = (
        "PROVIDER_FAILED",
        "The provider can't be reached, or its configuration is unsuitable.",
        "Correct the configuration, here or at the provider, as `message` says.",
    )
    DOMAIN_NOT_VERIFIED = (
        "DOMAIN_NOT_VERIFIED",
        "The TXT record that proves whose the domain is was not found, or the domain is in use elsewhere.",
        "Add the record, wait until the name servers of the domain return it, and try again.",
    )
    TOKEN_INVALID = (
        "TOKEN_INVALID",
        "The link is invalid: it was mistyped, has already been used, or was replaced by a newer one.",
        "Sign in if you have set a password. Otherwise use the newest email, or get a new link as for TOKEN_EXPIRED.",
    )
    TOKEN_EXPIRED = (
        "TOKEN_EXPIRED",
        "The link has expired.",
        "Ask your admin for a new activation link, or use `requestPasswordReset` for a new password reset link.",
    )
    CODE_INVALID = (
        "CODE_INVALID",
        "The code is wrong, has been used before, or is no longer valid.",
        "Wait for the next code of the app, check the clock of the phone, or use a recovery code.",
    )
    PASSKEY_INVALID = (
        "PASSKEY_INVALID",
        "The passkey is unknown here, belongs to somebody who can't sign in, or answers no open challenge.",
        "Ask for a new challenge with `createPasskeyChallenge`, or sign in in another way.",
    )
    TICKET_INVALID = (
        "TICKET_INVALID",
        "The ticket of `signIn` is unknown, was used, has expired, or is for another step.",
        "Sign in again with email and password.",
    )
    SECOND_FACTOR_REQUIRED = (
        "SECOND_FACTOR_REQUIRED",
        "You must have a second factor, or your organization is to require one, and you would have none.",
        "Set up another second factor first.",
    )
    REAUTHENTICATION_REQUIRED = (
        "REAUTHENTICATION_REQUIRED",
        "The last time that you proved who you are is too long ago for this.",
        "Use `reauthenticate`, and repeat the mutation.",
    )
    PASSWORD_TOO_WEAK = (
        "PASSWORD_TOO_WEAK",
        "The password is too short, too long, or too easy to guess.",
        "Choose another password; `message` says what to change.",
    )
    RATE_LIMITED = (
        "RATE_LIMITED",
        "Too many attempts in a short time.",
        "Wait for the time given in `message`, and try again.",
    )

    @property
    def description(self) -> str:
        """Cause and remedy: the description of the value in the schema."""
        return f"{self.cause} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a mutation is rejected.

    `path` leads to the input field, list index included: `("input", "contractAccounts", "2")`; it is empty if no field
    is to blame. `retry_after` is the number of seconds until the next attempt is allowed, if waiting helps.
    """

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()
    retry_after: int | None = None

    @property
    def extensions(self) -> dict[str, int]:
        """Additional values for programs, by name."""
        return {} if self.retry_after is None else {"retryAfter": self.retry_after}

    def within(self, field: str) -> "Problem":
        """The same problem if the input is nested in the field `field` of a larger one."""
        return replace(self, path=(*self.path[:1], field, *self.path[1:]))


def invalid(message: str, *path: str) -> Problem:
    """An INVALID problem of the input field at `path`."""
    return Problem(ErrorCode.INVALID, message, path)


def beside(malformed: Iterable[Problem], found: Iterable[Problem]) -> list[Problem]:
    """The problems of malformed values, and those found with other values in their place, without any about those."""
    known = list(malformed)
    paths = {problem.path for problem in known}
    return [*known, *(problem for problem in found if problem.path not in paths)]


class MutationRejected(Exception):
    """A mutation can't be performed, and nothing was changed. `problems` holds all the reasons, at least one."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in self.problems))


class TimedOut(Exception):
    """A read took too long: to build its statement, to plan it, or to run it."""
