"""The root type `Query`."""

import strawberry
from sqlalchemy import DateTime as TimeType
from sqlalchemy import Text

from resolvers.types import access_at as access_at_rows
from resolvers.types import access_review, resource_access_at
from resolvers.types import email_availability as email_question
from schema.declare.arguments import argument
from schema.declare.fields import ONLY_BY_POST, answer, by_id, by_ids, gql_type, group, lookup, many, of_owner, static
from schema.declare.node import Node
from schema.declare.scalars import DateTime, EmailAddress
from schema.queries.access_preview import PREVIEW, access_preview
from schema.queries.events import events
from schema.queries.explain_access import explain_access
from schema.queries.password_strength import password_strength
from schema.queries.policy import policy, policy_check, policy_diff
from schema.queries.sign_in_methods import sign_in_methods
from schema.queries.simulations import simulate_account_closing, simulate_service_move, simulate_user_leaving
from schema.queries.who_can import who_can
from schema.types.access_at import AccessAt, ResourceAccessAt
from schema.types.email_availability import EmailAvailability
from schema.types.permission import MATRIX, PermissionInfo
from schema.types.references import (
    AccessRequests,
    AccessTemplates,
    ApiClients,
    AuditEvents,
    ContractAccounts,
    DeliveryAccounts,
    OneAccessReview,
    OneOrganization,
    Organizations,
    Services,
    Users,
)
from schema.types.viewer import Viewer

TIME = TimeType(timezone=True)
SIMULATION = (
    "Nothing is changed. Requires that you may review the access to the organization (`viewerCan`: `REVIEW_ACCESS`). "
    "Null if what it is about isn't visible to you."
)


@gql_type
class Query:
    """The root of all queries. Resources that are not visible to you are left out of lists, and null by id."""

    viewer: Viewer | None = group("The authenticated caller. Null if the request is not authenticated.")
    node: Node | None = by_id(
        "Returns a node of any type by its id. Null if no such node is visible to you.", "the node"
    )
    nodes: list[Node | None] = by_ids(
        "Returns nodes by their ids, in the same order, with null for each node that isn't visible to you."
    )
    organization: OneOrganization | None = by_id(
        "Returns an organization by its id. Null if no such organization is visible to you.", "the organization"
    )
    organizations: Organizations = many("Organization", None, "Returns the organizations visible to you.")
    contract_accounts: ContractAccounts = many("ContractAccount", None, "Returns the contract accounts visible to you.")
    delivery_accounts: DeliveryAccounts = many("DeliveryAccount", None, "Returns the delivery accounts visible to you.")
    services: Services = many("Service", None, "Returns the services visible to you.")
    users: Users = many("User", None, "Returns the users visible to you.")
    audit_events: AuditEvents = many("AuditEvent", None, "Returns the audit events visible to you.")
    access_review: OneAccessReview | None = of_owner(
        "Returns the newest access review of an organization, complete or not. Null if none is visible to you.",
        "Organization",
        access_review.newest,
    )
    access_templates: AccessTemplates = many(
        "AccessTemplate", None, "Returns the access templates visible to you: those that hold only what you may give."
    )
    api_clients: ApiClients = many("ApiClient", None, "Returns the API clients visible to you.")
    access_requests: AccessRequests = many(
        "AccessRequest",
        None,
        "Returns the access requests visible to you: your own, and those that you may decide.",
    )
    permissions: list[PermissionInfo] = static(
        "Returns the permission matrix: every permission with its name and what it allows.", MATRIX
    )
    email_availability: EmailAvailability = answer(
        "Returns whether a user can be created with an email address. Requires that you may create users, and is "
        "rate-limited.",
        {"email": Text()},
        [argument("email", EmailAddress, "The email address to check.")],
        email_question.permitted,
        email_question.rate_limit,
    )
    access_at: AccessAt | None = lookup(
        "Returns the access that a user had at an earlier time, from the audit trail. Null if the user, or an audit "
        "event about their access, isn't visible to you, and for a time to come.",
        {"user": Text(), "time": TIME},
        [
            argument("user", strawberry.ID, "The id of the user."),
            argument("time", DateTime, "The time, which must not be in the future."),
        ],
        access_at_rows.state,
    )
    who_had_access: ResourceAccessAt | None = lookup(
        "Returns who had access to a contract account, delivery account or service at an earlier time, from the audit "
        "trail. Null if the resource isn't visible to you, if no audit events are, and for a time to come.",
        {"on": Text(), "time": TIME},
        [
            argument("on", strawberry.ID, "The id of the contract account, delivery account or service."),
            argument("time", DateTime, "The time, which must not be in the future."),
        ],
        resource_access_at.resource,
    )
    access_preview = strawberry.field(
        access_preview,
        metadata=PREVIEW,
        description="Returns what a user would see after a change of their access, which is not made: a new user, a "
        "user whose access changes, or one who is removed or restored. Requires that you may make the change.",
    )
    who_can = strawberry.field(
        who_can,
        description="Returns the users visible to you who may perform an action on a resource, or of an organization "
        "who have a capability, with the routes that allow it. Requires that you may review the access to the "
        "organization of the resource (`viewerCan`: `REVIEW_ACCESS`). Null if the resource isn't visible to you.",
    )
    explain_access = strawberry.field(
        explain_access,
        description="Returns why a user may or may not perform an action on a resource, or has a capability or not, "
        "for each condition of the policy. Requires that you may review the access to the organization of the "
        "resource (`viewerCan`: `REVIEW_ACCESS`); for a capability, to that of the user as well. Null if the user or "
        "the resource isn't visible to you.",
    )
    events = strawberry.field(
        events,
        description="Returns what happened in your organization, one event after the other: what webhooks send, to be "
        "read page by page, and again. Requires that you may read the feed (`viewerCan`: `READ_EVENTS`).",
    )
    simulate_service_move = strawberry.field(
        simulate_service_move,
        description="Returns what would change for whom if a service had another contract account or delivery account. "
        f"{SIMULATION}",
    )
    simulate_account_closing = strawberry.field(
        simulate_account_closing,
        description="Returns what would change for whom if a contract account or delivery account went, with its "
        f"services and all access that was given to it. {SIMULATION}",
    )
    simulate_user_leaving = strawberry.field(
        simulate_user_leaving,
        description="Returns what would change for all others if a user were removed: above all, which users nobody "
        "could update any longer, and which accounts nobody could give to users. What the user themselves would lose, "
        f"`accessPreview` returns. {SIMULATION}",
    )
    password_strength = strawberry.field(
        password_strength,
        description="Returns how hard a password is to guess, by the rule that `changePassword`, `resetPassword` and "
        "`activateUser` apply, for a form that shows it while the password is typed. Anybody may query it. GET is "
        "refused, so that the password is in no address; send it in a variable, so that it is in no document either.",
        metadata=ONLY_BY_POST,
    )
    sign_in_methods = strawberry.field(
        sign_in_methods,
        description="Returns how somebody with an email address signs in: by password, or at the provider of its "
        "domain. Anybody may query it; it depends on the domain alone. Rate-limited.",
        metadata=ONLY_BY_POST,
    )
    policy = strawberry.field(
        policy,
        description="Returns the access policy in force, with its history. For staff only (`viewer.viewerCan`: "
        "`VIEW_POLICY`).",
    )
    policy_check = strawberry.field(
        policy_check,
        description="Returns what is wrong with the source of an edited access policy, for an editor that shows it "
        "while one types: what can be found at once, which is less than `policyDiff` finds. For staff only, and "
        "rate-limited. Puts nothing in force.",
    )
    policy_diff = strawberry.field(
        policy_diff,
        description="Checks an edited access policy as a server does before it loads one, and returns who would gain "
        "and lose what by it: on today's data, and for users and resources that could exist. Takes up to some minutes; "
        "one runs at a time. For staff only, and rate-limited. Puts nothing in force.",
    )
