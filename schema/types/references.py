"""Lazy references to node types and their connections, which let the types refer to each other."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.types.access_request import AccessRequest, AccessRequestConnection
    from schema.types.access_review import AccessReview, AccessReviewConnection, AccessReviewEntryConnection
    from schema.types.access_template import AccessTemplate, AccessTemplateConnection
    from schema.types.api_client import ApiClient, ApiClientConnection
    from schema.types.audit_event import AuditEventConnection
    from schema.types.contract_account import ContractAccount, ContractAccountConnection
    from schema.types.delivery_account import DeliveryAccount, DeliveryAccountConnection
    from schema.types.organization import Organization, OrganizationConnection
    from schema.types.service import Service, ServiceConnection
    from schema.types.user import User, UserConnection

OneOrganization = Annotated["Organization", strawberry.lazy("schema.types.organization")]
OneContractAccount = Annotated["ContractAccount", strawberry.lazy("schema.types.contract_account")]
OneDeliveryAccount = Annotated["DeliveryAccount", strawberry.lazy("schema.types.delivery_account")]
OneService = Annotated["Service", strawberry.lazy("schema.types.service")]
OneUser = Annotated["User", strawberry.lazy("schema.types.user")]

OneAccessRequest = Annotated["AccessRequest", strawberry.lazy("schema.types.access_request")]
OneAccessReview = Annotated["AccessReview", strawberry.lazy("schema.types.access_review")]
OneAccessTemplate = Annotated["AccessTemplate", strawberry.lazy("schema.types.access_template")]
OneApiClient = Annotated["ApiClient", strawberry.lazy("schema.types.api_client")]
Organizations = Annotated["OrganizationConnection", strawberry.lazy("schema.types.organization")]
ContractAccounts = Annotated["ContractAccountConnection", strawberry.lazy("schema.types.contract_account")]
DeliveryAccounts = Annotated["DeliveryAccountConnection", strawberry.lazy("schema.types.delivery_account")]
Services = Annotated["ServiceConnection", strawberry.lazy("schema.types.service")]
AccessRequests = Annotated["AccessRequestConnection", strawberry.lazy("schema.types.access_request")]
AccessReviews = Annotated["AccessReviewConnection", strawberry.lazy("schema.types.access_review")]
AccessReviewEntries = Annotated["AccessReviewEntryConnection", strawberry.lazy("schema.types.access_review")]
AccessTemplates = Annotated["AccessTemplateConnection", strawberry.lazy("schema.types.access_template")]
ApiClients = Annotated["ApiClientConnection", strawberry.lazy("schema.types.api_client")]
AuditEvents = Annotated["AuditEventConnection", strawberry.lazy("schema.types.audit_event")]
Users = Annotated["UserConnection", strawberry.lazy("schema.types.user")]
