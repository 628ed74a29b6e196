"""The users whom one change is about: locked together, with what was found wrong with each so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from authz.access import Access
from authz.actor import Actor
from authz.model.actions import UserAction
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.users.lock import authorized, lock_users
from resolvers.transaction.unit_of_work import UnitOfWork

USERS = ("input", "users")


@dataclass(slots=True)
class ManyUsers:
    """Users whom `actor` may change, by their positions in the input. `rows` are those of `users_and_access`, by id.

    `refused` are the problems of users by their positions; they are left out of everything that follows.
    """

    actor: Actor
    access: Access
    user_ids: Sequence[UUID | None]
    rows: Mapping[UUID, Row[*tuple[Any, ...]]]
    refused: dict[int, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def remaining(self) -> list[Row[*tuple[Any, ...]]]:
        """The rows of the users who are not refused, in the order of the input."""
        return [
            self.rows[user_id]
            for position, user_id in enumerate(self.user_ids)
            if user_id is not None and position not in self.refused
        ]

    def refuse(self, position: int, problems: Iterable[Problem]) -> None:
        """Leave a user out because of these problems, which are reported at the user."""
        path = (*USERS, str(position))
        at_user = [Problem(each.code, each.message, path, each.retry_after) for each in problems]
        self.refused[position] = tuple(dict.fromkeys(at_user))

    def refuse_user(self, user_id: UUID, *problems: Problem) -> None:
        """Leave a user out, if there are problems."""
        if problems:
            self.refuse(self.user_ids.index(user_id), problems)

    def path_of(self, user_id: UUID) -> tuple[str, ...]:
        """The path of the input field that names the user."""
        return (*USERS, str(self.user_ids.index(user_id)))


async def lock_many(
    work: UnitOfWork, user_ids: Sequence[UUID | None], action: UserAction, versions: Sequence[int] | None = None
) -> ManyUsers:
    """Lock the users and check of each that the caller may perform `action` on them, and that they have the version in
    `versions`, which is as long, if it is given.

    A user is refused as `lock_user` rejects one, with DUPLICATE if they are in the list already, and with STALE. Raises
    `MutationRejected` (UNAUTHENTICATED).
    """
    actor, access, rows = await lock_users(work, user_ids, action)
    many = ManyUsers(actor, access, user_ids, rows)
    seen: set[UUID] = set()
    for position, user_id in enumerate(user_ids):
        row = None if user_id is None else rows.get(user_id)
        try:
            authorized(row, action)
        except MutationRejected as rejection:
            many.refuse(position, rejection.problems)
            continue
        assert row is not None
        if row.organization_id != actor.organization_id:
            # Only the rows of the actor's own organization are locked.
            many.refuse(position, [Problem(ErrorCode.FORBIDDEN, "You may not do this with the user.")])
        elif row.id in seen:
            many.refuse(position, [Problem(ErrorCode.DUPLICATE, "This user is already in the list.")])
        elif versions is not None and row.version != versions[position]:
            many.refuse(position, [Problem(ErrorCode.STALE, "The user has been changed since you last read them.")])
        seen.add(row.id)
    return many
