"""The type `AuditEvent`."""

from enum import StrEnum

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import audit_event, organization, scim_token
from schema.declare.action_enums import AuditEventAction
from schema.declare.audit_kinds import AuditKind
from schema.declare.connection import Connection
from schema.declare.enums import gql_enum
from schema.declare.fields import column, computed, gql_type, group, listed, node, one
from schema.declare.filters import condition, with_ids
from schema.declare.inputs import gql_input
from schema.declare.node import Node
from schema.declare.orders import BY_CREATION
from schema.declare.scalars import DateTime, Json
from schema.types.integration.scim_token import ActingScimToken
from schema.types.references import OneApiClient, OneOrganization, OneUser


@gql_type
class AuditChange:
    """The change of one field."""

    field: str = column("The name of the field in this API.")
    before: Json | None = column(
        "The previous value, or null if there was none. Lists contain only entries that are visible to you.",
        encoding=Encoding.JSON,
    )
    after: Json | None = column(
        "The new value, or null if there is none. Lists contain only entries that are visible to you.",
        encoding=Encoding.JSON,
    )


@gql_type
class AuditResource:
    """A user or other resource that an audit event names."""

    resource: strawberry.ID = column("The id of the resource, which can be any node.", "id", encoding=Encoding.PLAIN)
    name: str = column(
        "Its present name: the display name of a user, the code of a service, the time at which an access review was "
        "created, otherwise its name."
    )


@gql_input
class AuditEventFilter:
    """Filters audit events. All given conditions must be met."""

    ids: list[strawberry.ID] | None = with_ids(models.AuditEvent, "With one of these ids.")
    kind: list[AuditKind] | None = condition("Of one of these kinds. An empty list matches nothing.")
    actors: list[strawberry.ID] | None = with_ids(models.User, "Performed by one of these users.")
    subjects: list[strawberry.ID] | None = with_ids(models.User, "About one of these users.")
    since: DateTime | None = condition("At or after this time.")
    until: DateTime | None = condition("Before this time.")
    request_id: str | None = condition("From the request with this id in the logs and in `X-Request-ID`.")


class AuditEventOrder(StrEnum):
    """Sort orders of audit events."""

    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


gql_enum(AuditEventOrder, "The sort order of audit events.", **BY_CREATION)


@node(
    model=models.AuditEvent,
    filters=audit_event.FILTERS,
    orders=audit_event.ORDERS,
    filter_type=AuditEventFilter,
    default_order=AuditEventOrder.CREATED_AT_DESC,
)
class AuditEvent(Node):
    """An audit record: who did what to whom, when, and from where. Audit events are never changed or deleted."""

    kind: AuditKind = computed(audit_event.kind, "The kind of the event.")
    created_at: DateTime = column("When the event happened.")
    actor: OneUser | None = one(
        audit_event.actor,
        "The user who acted. Null if nobody was signed in, or if the user isn't visible to you.",
        crosses=True,
    )
    api_client: OneApiClient | None = one(
        audit_event.api_client,
        "The API client that acted on behalf of the actor. Null if there was none, or if it isn't visible to you.",
        crosses=True,
    )
    scim_token: ActingScimToken | None = group(
        "The SCIM token through which an identity provider acted on behalf of the actor. Null if there was none, or if "
        "you may not change the settings of the organization.",
        row=scim_token.of_event,
    )
    subject: OneUser | None = one(
        audit_event.subject,
        "The user whom the event concerns. Null if it concerns no user, or if the user isn't visible to you.",
        crosses=True,
    )
    subject_id: strawberry.ID | None = computed(
        audit_event.subject_id,
        "The id of the user or other resource that the event concerns. Null if it isn't visible to you.",
    )
    organization: OneOrganization | None = one(
        organization.owner, "The organization of the event. Null if it happened in none."
    )
    changes: list[AuditChange] = listed(
        audit_event.changes,
        "The changed fields. Passwords and other secrets are never included.",
    )
    resources: list[AuditResource] = listed(
        audit_event.resources,
        "What `subjectId` and the ids in `changes` stand for. Only resources visible to you.",
    )
    request_id: str | None = column("The id of the request, as in the logs and in the response header `X-Request-ID`.")
    address: str | None = computed(
        audit_event.address,
        "The network address of the request. Null if the user who sent it isn't visible to you.",
    )
    policy_version: str | None = column("The version of the access policy that allowed or denied the action.")
    viewer_can: list[AuditEventAction] = computed(
        audit_event.can, "The actions that you may perform on the audit event.", Encoding.JSON
    )


@gql_type
class AuditEventConnection(Connection[AuditEvent]):
    """A page of audit events. Includes and counts only those visible to you."""
