"""A change of a user that is only proposed, and what it means for the access of the user."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from authz.model.actions import UserAction
from models import AccountKind, Audience, Permission
from resolvers.access.account_access import AccountAccess
from resolvers.access.grants import stored_access, unseen_by
from resolvers.errors import MutationRejected, Problem, beside, invalid
from resolvers.mutations.users.update import NEVER_NULL, NewAccess, merged


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of a user: of the access of a user, who may be a new one, or that they are removed or restored.

    `user_id` is None for a new user, and for an id that no user can have. A new user has the defaults of `createUser`,
    and `changes` in place of some. `withdrawn` are permissions and accounts that are taken from what a user has after
    these changes. `malformed` are the problems of values in whose place there is no valid value.
    """

    is_new: bool
    user_id: UUID | None = None
    remove: bool = False
    restore: bool = False
    changes: NewAccess = field(default_factory=NewAccess)
    withdrawn: frozenset[Permission | UUID] = frozenset()
    malformed: Sequence[Problem] = ()

    @property
    def action(self) -> UserAction | None:
        """What is done with the user; None if the user is new."""
        if self.is_new:
            return None
        return UserAction.REMOVE if self.remove else UserAction.RESTORE if self.restore else UserAction.UPDATE

    def check(self) -> None:
        """Raises `MutationRejected` (INVALID) if its parts don't fit together."""
        problems = list(self._problems())
        if problems:
            raise MutationRejected(beside(self.malformed, problems))

    def _problems(self) -> Iterator[Problem]:
        if self.withdrawn and self.action is not UserAction.UPDATE:
            yield invalid("Only a user who stays can lose some of their access.", "input", "user")
        if not self.remove and not self.restore:
            return
        if self.is_new:
            yield invalid("Give the user to remove or restore.", "input", "user")
        if self.remove and self.restore:
            yield invalid("Either remove or restore the user, not both.", "input", "restore")
        for name in self.changes:
            yield invalid("Removing or restoring a user doesn't change their access.", "input", NEVER_NULL[name])


@dataclass(frozen=True, slots=True)
class ProposedAccess:
    """What a proposal means: the user's access before and after it, None for none. `row` is that of `user_and_access`,
    None for a new user. `assigns` is whether `after` is access that the admin would assign. `unseen` are the accounts
    that the user has, and that the admin doesn't see, if the access changes: they are in neither."""

    row: Row[*tuple[Any, ...]] | None
    before: AccountAccess | None
    after: AccountAccess | None
    assigns: bool
    unseen: Mapping[AccountKind, frozenset[UUID]] = field(default_factory=dict)

    @property
    def stored(self) -> AccountAccess | None:
        """The access that is stored."""
        return None if self.row is None else self.before or self.after


def access_change(proposal: Proposal, row: Row[*tuple[Any, ...]] | None) -> ProposedAccess:
    """Returns what the proposal means for the user with this row, or a new one."""
    if row is None:
        after = merged(AccountAccess(Audience.ORGANIZATION), proposal.changes)
        return ProposedAccess(None, None, after, assigns=True)
    stored = stored_access(row)
    match proposal.action:
        case UserAction.REMOVE:
            return ProposedAccess(row, stored, None, assigns=False)
        case UserAction.RESTORE:
            return ProposedAccess(row, None, stored, assigns=False)
        case _:
            return _update(row, stored, proposal)


def _update(row: Row[*tuple[Any, ...]], stored: AccountAccess, proposal: Proposal) -> ProposedAccess:
    unseen = unseen_by(row)
    seen = stored.without(frozenset().union(*unseen.values()))
    after = merged(seen, proposal.changes).without_given(proposal.withdrawn)
    if after == seen or (unseen and after.gives_the_same_as(seen)):
        return ProposedAccess(row, stored, stored, assigns=True)
    return ProposedAccess(row, seen, after, assigns=True, unseen=unseen)
