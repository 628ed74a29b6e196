"""A provider as it is configured, and what it publishes about itself (OpenID Connect Discovery 1.0, section 3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from resolvers.openid.errors import ProviderError, ProviderFailure

MOST_CHARACTERS: Final = 2_000
"""The length of an address that a provider publishes."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider of a tenant, and how Portico authenticates to it. The client secret is never logged."""

    tenant_id: UUID
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """What Portico uses of a provider's metadata. `sends_issuer`: its responses name it (RFC 9207).
    `secret_in_body`: its token endpoint takes the client secret in the form only, not by HTTP Basic."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    sends_issuer: bool
    secret_in_body: bool


def metadata_url(issuer: str) -> str:
    """The address of the metadata of an issuer (section 4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def parse_metadata(document: Mapping[str, Any], issuer: str, check_url: Callable[[str], None]) -> ProviderMetadata:
    """Returns the metadata in a document that was read for `issuer`. `check_url` raises ValueError for an address that
    no request may be sent to.

    Raises ProviderError: OTHER_ISSUER if the document names another issuer (section 4.3), which it does if an attacker
    points at a provider of somebody else; ADDRESSES; UNSUITABLE.
    """
    if document.get("issuer") != issuer:
        raise ProviderError(ProviderFailure.OTHER_ISSUER)
    addresses = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    for address in addresses:
        if not isinstance(address, str) or len(address) > MOST_CHARACTERS:
            raise ProviderError(ProviderFailure.ADDRESSES)
        try:
            check_url(address)
        except ValueError:
            raise ProviderError(ProviderFailure.ADDRESSES) from None
    if not _supports(document, "response_types_supported", "code", default=False):
        raise ProviderError(ProviderFailure.UNSUITABLE)
    # Several providers support PKCE without saying so (RFC 8414, section 2). One that lists others lacks S256.
    if not _supports(document, "code_challenge_methods_supported", "S256", default=True):
        raise ProviderError(ProviderFailure.UNSUITABLE)
    methods = "token_endpoint_auth_methods_supported"
    by_basic = _supports(document, methods, "client_secret_basic", default=True)
    if not by_basic and not _supports(document, methods, "client_secret_post", default=False):
        raise ProviderError(ProviderFailure.UNSUITABLE)
    authorization_endpoint, token_endpoint, jwks_uri = map(str, addresses)
    return ProviderMetadata(
        issuer,
        authorization_endpoint,
        token_endpoint,
        jwks_uri,
        sends_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        secret_in_body=not by_basic,
    )


def _supports(document: Mapping[str, Any], name: str, value: str, *, default: bool) -> bool:
    listed = document.get(name)
    return default if listed is None else isinstance(listed, list) and value in listed
