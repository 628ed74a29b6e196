"""The root of all mutations."""

import strawberry

from schema import session, user_changes
from schema.binding import described


@described
class Mutation:
    """Everything that can be changed. Each mutation is done wholly or not at all, and says in `errors` why not."""

    sign_in = strawberry.mutation(
        session.sign_in,
        description="Start a session. Only users who have activated can, and only so many wrong tries are allowed.",
    )
    sign_out = strawberry.mutation(session.sign_out, description="End the session whose token the request carries.")
    create_user = strawberry.mutation(
        user_changes.create_user,
        description="Create a user in your organization. They are pending until they follow the link in the activation "
        "mail, which leaves at once.",
    )
    activate_user = strawberry.mutation(
        user_changes.activate_user,
        description="Set the password of a new user, once, with the token from their activation mail. It signs nobody "
        "in: `signIn` follows.",
    )
