"""Credentials of callers: the token of a session, the access token of an API client, or a SCIM token.

A token or secret begins with the tenant of its row, so that a look-up by its hash names the one place where the row can
be. Its holder knows the tenant anyway, and it opens nothing: what counts is the hash of the whole text. Former versions
issued tokens without a tenant, which are looked up by their hash alone.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

from models import Scope

SECRET_CHARACTERS: Final = 43
"""The length of 256 bits in base64 without padding, of which a token consists after its tenant."""

TENANT_CHARACTERS: Final = 22
"""The length of a tenant, which is 128 bits."""


def carry_tenant(tenant_id: UUID, secret: str) -> str:
    """The token that consists of the tenant and a secret of `SECRET_CHARACTERS`."""
    return base64.urlsafe_b64encode(tenant_id.bytes).rstrip(b"=").decode() + secret


def carried_tenant(token: str) -> UUID | None:
    """The tenant that a token begins with. Returns None for any other text, also for a token of a former version."""
    if len(token) != TENANT_CHARACTERS + SECRET_CHARACTERS:
        return None
    try:
        return UUID(bytes=base64.b64decode(f"{token[:TENANT_CHARACTERS]}==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class SessionToken:
    """The token of a user's session: its SHA-256, and the tenant of the session, if the token carries it."""

    hash: bytes
    tenant_id: UUID | None = None

    @classmethod
    def of(cls, token: bytes) -> Self:
        """The credential of a caller who presents this token."""
        return cls(sha256(token).digest(), carried_tenant(token.decode("latin-1")))


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The claims `jti`, `client_id`, `scope`, `exp` and `organization_id` of an access token with a valid signature.

    `organization_id` is that of the client. It is None in a token of a former version.
    """

    id: UUID
    client_id: UUID
    scopes: frozenset[Scope]
    expires_at: datetime
    organization_id: UUID | None = None


SCIM_TOKEN_PREFIX: Final = "scim_"  # noqa: S105 (not a secret)
"""The prefix of every SCIM token. It lets people and secret scanners recognize a leaked one."""


@dataclass(frozen=True, slots=True)
class ScimCredential:
    """A SCIM token: its SHA-256, and its organization."""

    hash: bytes
    tenant_id: UUID

    @classmethod
    def of(cls, token: str) -> Self | None:
        """The credential of a caller who presents this token. None if it can't be one."""
        tenant_id = carried_tenant(token.removeprefix(SCIM_TOKEN_PREFIX))
        if tenant_id is None or not token.startswith(SCIM_TOKEN_PREFIX):
            return None
        return cls(sha256(token.encode("latin-1", "replace")).digest(), tenant_id)


Credential = SessionToken | AccessToken | ScimCredential
