"""The API clients of random worlds, whose owners are members of every kind; some are revoked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import strategies as st

from models import Scope

if TYPE_CHECKING:
    from tests.support.worlds.models import User

CLIENT_COLUMNS = "id organization_id owner_id name scopes created_at revoked_at"
NAMES = ("Billing export", "billing import", "Ürün")


@dataclass(frozen=True)
class Client:
    id: UUID
    organization_id: UUID
    owner_id: UUID
    name: str
    scopes: frozenset[Scope] = frozenset(Scope)
    revoked: bool = False

    @property
    def at(self) -> datetime:
        """The time of creation: the smaller key is not always the older one."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=self.id.int % 7)


def clients_of(users: list["User"], ids: Iterator[UUID]) -> tuple[Client, ...]:
    """One client for each of these users, with all scopes."""
    return tuple(
        Client(next(ids), user.organization_id, user.id, NAMES[place % len(NAMES)])
        for place, user in enumerate(users)
        if user.organization_id
    )


def any_client(draw: st.DrawFn, id: UUID, user: "User") -> Client:
    """A client of the user, a member of some organization."""
    assert user.organization_id is not None
    scopes = draw(st.sets(st.sampled_from(Scope), min_size=1).map(frozenset))
    revoked = draw(st.sampled_from((False, False, True)))
    return Client(id, user.organization_id, user.id, draw(st.sampled_from(NAMES)), scopes, revoked)


def client_record(client: Client) -> tuple[Any, ...]:
    """Returns the values of `CLIENT_COLUMNS`."""
    scopes = [scope.value for scope in Scope if scope in client.scopes]
    owner = client.organization_id, client.owner_id
    return client.id, *owner, client.name, scopes, client.at, client.at if client.revoked else None
