"""Why a provider's answer can't be used."""

from enum import StrEnum


class ProviderFailure(StrEnum):
    """What is wrong. `message` says it to an admin, in words that repeat nothing that the provider sent."""

    message: str

    def __new__(cls, value: str, message: str) -> "ProviderFailure":
        """Create a failure with its message."""
        failure = str.__new__(cls, value)
        failure._value_ = value
        failure.message = message
        return failure

    UNREACHABLE = "unreachable", "The provider can't be reached, answers too slowly, or answers with too much."
    REFUSED = "refused", "The provider answered with an error. Check the client id and the client secret."
    MALFORMED = "malformed", "The provider's answer isn't the JSON that OpenID Connect requires."
    OTHER_ISSUER = "other_issuer", "The provider calls itself by another issuer. Enter exactly the one it publishes."
    UNSUITABLE = "unsuitable", "The provider doesn't support the authorization code flow with PKCE (S256)."
    ADDRESSES = "addresses", "One of the addresses that the provider publishes isn't one that Portico connects to."
    NO_KEYS = "no_keys", "The provider publishes no key that Portico accepts for signatures."
    TOKEN = "token", "The provider's token is invalid."


class ProviderError(Exception):
    """The provider's answer can't be used. The exception contains nothing of it."""

    def __init__(self, failure: ProviderFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure
