"""How often it may be asked whether an email is free. What is answered stands in
`resolvers/types/email_availability.py`."""

from enum import StrEnum
from uuid import UUID

from resolvers.query.selection import ObjectField, Selection
from resolvers.rate_limits.limiter import RateLimiter

FIELD = "emailAvailability"


class EmailState(StrEnum):
    """Whether a new user can have an email."""

    AVAILABLE = "AVAILABLE"
    TAKEN = "TAKEN"
    UNAVAILABLE = "UNAVAILABLE"


def count_questions(limits: RateLimiter, asker_id: UUID, selection: Selection) -> None:
    """Count each question of a query, aliases included, for the user who asks. Raises `MutationRejected`
    (RATE_LIMITED) with the
    response key of the first that is too many."""
    if selection.type != "Query":
        return
    for part in selection.parts:
        if isinstance(part, ObjectField) and part.field == FIELD:
            limits.ask_email_availability(asker_id, (part.key,))
