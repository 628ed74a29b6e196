"""The access reviews of random worlds: one for each organization, with an entry for each of its first users."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from models import AccessKind, Permission

if TYPE_CHECKING:
    from tests.support.worlds.models import Organization, User

REVIEW_COLUMNS = "id organization_id created_at policy_version state recorded_at"
ENTRY_COLUMNS = "id organization_id review_id user_id user_email user_name user_status kind name why"
USERS = 3


@dataclass(frozen=True)
class Review:
    id: UUID
    organization_id: UUID


@dataclass(frozen=True)
class Entry:
    id: UUID
    organization_id: UUID
    review_id: UUID
    user_id: UUID
    email: str


def reviews_of(organizations: Iterable["Organization"], ids: Iterator[UUID]) -> tuple[Review, ...]:
    return tuple(Review(next(ids), each.id) for each in organizations)


def entries_of(reviews: Iterable[Review], users: Iterable["User"], ids: Iterator[UUID]) -> tuple[Entry, ...]:
    return tuple(
        Entry(next(ids), review.organization_id, review.id, user.id, user.email)
        for review in reviews
        for user in [each for each in users if each.organization_id == review.organization_id][:USERS]
    )


def review_record(review: Review) -> tuple[Any, ...]:
    """Returns the values of `REVIEW_COLUMNS`."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=review.id.int % 7)
    return review.id, review.organization_id, at, "some-version", "COMPLETE", at


def entry_record(entry: Entry) -> tuple[Any, ...]:
    """Returns the values of `ENTRY_COLUMNS`."""
    what = AccessKind.PERMISSION.value, Permission.SUPPORT_VIEW.value, "given"
    user = entry.user_id, entry.email, "Somebody", "ACTIVE"
    return (entry.id, entry.organization_id, entry.review_id, *user, *what)
