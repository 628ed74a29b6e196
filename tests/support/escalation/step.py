"""One step of a story: what somebody tries to do, and with what."""

from dataclasses import dataclass, field
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
    "drop template",
    "join",
    "ask",
    "withdraw",
    "approve",
    "decline",
    "review",
    "view",
    "simulate",
    "announce",
    "dormant",
    "resend",
    "resend many",
    "remove",
    "remove many",
    "restore",
]
FOR_USERS: tuple[Name, ...] = (
    *("ask", "withdraw", "approve", "decline"),
    *("review", "view", "simulate", "announce", "dormant", "join"),
)
"""What no API client does: letting people become users by signing in, asking for access and deciding about it, reviews,
simulations, viewing as somebody, and what nobody does at all."""

BY_THE_SERVER: tuple[Name, ...] = ("dormant", "join")
"""What happens whoever acts, so no API client tries it in vain."""

MUTATIONS_OF: dict[Name, tuple[str, ...]] = {
    "create": ("createUser",),
    "invite": ("inviteUsers",),
    "update": ("updateUser",),
    "change": ("changeUsers",),
    "extend": ("extendAccess",),
    "make template": ("createAccessTemplate",),
    "give template": ("updateUser",),
    "edit template": ("updateAccessTemplate",),
    "drop template": ("removeAccessTemplate",),
    "join": ("signInWithProvider",),
    "ask": ("requestAccess",),
    "withdraw": ("withdrawAccessRequest",),
    "approve": ("approveAccessRequest",),
    "decline": ("declineAccessRequest",),
    "review": ("decideAccessReviewEntries", "signOffAccessReview", "signOffAccessReview, carried out"),
    "view": ("startViewAs", "stopViewAs"),
    "simulate": (),
    "announce": (),
    "dormant": (),
    "resend": ("resendActivation",),
    "resend many": ("changeUsers",),
    "remove": ("removeUser",),
    "remove many": ("changeUsers",),
    "restore": ("restoreUser",),
}
"""The mutations that each deed performs, by their names in the schema. A deed without one is a query, or done by the
server."""


@dataclass(frozen=True)
class Deed:
    """What an actor does, and to which user; None if a user is created.

    `withdraw`, `approve` and `decline` are of a request of the user, `ask` is a request of the actor, `review` takes
    away what they have, `join` lets a new person become a user by signing in at a provider, `view` reads as the user,
    `simulate` asks what it would mean if they left, `announce` tells the actor what ends. `dormant` removes the user
    for having been inactive, which nobody does.
    """

    name: Name
    user_id: UUID | None = None


MAKING = (Deed("create"), Deed("invite"))


@dataclass(frozen=True)
class Step:
    """A deed that the caller of a unit of work tries, with the access that it is about. `told` is what they get to know
    by it, beside whether it is done."""

    story: "Story"
    work: UnitOfWork
    deed: Deed
    access: dict[str, Any]
    number: int
    told: list[Any] = field(default_factory=list)

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
