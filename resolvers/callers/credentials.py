"""Credentials of callers: the token of a session, or the access token of an API client."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models import Scope


@dataclass(frozen=True, slots=True)
class SessionToken:
    """The token of a user's session; `hash` is its SHA-256."""

    hash: bytes


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The claims `jti`, `client_id`, `scope` and `exp` of an access token with a valid signature."""

    id: UUID
    client_id: UUID
    scopes: frozenset[Scope]
    expires_at: datetime


Credential = SessionToken | AccessToken
