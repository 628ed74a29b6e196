"""The type `EmailAvailability`."""

from resolvers.types import email_availability
from schema.declare.enums import EmailState
from schema.declare.fields import computed, gql_type, many, one
from schema.types.references import OneUser, Users


@gql_type
class EmailAvailability:
    """Whether a user can be created with an email address. For addresses of users who aren't visible to you, no reason
    is given."""

    state: EmailState = computed(email_availability.state, "Whether the email address is available.")
    user: OneUser | None = one(
        email_availability.owner, "The user who has the email address. Null unless the state is `TAKEN`."
    )
    similar_users: Users = many(
        "User",
        email_availability.similar_users,
        "The users visible to you who have another email address that looks the same: with letters of another script, "
        "or `rn` for `m` or `1` for `l`. If there are any, ask whether the address is meant.",
    )
