"""The root of all mutations."""

import strawberry

from schema.declare.fields import gql_type
from schema.mutations import access_reviews, api_clients, create_account, passwords, user_lifecycle
from schema.mutations import activate_user as user_activation
from schema.mutations import create_organization as organization_creation
from schema.mutations import create_service as service_creation
from schema.mutations import create_user as user_creation
from schema.mutations import invite_users as user_invitations
from schema.mutations import session as session_mutations
from schema.mutations import update_user as user_update


@gql_type
class Mutation:
    """Everything that can be changed. Each mutation is done wholly or not at all, and says in `errors` why not."""

    sign_in = strawberry.mutation(
        session_mutations.sign_in,
        description="Start a session. Only users who have activated can, and only so many wrong tries are allowed.",
    )
    sign_out = strawberry.mutation(
        session_mutations.sign_out, description="End the session whose token the request carries."
    )
    create_user = strawberry.mutation(
        user_creation.create_user,
        description="Create a user in your organization. They are pending until they follow the link in the activation "
        "mail, which leaves at once.",
    )
    invite_users = strawberry.mutation(
        user_invitations.invite,
        description="Create users of whom you know the emails only, all with the same permissions and account access. "
        "Each is pending until they follow the link in the activation mail, which leaves at once, and tells "
        "who they are then.",
    )
    activate_user = strawberry.mutation(
        user_activation.activate_user,
        description="Set the password of a new user, once, with the token from their activation mail; who was invited "
        "tells their name, too. It signs nobody in: `signIn` follows. When refused, nothing is used up.",
    )
    update_user = strawberry.mutation(
        user_update.update_user,
        description="Change a user's details, permissions and account access. The user must have nothing that you "
        "could not give, before and after.",
    )
    resend_activation = strawberry.mutation(
        user_lifecycle.resend_activation,
        description="Send a user who is pending or expired a new activation mail. Its link has its own 7 days, and the "
        "old link is dead.",
    )
    remove_user = strawberry.mutation(
        user_lifecycle.remove_user,
        description="Take all access away from a user at once: sessions and open links end. The contact record is "
        "kept, and the email stays taken.",
    )
    restore_user = strawberry.mutation(
        user_lifecycle.restore_user,
        description="Bring a removed user back. They have the access that they had, are pending again, and follow the "
        "link in a new activation mail.",
    )
    create_organization = strawberry.mutation(
        organization_creation.create_organization,
        description="Bring a new organization to the platform, with its accounts and its first admin, who has "
        "everything in it and is pending until they follow the link in the activation mail. For staff.",
    )
    create_contract_account = strawberry.mutation(
        create_account.create_contract_account, description="Create a contract account in an organization. For staff."
    )
    create_delivery_account = strawberry.mutation(
        create_account.create_delivery_account, description="Create a delivery account in an organization. For staff."
    )
    create_service = strawberry.mutation(
        service_creation.create_service,
        description="Create a service between a contract account and a delivery account of an organization. For staff.",
    )
    create_access_review = strawberry.mutation(
        access_reviews.create_access_review,
        description="Write down who has access to what in an organization now, and why: every user with each account "
        "and permission. What is written down does not change any more.",
    )
    sign_off_access_review = strawberry.mutation(
        access_reviews.sign_off_access_review,
        description="Say that you have looked at an access review. It is signed off once, for good.",
    )
    create_api_client = strawberry.mutation(
        api_clients.create_api_client,
        description="Create OAuth 2.0 client credentials for a program that acts for you. For those who have "
        "`DEVELOPER_PORTAL`.",
    )
    rotate_api_client_secret = strawberry.mutation(
        api_clients.rotate_api_client_secret,
        description="Give an API client of yours a second secret. The first stays good until it is retired, so that "
        "nothing goes down.",
    )
    retire_api_client_secret = strawberry.mutation(
        api_clients.retire_api_client_secret,
        description="End one of the two secrets of an API client of yours. Access tokens that are out stay good for "
        "their few minutes.",
    )
    revoke_api_client = strawberry.mutation(
        api_clients.revoke_api_client,
        description="End an API client for good. Its access tokens end at once.",
    )
    change_password = strawberry.mutation(
        passwords.change_password,
        description="Choose a new password of your own. All your other sessions end, this one goes on. Wrong current "
        "passwords count as failed sign-ins.",
    )
    request_password_reset = strawberry.mutation(
        passwords.request_password_reset,
        description="Ask for a mail with a link for a new password. It is sent to active users only, and the answer is "
        "the same for everybody, except for an admin who may change the user: they get `NOT_ACTIVATED` for one who has "
        "not activated. A link that was sent before is dead then.",
    )
    reset_password = strawberry.mutation(
        passwords.reset_password,
        description="Set a new password, once, with the token from the mail. All sessions of the user end, and none "
        "starts: `signIn` follows.",
    )
