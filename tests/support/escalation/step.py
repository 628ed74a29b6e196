"""One step of a story: what somebody tries to do, and with what."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from models import Audience
from resolvers.access.account_access import AccountAccess
from resolvers.transaction.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from tests.support.escalation.story import Story

Name = Literal[
    "create",
    "invite",
    "update",
    "change",
    "extend",
    "make template",
    "give template",
    "edit template",
    "approve",
    "decline",
    "review",
    "view",
    "dormant",
    "resend",
    "remove",
    "restore",
]
FOR_USERS: tuple[Name, ...] = ("approve", "decline", "review", "view", "dormant")
"""What no API client does: deciding requests and reviews, viewing as somebody, and what nobody does at all."""


@dataclass(frozen=True)
class Deed:
    """What an actor does, and to which user; None if a user is created.

    `approve` and `decline` are of a request of the user, `review` takes away what they have, `view` reads as the user.
    `dormant` removes the user for having been inactive, which nobody does.
    """

    name: Name
    user_id: UUID | None = None


MAKING = (Deed("create"), Deed("invite"))


@dataclass(frozen=True)
class Step:
    """A deed that the caller of a unit of work tries, with the access that it is about."""

    story: "Story"
    work: UnitOfWork
    deed: Deed
    access: dict[str, Any]
    number: int

    @property
    def whole(self) -> AccountAccess:
        """The access as that of a new user."""
        return AccountAccess(**{"audience": Audience.ORGANIZATION} | self.access)

    @property
    def user_id(self) -> UUID:
        assert self.deed.user_id is not None
        return self.deed.user_id

    @property
    def actor_id(self) -> UUID:
        assert self.work.caller.actor is not None
        return self.work.caller.actor.id
