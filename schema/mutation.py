"""The root type `Mutation`."""

import strawberry

from schema.declare.fields import gql_type
from schema.mutations import (
    access_requests,
    access_reviews,
    access_templates,
    api_clients,
    create_account,
    organization_settings,
    passwords,
    scim_tokens,
    user_lifecycle,
    view_as,
    webhooks,
)
from schema.mutations import activate_user as user_activation
from schema.mutations import activate_user_with_passkey as user_activation_with_passkey
from schema.mutations import change_users as users_change
from schema.mutations import create_organization as organization_creation
from schema.mutations import create_service as service_creation
from schema.mutations import create_user as user_creation
from schema.mutations import import_services as service_import
from schema.mutations import invite_users as user_invitations
from schema.mutations import session as session_mutations
from schema.mutations import update_user as user_update
from schema.mutations.sign_in import identities, passkey_fields, single_sign_on
from schema.mutations.sign_in import second_factors as second_factor_mutations


@gql_type
class Mutation:
    """The root of all mutations. A mutation takes effect completely or not at all; `errors` in its payload says why
    not."""

    sign_in = strawberry.mutation(
        session_mutations.sign_in,
        description="Starts a new session of an active user, which the client holds as a token or as a cookie. The "
        "number of failed attempts is limited.",
    )
    complete_sign_in = strawberry.mutation(
        second_factor_mutations.complete_sign_in,
        description="Finishes a sign-in with a second factor, and starts a new session. The number of wrong codes of a "
        "user is limited.",
    )
    reauthenticate = strawberry.mutation(
        second_factor_mutations.reauthenticate,
        description="Proves again who you are, in your session. Mutations that give access, or change how you sign in, "
        "ask for this with `REAUTHENTICATION_REQUIRED` if the sign-in, or the last proof, is too long ago.",
    )
    start_totp_enrollment = strawberry.mutation(
        second_factor_mutations.start_totp_enrollment,
        description="Creates a secret for an authenticator app. Nothing changes until `confirmTotpEnrollment`.",
    )
    confirm_totp_enrollment = strawberry.mutation(
        second_factor_mutations.confirm_totp_enrollment,
        description="Sets up an authenticator app as your second factor, in place of an earlier one. All your other "
        "sessions end, and you are told by email.",
    )
    remove_totp = strawberry.mutation(
        second_factor_mutations.remove_totp,
        description="Removes your authenticator app, and with your last second factor your recovery codes. All your "
        "other sessions end, and you are told by email.",
    )
    create_recovery_codes = strawberry.mutation(
        second_factor_mutations.create_recovery_codes,
        description="Replaces your recovery codes by ten new ones. All your other sessions end, and you are told by "
        "email.",
    )
    start_passkey_registration = passkey_fields.start_passkey_registration
    add_passkey = passkey_fields.add_passkey
    rename_passkey = passkey_fields.rename_passkey
    remove_passkey = passkey_fields.remove_passkey
    create_passkey_challenge = passkey_fields.create_passkey_challenge
    sign_in_with_passkey = passkey_fields.sign_in_with_passkey
    reset_second_factors = strawberry.mutation(
        second_factor_mutations.reset_second_factors,
        description="Deletes all second factors of a user who has lost them, and ends their sessions. They are told by "
        "email. Requires that you may update the user, who is not yourself.",
    )
    sign_in_with_provider = strawberry.mutation(
        identities.sign_in_with_provider,
        description="Starts a new session of the active user whom a provider has named. `signInMethods` says where a "
        "browser begins. If the identity isn't linked with a user yet, a user with its email gets a link to do so "
        "(`linkIdentity`), unless the organization lets people become users by signing in.",
    )
    link_identity = strawberry.mutation(
        identities.link_identity,
        description="Links your identity at your organization's provider with you, or with the user to whom a link "
        "was mailed. A user who has not activated yet is active then, without a password.",
    )
    unlink_identity = strawberry.mutation(
        identities.unlink_identity,
        description="Unlinks the identity of a user at a provider. The sessions that began with it end.",
    )
    sign_out = strawberry.mutation(session_mutations.sign_out, description="Ends the session of the request.")
    end_session = strawberry.mutation(
        session_mutations.end_session,
        description="Ends one of your sessions, which may be that of the request. `Viewer.sessions` lists them.",
    )
    end_other_sessions = strawberry.mutation(
        session_mutations.end_other_sessions, description="Ends all your sessions except that of the request."
    )
    create_user = strawberry.mutation(
        user_creation.create_user,
        description="Creates a user in your organization. The user is pending until they follow the link in the "
        "activation email, which is sent immediately.",
    )
    invite_users = strawberry.mutation(
        user_invitations.invite,
        description="Creates users from their email addresses alone, all with the same permissions and account access. "
        "Each user is pending until they follow the link in the activation email, which is sent immediately, and enter "
        "their details.",
    )
    activate_user = strawberry.mutation(
        user_activation.activate_user,
        description="Sets the password of a new user, with the single-use token from the activation email. Invited "
        "users also enter their name. Does not sign the user in; use `signIn` for that. If it fails, the token can be "
        "used again.",
    )
    activate_user_with_passkey = strawberry.mutation(
        user_activation_with_passkey.activate_user_with_passkey,
        description="Activates a new user with a passkey instead of a password, with the single-use token from the "
        "activation email. Otherwise like `activateUser`; use `signInWithPasskey` to sign in.",
    )
    update_user = strawberry.mutation(
        user_update.update_user,
        description="Changes a user's details, permissions, and account access. Before and after the change, the user "
        "must have nothing that you may not give.",
    )
    change_users = strawberry.mutation(
        users_change.change_users,
        description="Changes up to 200 users at once: gives or takes away permissions and accounts, sets expiry times, "
        "removes the users, or resends their activation emails. Each user is checked as by the mutation of one user, "
        "and has a result.",
    )
    extend_access = strawberry.mutation(
        users_change.extend_access,
        description="Extends everything that expires of up to 200 users. Each user is checked as by `updateUser`, and "
        "has a result.",
    )
    resend_activation = strawberry.mutation(
        user_lifecycle.resend_activation,
        description="Sends a new activation email to a pending or expired user. The new link is valid for 7 days, and "
        "the old link becomes invalid.",
    )
    remove_user = strawberry.mutation(
        user_lifecycle.remove_user,
        description="Removes all access of a user immediately, including sessions and open links. The contact record "
        "is kept, and the email address stays taken.",
    )
    restore_user = strawberry.mutation(
        user_lifecycle.restore_user,
        description="Restores a removed user with their previous access. The user is pending again until they follow "
        "the link in a new activation email.",
    )
    start_view_as = strawberry.mutation(
        view_as.start_view_as,
        description="Lets your session read the API as a user whom you may update sees it, for a while. Send the id of "
        "the user in the header `Portico-View-As` of queries. The user finds it in their audit trail, with the reason.",
    )
    stop_view_as = strawberry.mutation(
        view_as.stop_view_as, description="Ends a view as another user that your session has started."
    )
    create_organization = strawberry.mutation(
        organization_creation.create_organization,
        description="Creates an organization with its accounts and its first admin, who has full access to it and is "
        "pending until they follow the link in the activation email. For staff only.",
    )
    update_organization_settings = strawberry.mutation(
        organization_settings.update_organization_settings,
        description="Changes the settings of an organization: when ends of access are announced, and when users who "
        "are inactive are removed. A change of the latter starts the warnings anew. Also whether users need a second "
        "factor. For admins whom nothing limits.",
    )
    configure_single_sign_on = strawberry.mutation(
        single_sign_on.configure_single_sign_on,
        description="Sets the OpenID provider of an organization, and whether its users must sign in there. The "
        "provider is asked for its metadata first. For admins whom nothing limits.",
    )
    remove_single_sign_on = strawberry.mutation(
        single_sign_on.remove_single_sign_on,
        description="Removes the provider of an organization: its users sign in by password. Domains and identities "
        "stay.",
    )
    add_sign_in_domain = strawberry.mutation(
        single_sign_on.add_sign_in_domain,
        description="Adds a domain of email addresses to an organization. Its users find the provider once it is "
        "verified.",
    )
    verify_sign_in_domain = strawberry.mutation(
        single_sign_on.verify_sign_in_domain,
        description="Looks for the TXT record that proves that a domain is the organization's, and verifies the domain "
        "if it is there. It is looked for again every day.",
    )
    remove_sign_in_domain = strawberry.mutation(
        single_sign_on.remove_sign_in_domain,
        description="Removes a domain from an organization. Its users don't find the provider by their email any more.",
    )
    create_contract_account = strawberry.mutation(
        create_account.create_contract_account,
        description="Creates a contract account in an organization. For staff only.",
    )
    create_delivery_account = strawberry.mutation(
        create_account.create_delivery_account,
        description="Creates a delivery account in an organization. For staff only.",
    )
    create_service = strawberry.mutation(
        service_creation.create_service,
        description="Creates a service that connects a contract account with a delivery account of an organization. "
        "For staff only.",
    )
    import_services = strawberry.mutation(
        service_import.import_services,
        description="Imports many services of an organization from CSV: all of them, or none if a line is refused. For "
        "staff only.",
    )
    request_access = strawberry.mutation(
        access_requests.request_access,
        description="Requests a permission, or access to an account, for yourself. The request goes to those who may "
        "assign exactly that to you, who are notified by email, and expires after 30 days. The result is the same "
        "whether or not there is such an account.",
    )
    approve_access_request = strawberry.mutation(
        access_requests.approve_access_request,
        description="Approves an access request: gives its user what it asks for, as `updateUser` by you would, until "
        "the requested end or an earlier one. Nobody approves their own requests.",
    )
    decline_access_request = strawberry.mutation(
        access_requests.decline_access_request,
        description="Declines an access request, with a note that says why. Nothing changes for its user.",
    )
    withdraw_access_request = strawberry.mutation(
        access_requests.withdraw_access_request, description="Withdraws one of your own access requests."
    )
    create_access_review = strawberry.mutation(
        access_reviews.create_access_review,
        description="Creates a record of who has access to what in an organization, and why: each account and "
        "permission of every user. It is made in the background: read `state` and `progress` until it is complete. It "
        "never changes from then on.",
    )
    decide_access_review_entries = strawberry.mutation(
        access_reviews.decide,
        description="Marks entries of an access review, which must be complete: what the users keep, and what is taken "
        "away when the access review is signed off with `carryOut`. Marks change nothing until then.",
    )
    sign_off_access_review = strawberry.mutation(
        access_reviews.sign_off_access_review,
        description="Confirms that you have checked an access review, which must be complete. It can be signed off "
        "only once. With `carryOut`, also takes away what its entries are marked to take away.",
    )
    create_access_template = strawberry.mutation(
        access_templates.create_access_template,
        description="Creates a named set of permissions and accounts in your organization, which may only hold what "
        "you may give.",
    )
    update_access_template = strawberry.mutation(
        access_templates.update_access_template,
        description="Changes an access template, and the access of all users who have it, or nothing. `dryRun` says "
        "which of them would gain and lose what. Each user is checked as by `updateUser`.",
    )
    remove_access_template = strawberry.mutation(
        access_templates.remove_access_template,
        description="Removes an access template. Its users keep their access, and have no template any more.",
    )
    create_api_client = strawberry.mutation(
        api_clients.create_api_client,
        description="Creates OAuth 2.0 client credentials for a program that acts on your behalf. Requires the "
        "permission `DEVELOPER_PORTAL`.",
    )
    rotate_api_client_secret = strawberry.mutation(
        api_clients.rotate_api_client_secret,
        description="Creates a second secret for one of your API clients. The first secret stays valid until it is "
        "retired, so the secret can be replaced without downtime.",
    )
    retire_api_client_secret = strawberry.mutation(
        api_clients.retire_api_client_secret,
        description="Invalidates one of the two secrets of one of your API clients. Access tokens already issued stay "
        "valid until they expire a few minutes later.",
    )
    revoke_api_client = strawberry.mutation(
        api_clients.revoke_api_client,
        description="Revokes an API client permanently. Its access tokens become invalid immediately.",
    )
    create_webhook = strawberry.mutation(
        webhooks.create_webhook,
        description="Creates a webhook: events of the organization that you may view are sent to a URL, signed. "
        "Requires that you may change the settings of the organization (`viewerCan`: `CHANGE_SETTINGS`).",
    )
    update_webhook = strawberry.mutation(
        webhooks.update_webhook,
        description="Changes, pauses or resumes a webhook. Whoever changes or resumes it becomes its owner: from then "
        "on it sends the events that they may view.",
    )
    remove_webhook = strawberry.mutation(
        webhooks.remove_webhook, description="Removes a webhook with its log. Nothing is sent to it any more."
    )
    rotate_webhook_secret = strawberry.mutation(
        webhooks.rotate_webhook_secret,
        description="Creates a second secret for a webhook. The former one signs too until it is retired, so the "
        "secret can be replaced without downtime.",
    )
    retire_webhook_secret = strawberry.mutation(
        webhooks.retire_webhook_secret,
        description="Retires the former secret of a webhook. Messages are signed with the remaining one only.",
    )
    send_webhook_test = strawberry.mutation(
        webhooks.send_webhook_test,
        description="Sends a test to a webhook, also if it is paused or stopped. The log says what became of it.",
    )
    resend_webhook_event = strawberry.mutation(
        webhooks.resend_webhook_event,
        description="Sends an event in the log of a webhook once more, with the same id and sequence.",
    )
    create_scim_token = strawberry.mutation(
        scim_tokens.create_scim_token,
        description="Creates a SCIM token, with which an identity provider manages the users of your organization on "
        "your behalf. It may do no more than you, and nothing once you may no longer change the settings of the "
        "organization. Requires that you may (`viewerCan`: `CHANGE_SETTINGS`).",
    )
    revoke_scim_token = strawberry.mutation(
        scim_tokens.revoke_scim_token,
        description="Revokes a SCIM token of your organization permanently, whoever created it. Requires that you may "
        "change the settings of the organization (`viewerCan`: `CHANGE_SETTINGS`).",
    )
    change_password = strawberry.mutation(
        passwords.change_password,
        description="Changes your password. All your other sessions end; this one continues. Incorrect current "
        "passwords count as failed sign-ins.",
    )
    request_password_reset = strawberry.mutation(
        passwords.request_password_reset,
        description="Requests an email with a password reset link. It is sent to active users only. The result is the "
        "same for every email address, except that an admin who may update the user gets `NOT_ACTIVATED` if the user "
        "has not activated. Previous reset links become invalid.",
    )
    reset_password = strawberry.mutation(
        passwords.reset_password,
        description="Sets a new password, with the single-use token from the email. All sessions of the user end. Does "
        "not sign the user in; use `signIn` for that.",
    )
