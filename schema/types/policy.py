"""The access policy in force, and what an edit of it would mean, for staff."""

import strawberry

from authz.language.diagnostics import Severity
from models import ActivationCause
from resolvers.policy_analysis.edits import playground
from schema.declare.enums import gql_enum
from schema.declare.fields import gql_type
from schema.declare.scalars import DateTime

gql_enum(
    ActivationCause,
    "Why a version of the access policy came into force.",
    name="PolicyActivationCause",
    STARTED="A server started with this version in its file.",
    FILE_CHANGED="The file has changed.",
    RELOADED="`portico policy reload` was run.",
    ROLLED_BACK="`portico policy rollback` was run.",
    ROLLBACK_ENDED="A rollback was ended.",
)
gql_enum(
    Severity,
    "How severe a finding about an access policy is.",
    name="PolicyFindingSeverity",
    ERROR="The policy would not be loaded.",
    WARNING="The policy would be loaded.",
)


@gql_type
class PolicyFinding:
    """An error in an access policy, or a warning about it."""

    severity: Severity = strawberry.field(description="How severe it is.")
    line: int = strawberry.field(description="The line of the source, from 1.")
    column: int = strawberry.field(description="The column in the line, from 1. 0 if it is unknown.")
    text: str = strawberry.field(description="The part of the source that it is about. May be empty.")
    reason: str = strawberry.field(description="What is wrong.")
    suggestion: str = strawberry.field(description="What to write instead. May be empty.")


@gql_type
class PolicyRule:
    """A rule of an access policy."""

    title: str = strawberry.field(
        description='The name of the rule; of an `allow` rule, also what it is about: `allow(Member, "view", Service)`.'
    )
    line: int = strawberry.field(description="The line of the source on which it begins, from 1.")
    last_line: int = strawberry.field(description="The line of the source on which it ends.")


@gql_type
class PolicyActivation:
    """A version of the access policy came into force."""

    version: str = strawberry.field(description="The version: the beginning of the SHA-256 of its source.")
    at: DateTime = strawberry.field(description="When it came into force.")
    cause: ActivationCause = strawberry.field(description="Why it came into force.")
    by: str = strawberry.field(description="The person or program that put it in force, as far as `cause` tells.")


@gql_type
class AccessPolicy:
    """The access policy in force in the server that answers."""

    version: str = strawberry.field(description="The version: the beginning of the SHA-256 of its source.")
    file: str = strawberry.field(description="The name of its file.")
    source: str = strawberry.field(description="Its source.")
    rules: list[PolicyRule] = strawberry.field(description="Its rules, in the order of the source.")
    warnings: list[PolicyFinding] = strawberry.field(description="The warnings about it.")
    activation: PolicyActivation | None = strawberry.field(
        description="When, why and by whom it was put in force. Null if that is not in the history yet."
    )
    history: list[PolicyActivation] = strawberry.field(
        description=f"The newest activations of any version, the newest first: at most {playground.MAX_ACTIVATIONS}."
    )


@gql_type
class PolicyTally:
    """How many pairs of a user, or an API client, and a resource an edit of the policy changes."""

    name: str = strawberry.field(description="The action, organization, kind of user, or rule. May be empty.")
    gained: int = strawberry.field(description="The number of pairs gained.")
    lost: int = strawberry.field(description="The number of pairs lost.")


@gql_type
class PolicyLiveChange:
    """A user, or an API client of theirs, who gains an action on a resource by an edit of the policy, or loses it."""

    gained: bool = strawberry.field(description="Whether the action is gained; otherwise it is lost.")
    action: str = strawberry.field(description="The action, or the capability.")
    type: str = strawberry.field(description="The type of the resource. Empty for a capability.")
    user: str = strawberry.field(description="The email address of the user, or of the API client's owner.")
    client: str = strawberry.field(description="The name of the API client. Empty for a user.")
    resource: str = strawberry.field(description="The name of the resource, or the value of the capability.")
    organization: str = strawberry.field(description="The name of the organization. May be empty.")
    rule: str = strawberry.field(description="The rule that decides. May be empty.")
    line: int = strawberry.field(
        description="The line of that rule, in the source that allows the action. 0 if there is none."
    )


@gql_type
class PolicyLiveDifference:
    """What an edit of the policy changes on today's data."""

    gained: int = strawberry.field(description="How many pairs of a user, or an API client, and a resource are gained.")
    lost: int = strawberry.field(description="How many such pairs are lost.")
    crossing: int = strawberry.field(
        description="How many pairs are gained whose resource belongs to another organization than the user."
    )
    by_action: list[PolicyTally] = strawberry.field(description="The changes by action, the largest first.")
    by_organization: list[PolicyTally] = strawberry.field(description="The changes by organization of the resource.")
    by_kind: list[PolicyTally] = strawberry.field(description="The changes by kind of user.")
    by_rule: list[PolicyTally] = strawberry.field(description="The changes by deciding rule.")
    changes: list[PolicyLiveChange] = strawberry.field(
        description="Some of the changes: at most 50 gained and 50 lost ones."
    )


@gql_type
class PolicyTraitDifference:
    """What an edit of the policy changes for users, API clients and resources that could exist."""

    verdict: str = strawberry.field(
        description="`wider`, `narrower`, `both`, or `undecided` if neither an example nor a proof was found in time."
    )
    action: str = strawberry.field(description="The action, or the capability with its value.")
    type: str = strawberry.field(description="The type of the resource. Empty for a capability.")
    actors: list[str] = strawberry.field(description="For whom it changes, in words.")
    was: str = strawberry.field(description="The condition under the policy in force.")
    becomes: str = strawberry.field(description="The condition under the edit.")
    crosses: bool = strawberry.field(description="Whether a resource of another organization is gained.")
    gained: list[str] = strawberry.field(
        description="An example that only the edit allows: the user, and the rows. Empty if there is none."
    )
    lost: list[str] = strawberry.field(
        description="An example that only the policy in force allows. Empty if there is none."
    )


@gql_type
class PolicyDiff:
    """What an edit of the access policy would mean."""

    version: str = strawberry.field(description="The version that the edit would be.")
    loads: bool = strawberry.field(description="Whether it passes all checks. If not, nothing is compared.")
    findings: list[PolicyFinding] = strawberry.field(description="The errors, or the warnings if it passes.")
    live: PolicyLiveDifference | None = strawberry.field(
        description="What changes on today's data. Null if the edit doesn't load, or if this took too long."
    )
    summary: str = strawberry.field(
        description="What changes for users and resources that could exist, in a sentence. Empty if it doesn't load."
    )
    traits: list[PolicyTraitDifference] = strawberry.field(
        description="The same in detail: first what crosses the border of an organization. At most 100."
    )
