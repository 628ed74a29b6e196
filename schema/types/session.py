"""The type `Session`."""

import strawberry

from resolvers.query.registry import Encoding
from schema.declare.fields import column, gql_type
from schema.declare.scalars import DateTime


@gql_type
class Session:
    """An open session of yours."""

    id: strawberry.ID = column("The id of the session, which `endSession` takes.", encoding=Encoding.PLAIN)
    current: bool = column("Whether this request belongs to the session.")
    created_at: DateTime = column("When the session was started.")
    last_seen_at: DateTime = column("When the session was last used, to the minute or so.")
    address: str | None = column(
        "The network that the session was started from, not the whole address: `203.0.113.0/24`. Null if it is unknown."
    )
    user_agent: str | None = column(
        "The browser and the operating system that the session was started with: `Firefox on Windows`. Null if they "
        "are unknown."
    )
