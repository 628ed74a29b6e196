"""Audit events in the contract."""

import strawberry

import models
from resolvers.query.registry import Encoding
from resolvers.types import audit_event, organization
from schema.declare.action_enums import AuditEventAction
from schema.declare.connection import Connection
from schema.declare.enums import AuditKind
from schema.declare.fields import column, computed, gql_type, listed, node, one
from schema.declare.node import Node
from schema.declare.scalars import DateTime, Json
from schema.types.references import OneApiClient, OneOrganization, OneUser


@gql_type
class AuditChange:
    """What became of one field."""

    field: str = column("The name of the field, as the API has it.")
    before: Json | None = column(
        "The value before; null where there was none. Of a list, the entries that name only what you see.",
        encoding=Encoding.JSON,
    )
    after: Json | None = column(
        "The value after; null where there is none. Of a list, the entries that name only what you see.",
        encoding=Encoding.JSON,
    )


@node(model=models.AuditEvent, prefix="evt", filters=audit_event.FILTERS, orders=audit_event.ORDERS)
class AuditEvent(Node):
    """Who did what to whom, when and from where. Events are never changed and never deleted."""

    kind: AuditKind = computed(audit_event.kind, "What happened.")
    created_at: DateTime = column("When it happened.")
    actor: OneUser | None = one(
        audit_event.actor, "Who did it. Null where nobody was signed in, and where you do not see them."
    )
    api_client: OneApiClient | None = one(
        audit_event.api_client,
        "The API client that did it for the actor. Null where none did, and where you do not see it.",
    )
    subject: OneUser | None = one(
        audit_event.subject, "The user to whom it happened. Null where it was no user, and where you do not see them."
    )
    subject_id: strawberry.ID | None = computed(
        audit_event.subject_id, "The id of what it happened to, a user or another thing. Null where you do not see it."
    )
    organization: OneOrganization | None = one(
        organization.owner, "The organization in which it happened. Null for what happened in none."
    )
    changes: list[AuditChange] = listed(
        audit_event.changes,
        "What was changed, by the names of the fields. Passwords and other secrets never are in it.",
    )
    request_id: str | None = column("What the logs call the request, and the answer's header `X-Request-ID`.")
    address: str | None = computed(
        audit_event.address,
        "The network address that the request came from. Null where it came from somebody whom you do not see.",
    )
    policy_version: str | None = column("By which version of the rules it was allowed or refused.")
    viewer_can: list[AuditEventAction] = computed(audit_event.can, "What you may do with the event.", Encoding.JSON)


@gql_type
class AuditEventConnection(Connection[AuditEvent]):
    """A page of audit events. It holds only those that you may see, and counts no others."""
