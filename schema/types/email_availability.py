"""The answer to whether an email is free, in the contract."""

from resolvers.types import email_availability
from schema.declare.enums import EmailState
from schema.declare.fields import computed, gql_type, one
from schema.types.references import OneUser


@gql_type
class EmailAvailability:
    """Whether a user can be created with an email. Of users whom you don't see it tells only that it can't be."""

    state: EmailState = computed(email_availability.state, "Whether the email is free.")
    user: OneUser | None = one(email_availability.owner, "Who has the email. Null unless the state is `TAKEN`.")
