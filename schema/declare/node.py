"""The interface `Node` of all objects with a public id."""

import strawberry

from schema.declare.fields import gql_interface, public_id


@gql_interface
class Node:
    """An object with an id: an organization, contract account, delivery account, service, user, audit event, access
    review, access review entry, or API client."""

    id: strawberry.ID = public_id(
        "The id of the object: a type prefix and a UUID, such as `usr_0190…`. Globally unique and permanent."
    )
