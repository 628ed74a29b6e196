"""The type `ViewAs`."""

from schema.declare.fields import column, gql_type
from schema.declare.scalars import DateTime


@gql_type
class ViewAs:
    """A view as another user, which you started with `startViewAs`."""

    reason: str = column("Why you view as the user.")
    ends_at: DateTime = column("When the view ends at the latest.")
