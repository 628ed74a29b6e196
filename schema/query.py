"""The root of all queries."""

import strawberry
from sqlalchemy import Text

from resolvers.types import access_review
from resolvers.types import email_availability as email_question
from schema.declare.arguments import argument
from schema.declare.fields import answer, by_id, by_ids, gql_type, group, many, of_owner, static
from schema.declare.node import Node
from schema.declare.scalars import EmailAddress
from schema.queries.explain_access import explain_access
from schema.queries.who_can import who_can
from schema.types.email_availability import EmailAvailability
from schema.types.permission import MATRIX, PermissionInfo
from schema.types.references import (
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


@gql_type
class Query:
    """Everything that can be read. What you may not see is not there: lists leave it out, and by its id it is null."""

    viewer: Viewer | None = group("Who is asking. Null when nobody is signed in.")
    node: Node | None = by_id("Any node by its id. Null where there is none that you may see.", "the node")
    nodes: list[Node | None] = by_ids(
        "Nodes by their ids, in the same order, with null where there is none that you may see."
    )
    organization: OneOrganization | None = by_id(
        "An organization by its id. Null where there is none that you may see.", "the organization"
    )
    organizations: Organizations = many("Organization", None, "All organizations that you may see.")
    contract_accounts: ContractAccounts = many("ContractAccount", None, "All contract accounts that you may see.")
    delivery_accounts: DeliveryAccounts = many("DeliveryAccount", None, "All delivery accounts that you may see.")
    services: Services = many("Service", None, "All services that you may see.")
    users: Users = many("User", None, "All users whom you may see.")
    audit_events: AuditEvents = many("AuditEvent", None, "All audit events that you may see.")
    access_review: OneAccessReview | None = of_owner(
        "The newest access review of an organization. Null where there is none that you may see.",
        "Organization",
        access_review.newest,
    )
    api_clients: ApiClients = many("ApiClient", None, "All API clients that you may see.")
    permissions: list[PermissionInfo] = static(
        "The permission matrix: every permission with its name and what it opens.", MATRIX
    )
    email_availability: EmailAvailability = answer(
        "Whether a user can be created with an email. Answered only to those who may create users, and only so often.",
        {"email": Text()},
        [argument("email", EmailAddress, "The email that is asked about.")],
        email_question.answers,
    )
    who_can = strawberry.field(
        who_can,
        description="Everybody whom you see and who may do something to one thing, and through what. For those who may "
        "review the access to the organization of the thing (`viewerCan`: `REVIEW_ACCESS`). Null where you see no such "
        "thing.",
    )
    explain_access = strawberry.field(
        explain_access,
        description="Why a user may do something to one thing, or why not, condition by condition of the policy. For "
        "those who may review the access to the organization of the thing (`viewerCan`: `REVIEW_ACCESS`). Null where "
        "you see no such user or thing.",
    )
