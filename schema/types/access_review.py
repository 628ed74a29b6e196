"""Access reviews in the contract."""

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import access_review, organization
from schema.declare.action_enums import AccessReviewAction, AccessReviewEntryAction
from schema.declare.connection import Connection
from schema.declare.enums import AccessKind, Permission, UserStatus
from schema.declare.fields import column, computed, gql_type, many, node, one
from schema.declare.node import Node
from schema.declare.scalars import DateTime
from schema.types.references import AccessReviewEntries, OneAccessReview, OneOrganization, OneUser


@node(
    model=models.AccessReviewEntry,
    prefix="rve",
    filters=access_review.ENTRY_FILTERS,
    orders=access_review.ENTRY_ORDERS,
)
class AccessReviewEntry(Node):
    """One thing that one user had when the review was made, and why. It is never changed."""

    review: OneAccessReview | None = one(access_review.review, "The review that it stands in.")
    user: OneUser | None = one(access_review.user, "The user, as they are today.")
    user_email: str = column("The email of the user, as it was then.")
    user_name: str = column("The name of the user, as it was then; the email where they had none.")
    user_status: UserStatus = column("Where the user was in their lifecycle.")
    kind: AccessKind = column("What the entry is about.")
    account_id: strawberry.ID | None = computed(
        access_review.account_id, "The id of the account. Null where the entry is about none, or about all."
    )
    name: str | None = column(
        f"The name of the account, as it was then, or the permission, such as `{Permission.SUPPORT_VIEW}`. Null for "
        "all accounts, and for nothing."
    )
    accounts: int | None = column("How many accounts there were in all, where the entry is about all of them.")
    ends_at: DateTime | None = column(
        "When what the user had was to end: the latest end of all ways. Null where it had none."
    )
    why: str = column(
        "Why they had it, in words: the grants and services that lead there, and what the user has that opens the way. "
        "Several ways stand behind each other, with `;` between them."
    )
    rules: str | None = column(
        "The rules of the policy that said so, by file and line, for each way in the same order, with `;` between "
        "them. Null for what is given, whatever the policy says."
    )
    viewer_can: list[AccessReviewEntryAction] = computed(
        access_review.entry_can, "What you may do with the entry.", Encoding.JSON
    )


@gql_type
class AccessReviewEntryConnection(Connection[AccessReviewEntry]):
    """A page of the entries of access reviews. It holds only those that you may see, and counts no others."""


@node(model=models.AccessReview, prefix="rev", filters=access_review.FILTERS, orders=access_review.ORDERS)
class AccessReview(Node):
    """Who had access to what in an organization at one moment, and why. Nothing in it is ever changed; it is signed
    off, once."""

    organization: OneOrganization | None = one(organization.owner, "The organization that it is about.")
    created_at: DateTime = column("The moment of which it tells.")
    created_by: OneUser | None = one(
        access_review.created_by, "Who made it. Null for the operator of the platform, and where you do not see them."
    )
    policy_version: str = column("By which version of the rules.")
    signed_off_at: DateTime | None = column("When it was signed off. Null until then.")
    signed_off_by: OneUser | None = one(
        access_review.signed_off_by, "Who signed it off. Null until then, and where you do not see them."
    )
    note: str | None = column("What they said when they signed it off.")
    entries: AccessReviewEntries = many(
        "AccessReviewEntry", access_review.entries, "What everybody had, every user of the organization among it."
    )
    viewer_can: list[AccessReviewAction] = computed(access_review.can, "What you may do with it.", Encoding.JSON)


@gql_type
class AccessReviewConnection(Connection[AccessReview]):
    """A page of access reviews. It holds only those that you may see, and counts no others."""
