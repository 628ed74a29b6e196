"""What has an id."""

import strawberry

from schema.declare.fields import gql_interface, public_id


@gql_interface
class Node:
    """Whatever has an id of its own: organizations, contract accounts, delivery accounts, services, users,
    audit events, access reviews and their entries."""

    id: strawberry.ID = public_id(
        "The id: a prefix for the type and a UUID, such as `usr_0190…`. The same everywhere, for good."
    )
