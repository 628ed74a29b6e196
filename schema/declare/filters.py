"""The filters of connections: what each condition means. How it is met stands in `resolvers/`, under the same names."""

from typing import Any, Final

import strawberry

from schema.declare.enums import (
    AccessKind,
    Audience,
    AuditKind,
    MailStatus,
    Permission,
    ServiceStatus,
    UserKind,
    UserStatus,
)
from schema.declare.inputs import gql_input
from schema.declare.scalars import CountryCode, DateTime

SEARCH_LENGTH = 200
"""Characters of a search term, at most."""

LIST_LENGTH = 1000
"""Entries of a list in any argument, at most."""


def condition(description: str) -> Any:
    """A condition of a filter; left out, or null, it asks for nothing."""
    return strawberry.field(description=description, default=strawberry.UNSET)


def with_text(what: str) -> Any:
    """The condition on the text of a node; `what` says of which."""
    description = (
        f"Words that must all occur in {what}, in any order, also as parts of words; case and accents don't matter. "
        f"At most {SEARCH_LENGTH} characters."
    )
    return strawberry.field(description=description, default=strawberry.UNSET, metadata={"length": SEARCH_LENGTH})


def with_ids(prefix: str, description: str) -> Any:
    """A condition that lists ids which begin with `prefix`."""
    return strawberry.field(
        description=f"{description} An empty list finds nothing.",
        default=strawberry.UNSET,
        metadata={"prefix": prefix},
    )


@gql_input
class OrganizationFilter:
    """Which organizations to list. All conditions must be met; one that is left out asks for nothing."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids("org", "One of these.")


@gql_input
class ContractAccountFilter:
    """Which contract accounts to list. All conditions must be met; one that is left out asks for nothing."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids("ca", "One of these.")


@gql_input
class DeliveryAccountFilter:
    """Which delivery accounts to list. All conditions must be met; one that is left out asks for nothing."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids("da", "One of these.")


@gql_input
class ServiceFilter:
    """Which services to list. All conditions must be met; one that is left out asks for nothing."""

    search: str | None = with_text("the name, the code or the city")
    ids: list[strawberry.ID] | None = with_ids("svc", "One of these.")
    status: list[ServiceStatus] | None = condition("In one of these states. An empty list finds nothing.")
    country: list[CountryCode] | None = condition(
        "With the site in one of these countries. An empty list finds nothing."
    )
    contract_accounts: list[strawberry.ID] | None = with_ids("ca", "Signed with one of these contract accounts.")
    delivery_accounts: list[strawberry.ID] | None = with_ids("da", "Delivered to one of these delivery accounts.")


@gql_input
class UserFilter:
    """Which users to list. All conditions must be met; one that is left out asks for nothing."""

    search: str | None = with_text("the name or the email")
    ids: list[strawberry.ID] | None = with_ids("usr", "One of these.")
    status: list[UserStatus] | None = condition("In one of these states. An empty list finds nothing.")
    audience: list[Audience] | None = condition("Of one of these audiences. An empty list finds nothing.")
    kind: list[UserKind] | None = condition("Of one of these kinds. An empty list finds nothing.")
    permission: list[Permission] | None = condition(
        "With at least one of these permissions. An empty list finds nothing."
    )
    country: list[CountryCode] | None = condition("In one of these countries. An empty list finds nothing.")
    mail: list[MailStatus] | None = condition(
        "With the mail of the newest activation link in one of these states. An empty list finds nothing."
    )
    ends_before: DateTime | None = condition(
        "With a permission, or an account that you see, which they have now and that ends before this moment."
    )


@gql_input
class AuditEventFilter:
    """Which audit events to list. All conditions must be met; one that is left out asks for nothing."""

    ids: list[strawberry.ID] | None = with_ids("evt", "One of these.")
    kind: list[AuditKind] | None = condition("Of one of these kinds. An empty list finds nothing.")
    actors: list[strawberry.ID] | None = with_ids("usr", "Done by one of these users.")
    subjects: list[strawberry.ID] | None = with_ids("usr", "Happened to one of these users.")
    since: DateTime | None = condition("At this moment or later.")
    until: DateTime | None = condition("Before this moment.")
    request_id: str | None = condition("In the request that the logs call so.")


@gql_input
class AccessReviewFilter:
    """Which access reviews to list. All conditions must be met; one that is left out asks for nothing."""

    ids: list[strawberry.ID] | None = with_ids("rev", "One of these.")
    signed_off: bool | None = condition("Signed off, or not signed off.")


@gql_input
class AccessReviewEntryFilter:
    """Which entries of access reviews to list. All conditions must be met; one that is left out asks for nothing."""

    search: str | None = with_text("the email or the name of the user, or the name of the account or permission")
    ids: list[strawberry.ID] | None = with_ids("rve", "One of these.")
    users: list[strawberry.ID] | None = with_ids("usr", "About one of these users.")
    kind: list[AccessKind] | None = condition("About one of these. An empty list finds nothing.")
    status: list[UserStatus] | None = condition(
        "About users who were in one of these states. An empty list finds nothing."
    )
    ends_before: DateTime | None = condition("About what was to end before this moment.")


@gql_input
class ApiClientFilter:
    """Which API clients to list. All conditions must be met; one that is left out asks for nothing."""

    search: str | None = with_text("the name")
    ids: list[strawberry.ID] | None = with_ids("cli", "One of these.")
    owners: list[strawberry.ID] | None = with_ids("usr", "Acting for one of these users.")
    revoked: bool | None = condition("Revoked, or not revoked.")


FILTERS: Final[dict[str, Any]] = {
    "Organization": OrganizationFilter,
    "ContractAccount": ContractAccountFilter,
    "DeliveryAccount": DeliveryAccountFilter,
    "Service": ServiceFilter,
    "User": UserFilter,
    "AuditEvent": AuditEventFilter,
    "AccessReview": AccessReviewFilter,
    "AccessReviewEntry": AccessReviewEntryFilter,
    "ApiClient": ApiClientFilter,
}
"""By node type."""
