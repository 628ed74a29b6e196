"""The API clients of worlds."""

from dataclasses import dataclass
from uuid import UUID

from models import Scope


@dataclass(frozen=True)
class Client:
    id: UUID
    organization_id: UUID
    owner_id: UUID
    scopes: frozenset[Scope]
