"""The types `AccessReview` and `AccessReviewEntry`."""

from enum import StrEnum
from typing import Any

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import access_reason_words, access_review, organization
from schema.declare.action_enums import AccessReviewAction, AccessReviewEntryAction
from schema.declare.connection import Connection
from schema.declare.enums import (
    AccessKind,
    AccessReasonKind,
    AccessReviewDecision,
    AccessReviewState,
    ConditionKind,
    Permission,
    UserStatus,
    gql_enum,
)
from schema.declare.fields import column, computed, gql_type, listed, many, node, one
from schema.declare.filters import SEARCH_LENGTH, condition, with_ids, with_inputs, with_text
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION
from schema.declare.scalars import DateTime
from schema.types.references import AccessReviewEntries, OneAccessReview, OneOrganization, OneUser

MOST_WORDS = 20
"""The most words that the reasons of entries are searched for."""

MOST_SENTENCES = 50
"""The most kinds of a sentence in which such a word may occur."""


def _sentences(description: str) -> Any:
    metadata = {"most": MOST_SENTENCES}
    return strawberry.field(
        description=f"{description} At most {MOST_SENTENCES}.", default=strawberry.UNSET, metadata=metadata
    )


@gql_input
class AccessReasonConditionMatch:
    """Matches a condition of a reason."""

    kind: ConditionKind = strawberry.field(description="What the condition is about.")
    name: str | None = condition("The whole name in the condition, such as a permission. Any if omitted or null.")
    holds: bool = strawberry.field(
        description="Whether what `kind` says was required to be so, rather than not to be so.", default=True
    )


@gql_input
class AccessReasonWord:
    """A word, and the sentences in which it occurs, of those in which you show reasons."""

    word: str = strawberry.field(
        description=f"The word, which may also occur in a name: of an account, for instance, or the text of a "
        f"condition of the kind `OTHER`. Parts match, and case and accents are ignored. At most {SEARCH_LENGTH} "
        "characters.",
        metadata={"length": SEARCH_LENGTH},
    )
    reasons: list[AccessReasonKind] | None = _sentences("The kinds of reasons in whose sentences it occurs.")
    conditions: list[AccessReasonConditionMatch] | None = _sentences("The conditions in whose sentences it occurs.")
    kinds: list[AccessKind] | None = _sentences("The kinds of access in whose sentences it occurs, such as `NOTHING`.")


@gql_input
class AccessReviewEntryFilter:
    """Filters access review entries. All given conditions must be met."""

    search: str | None = with_text("the email or the name of the user, or the name of the account or permission")
    ids: list[strawberry.ID] | None = with_ids(models.AccessReviewEntry, "With one of these ids.")
    users: list[strawberry.ID] | None = with_ids(models.User, "About one of these users.")
    contract_accounts: list[strawberry.ID] | None = with_ids(
        models.ContractAccount, "About one of these contract accounts."
    )
    delivery_accounts: list[strawberry.ID] | None = with_ids(
        models.DeliveryAccount, "About one of these delivery accounts."
    )
    why: str | None = with_text("`why`")
    reasons: list[AccessReasonWord] | None = with_inputs(
        "Words that must all occur in the reasons, as you show them in your user's language: each in a name, or in one "
        f"of the sentences that you say. At most {MOST_WORDS}.",
        access_reason_words.encode,
        MOST_WORDS,
    )
    decided: bool | None = condition("Whether the entry is marked.")
    decision: list[AccessReviewDecision] | None = condition(
        "Marked with one of these decisions. An empty list matches nothing."
    )
    kind: list[AccessKind] | None = condition("With one of these kinds. An empty list matches nothing.")
    status: list[UserStatus] | None = condition(
        "About users who had one of these statuses. An empty list matches nothing."
    )
    ends_before: DateTime | None = condition("About access that was to expire before this time.")


class AccessReviewEntryOrder(StrEnum):
    """Sort orders of access review entries."""

    USER_ASC = "USER_ASC"
    USER_DESC = "USER_DESC"


gql_enum(
    AccessReviewEntryOrder,
    "The sort order of access review entries.",
    USER_ASC="By the user's email address, ascending.",
    USER_DESC="By the user's email address, descending.",
)


@gql_type
class AccessReasonCondition:
    """A condition that was required for access."""

    kind: ConditionKind = column("What the condition is about.")
    name: str | None = column(
        "The permission, the audience, the account that was given, or the row that connects the resource with what the "
        "user has, such as the code of a service. For `OTHER`, the condition in English words. Null for other kinds."
    )
    holds: bool = column("Whether what `kind` says was required to be so, rather than not to be so.")


@gql_type
class AccessReason:
    """A reason why a user had access."""

    kind: AccessReasonKind = column("How the user had the access.")
    conditions: list[AccessReasonCondition] = listed(
        access_review.reason_conditions, "The conditions that were required. Empty for access that was given as it is."
    )


@node(
    model=models.AccessReviewEntry,
    filters=access_review.ENTRY_FILTERS,
    orders=access_review.ENTRY_ORDERS,
    filter_type=AccessReviewEntryFilter,
    default_order=AccessReviewEntryOrder.USER_ASC,
)
class AccessReviewEntry(Node):
    """A permission or account that a user had when the access review was created, and why. Only what entries are
    marked with changes, until the access review is signed off."""

    review: OneAccessReview | None = one(access_review.review, "The access review that the entry belongs to.")
    user: OneUser | None = one(access_review.user, "The user, in their current state.")
    user_email: str = column("The user's email address at the time of the review.")
    user_name: str = column("The user's name at the time of the review, or their email address if they had no name.")
    user_status: UserStatus = column("The user's lifecycle state at the time of the review.")
    kind: AccessKind = column("The kind of access.")
    account_id: strawberry.ID | None = computed(
        access_review.account_id, "The id of the account. Null if the entry isn't about a single account."
    )
    name: str | None = column(
        f"The name of the account at the time of the review, or the permission, such as `{Permission.SUPPORT_VIEW}`. "
        "Null if the entry is about all accounts or about nothing."
    )
    accounts: int | None = column("The number of accounts, if the entry is about all accounts.")
    ends_at: DateTime | None = column(
        "When the access was to expire: the latest expiry time of all routes to it. Null if it had none."
    )
    why: str = column(
        "Why the user had the access, as text: the grants and services that led to it, and the user's attributes that "
        "were required. Multiple routes are separated by `;`."
    )
    reasons: list[AccessReason] = listed(
        access_review.reasons,
        "The reasons of `why`, each of which is enough, to be put into words. Empty for `NOTHING`, and in access "
        "reviews that were recorded before the reasons were.",
    )
    rules: str | None = column(
        "The policy rules that allowed the access, by file and line, for each route of `why` in the same order, "
        "separated by `;`. Null for access that is granted regardless of the policy."
    )
    decision: AccessReviewDecision | None = computed(
        access_review.decision, "What the entry is marked with: `decideAccessReviewEntries`. Null if it isn't marked."
    )
    removable: bool = computed(
        access_review.removable,
        "Whether the user has the access now, and it can be taken away by itself: a permission, an account, or all "
        "accounts that were given to them. What they reach by all accounts, or by a rule, is not.",
    )
    viewer_can: list[AccessReviewEntryAction] = computed(
        access_review.entry_can, "The actions that you may perform on the entry.", Encoding.JSON
    )


@gql_type
class AccessReviewEntryConnection(Connection[AccessReviewEntry]):
    """A page of access review entries. Includes and counts only those visible to you."""


@gql_input
class AccessReviewFilter:
    """Filters access reviews. All given conditions must be met."""

    ids: list[strawberry.ID] | None = with_ids(models.AccessReview, "With one of these ids.")
    signed_off: bool | None = condition("Whether the review is signed off.")


class AccessReviewOrder(StrEnum):
    """Sort orders of access reviews."""

    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(AccessReviewOrder, "The sort order of access reviews.", **BY_CREATION)


@node(
    model=models.AccessReview,
    filters=access_review.FILTERS,
    orders=access_review.ORDERS,
    filter_type=AccessReviewFilter,
    default_order=AccessReviewOrder.CREATED_AT_DESC,
)
class AccessReview(Node):
    """A record of who had access to what in an organization at one time, and why. The access is recorded in the
    background: `state` and `progress` say how far. A complete review never changes, except that it can be signed off
    once."""

    organization: OneOrganization | None = one(organization.owner, "The reviewed organization.")
    created_at: DateTime = column("When the access review was created.")
    state: AccessReviewState = column("How far the recording has come. The review has entries once it is `COMPLETE`.")
    progress: int = computed(access_review.progress, "How much is recorded, in percent: 0 to 100.")
    recorded_at: DateTime | None = column(
        "The time as of which the entries show the access. Null if the access review isn't complete."
    )
    failure: str | None = column("Why the access could not be recorded. Null if it hasn't failed.")
    created_by: OneUser | None = one(
        access_review.created_by,
        "The user who created the access review. Null if the platform operator created it, or if the user isn't "
        "visible to you.",
        crosses=True,
    )
    policy_version: str = column(
        "The version of the access policy by which the access was recorded; until then, the one in force when the "
        "access review was created."
    )
    signed_off_at: DateTime | None = column("When the access review was signed off. Null if it isn't yet.")
    signed_off_by: OneUser | None = one(
        access_review.signed_off_by,
        "The user who signed off the access review. Null if it isn't signed off yet, or if the user isn't visible to "
        "you.",
        crosses=True,
    )
    note: str | None = column("The note of the user who signed off the access review.")
    entries: AccessReviewEntries = many(
        "AccessReviewEntry",
        access_review.entries,
        "The recorded access of every user of the organization. Empty until the access review is complete.",
    )
    viewer_can: list[AccessReviewAction] = computed(
        access_review.can, "The actions that you may perform on the access review.", Encoding.JSON
    )


@gql_type
class AccessReviewConnection(Connection[AccessReview]):
    """A page of access reviews. Includes and counts only those visible to you."""
