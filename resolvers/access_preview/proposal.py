"""A change of a user that is only proposed, and what it means for the access of the user."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from authz.model.actions import UserAction
from models import AccountKind, Audience, Permission
from resolvers.access.account_access import CONTENT, AccountAccess, GrantKind
from resolvers.access.grants import stored_access, unseen_by
from resolvers.access.templates import TemplateId, UsedTemplate
from resolvers.errors import MutationRejected, Problem, beside, invalid
from resolvers.mutations.users.update import NEVER_NULL, NewAccess, given_by, merged


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of a user: of the access of a user, who may be a new one, or that they are removed or restored.

    `user_id` is None for a new user, and for an id that no user can have. A new user has the defaults of `createUser`,
    and `changes` in place of some. With a `template`, the user gets what it holds, with the ends in `changes`.
    `granted` are permissions and accounts that a user gets besides what they have, and `withdrawn` are those that are
    taken from what a user has after these changes. `malformed` are the problems of values in whose place there is no
    valid value.
    """

    is_new: bool
    user_id: UUID | None = None
    remove: bool = False
    restore: bool = False
    changes: NewAccess = field(default_factory=NewAccess)
    template: TemplateId | None = None
    granted: tuple[tuple[GrantKind, Permission | UUID | None], ...] = ()
    withdrawn: frozenset[Permission | UUID] = frozenset()
    malformed: Sequence[Problem] = ()

    @property
    def action(self) -> UserAction | None:
        """What is done with the user; None if the user is new."""
        if self.is_new:
            return None
        return UserAction.REMOVE if self.remove else UserAction.RESTORE if self.restore else UserAction.UPDATE

    def check(self) -> None:
        """Raises `MutationRejected` (INVALID) if its parts don't fit together, with one problem for each field."""
        problems: dict[tuple[str, ...], Problem] = {}
        for problem in self._problems():
            problems.setdefault(problem.path, problem)
        if problems:
            raise MutationRejected(beside(self.malformed, problems.values()))

    def _problems(self) -> Iterator[Problem]:
        if self.withdrawn and self.action is not UserAction.UPDATE:
            yield invalid("Only a user who stays can lose some of their access.", "input", "user")
        if self.granted and self.action is not UserAction.UPDATE:
            yield invalid("Only a user who stays can get more than they have.", "input", "user")
        elif self.granted and (self.template is not None or any(name in CONTENT for name in self.changes)):
            # Both are checked as one access, and each problem is at the field it comes from.
            yield invalid("Give either what the user gets besides, or what they have afterwards.", "input", "user")
        if self.template is not None and any(name in CONTENT for name in self.changes):
            yield invalid("Give either a template, or permissions and accounts.", "input", "template")
        if not self.remove and not self.restore:
            return
        if self.is_new:
            yield invalid("Give the user to remove or restore.", "input", "user")
        if self.remove and self.restore:
            yield invalid("Either remove or restore the user, not both.", "input", "restore")
        if self.template is not None:
            yield invalid("Removing or restoring a user doesn't change their access.", "input", "template")
        for name in self.changes:
            yield invalid("Removing or restoring a user doesn't change their access.", "input", NEVER_NULL[name])


@dataclass(frozen=True, slots=True)
class ProposedAccess:
    """What a proposal means: the user's access before and after it, None for none. `row` is that of `user_and_access`,
    None for a new user. `assigns` is whether `after` is access that the admin would assign. `unseen` are the accounts
    that the user has, and that the admin doesn't see, if the access changes: they are in neither. `template` is the one
    that `after` comes from, if any."""

    row: Row[*tuple[Any, ...]] | None
    before: AccountAccess | None
    after: AccountAccess | None
    assigns: bool
    unseen: Mapping[AccountKind, frozenset[UUID]] = field(default_factory=dict)
    template: UsedTemplate | None = None

    @property
    def stored(self) -> AccountAccess | None:
        """The access that is stored."""
        return None if self.row is None else self.before or self.after


def access_change(
    proposal: Proposal, row: Row[*tuple[Any, ...]] | None, template: UsedTemplate | None
) -> ProposedAccess:
    """Returns what the proposal means for the user with this row, or a new one. `template` is what it names."""
    changes = proposal.changes if template is None else given_by(template, proposal.changes)
    if row is None:
        after = merged(AccountAccess(Audience.ORGANIZATION), changes)
        return ProposedAccess(None, None, after, assigns=True, template=template)
    stored = stored_access(row)
    match proposal.action:
        case UserAction.REMOVE:
            return ProposedAccess(row, stored, None, assigns=False)
        case UserAction.RESTORE:
            return ProposedAccess(row, None, stored, assigns=False)
        case _:
            update = _update(row, stored, proposal, changes)
            return replace(update, template=template)


def _update(
    row: Row[*tuple[Any, ...]], stored: AccountAccess, proposal: Proposal, changes: NewAccess
) -> ProposedAccess:
    unseen = unseen_by(row)
    seen = stored.without(frozenset().union(*unseen.values()))
    after = merged(seen, changes).with_given(proposal.granted).without_given(proposal.withdrawn)
    if after == seen or (unseen and after.gives_the_same_as(seen)):
        return ProposedAccess(row, stored, stored, assigns=True)
    return ProposedAccess(row, seen, after, assigns=True, unseen=unseen)
