"""The types about single sign-on: of an organization, and of a user."""

import strawberry

from resolvers.query.registry import Encoding
from resolvers.types import single_sign_on
from schema.declare.fields import column, gql_type, group, listed, one
from schema.declare.scalars import DateTime
from schema.types.references import OneAccessTemplate, OneUser


@gql_type
class IdentityProvider:
    """The OpenID provider of an organization, where its users sign in."""

    issuer: str = column("The issuer identifier: the URL under which the provider publishes its metadata.")
    client_id: str = column("The `client_id` with which Portico is registered there. Its secret is never returned.")
    required: bool = column("Whether users can sign in at the provider only, except for `breakGlassUser`.")
    break_glass_user: OneUser | None = one(
        single_sign_on.break_glass_user,
        "The admin who can sign in by password although single sign-on is required. Null if there is none.",
    )
    new_user_template: OneAccessTemplate | None = one(
        single_sign_on.new_user_template,
        "The access template of people who sign in and aren't users yet: they become users with it. Null if nobody "
        "becomes a user by signing in, or if the template isn't visible to you.",
    )
    new_users_by: OneUser | None = one(
        single_sign_on.new_users_by,
        "The admin in whose name these users are created, as long as that admin may give all that the template holds. "
        "Null if nobody becomes a user by signing in.",
    )
    updated_at: DateTime = column("When the configuration was last changed.")


@gql_type
class SignInDomain:
    """A domain of email addresses whose users sign in at the provider of the organization."""

    domain_id: strawberry.ID = column("The id of the domain, for `verifySignInDomain`.", encoding=Encoding.PLAIN)
    domain: str = column("The domain in ASCII, such as `acme.example`.")
    record_name: str = column("The name of the TXT record that proves whose the domain is.")
    record_text: str = column("The text of that record.")
    verified_at: DateTime | None = column("When the domain was verified. Null if it isn't, or not any more.")
    checked_at: DateTime | None = column("When the record was last looked for. Null if it never was.")
    missing_since: DateTime | None = column(
        "Since when the record has been missing. After 7 days the domain is no longer verified. Null if it is there."
    )


@gql_type
class SingleSignOn:
    """Single sign-on of an organization: its provider, and the domains of its users."""

    provider: IdentityProvider | None = group(
        "The provider. Null if users sign in by password only.", row=single_sign_on.provider
    )
    domains: list[SignInDomain] = listed(
        single_sign_on.domains, f"The domains, by name: at most {single_sign_on.MOST_DOMAINS}."
    )


@gql_type
class UserIdentity:
    """Who a user is at a provider."""

    issuer: str = column("The issuer identifier of the provider.")
    linked_at: DateTime = column("When the identity was linked with the user.")
    last_used_at: DateTime | None = column("When the user last signed in with it. Null if they never have.")
