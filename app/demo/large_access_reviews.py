"""Generates the access reviews of one organization of the large data set: one signed off, one that waits for it."""

from collections.abc import Iterator
from datetime import timedelta

from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from app.demo.large_users import ROLES, DraftUser
from models import AccessKind, AccessReviewState

POLICY_VERSION = "demo"
NOTE = "Checked with the heads of the regions."


def review_rows(draft: Draft, users: list[DraftUser]) -> Iterator[Row]:
    """The reviews, which the admin created."""
    for signed in (True, False):
        row_id, at = draft.next_key()
        signature = (users[0].id, at + timedelta(days=1), NOTE) if signed else (None, None, None)
        yield row_id, at, draft.id, users[0].id, POLICY_VERSION, AccessReviewState.COMPLETE, at, *signature


def entry_rows(draft: Draft, users: list[DraftUser], reviews: list[Row]) -> Iterator[Row]:
    """The permissions of the first users, in each review."""
    for review in reviews:
        for user in users[: len(ROLES)]:
            for permission in user.permissions:
                name = f"{user.first_name} {user.last_name}"
                who = user.id, user.email, name, "ACTIVE"
                yield (*draft.next_key(), draft.id, review[0], *who, AccessKind.PERMISSION, permission, "given")
