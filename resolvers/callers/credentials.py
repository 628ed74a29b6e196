"""By what a caller has shown who they are: the token of a session, or an API client's access token."""

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
    """What an access token says whose signature was found good: the claims `jti`, `client_id`, `scope` and `exp`."""

    id: UUID
    client_id: UUID
    scopes: frozenset[Scope]
    expires_at: datetime


Credential = SessionToken | AccessToken
