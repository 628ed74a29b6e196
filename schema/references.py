"""Names for node types and their connections, by which the types can refer to each other in a circle."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.access_review import AccessReview, AccessReviewConnection, AccessReviewEntryConnection
    from schema.api_client import ApiClient, ApiClientConnection
    from schema.audit_event import AuditEventConnection
    from schema.contract_account import ContractAccount, ContractAccountConnection
    from schema.delivery_account import DeliveryAccount, DeliveryAccountConnection
    from schema.organization import Organization, OrganizationConnection
    from schema.service import Service, ServiceConnection
    from schema.user import User, UserConnection

OneOrganization = Annotated["Organization", strawberry.lazy("schema.organization")]
OneContractAccount = Annotated["ContractAccount", strawberry.lazy("schema.contract_account")]
OneDeliveryAccount = Annotated["DeliveryAccount", strawberry.lazy("schema.delivery_account")]
OneService = Annotated["Service", strawberry.lazy("schema.service")]
OneUser = Annotated["User", strawberry.lazy("schema.user")]

OneAccessReview = Annotated["AccessReview", strawberry.lazy("schema.access_review")]
OneApiClient = Annotated["ApiClient", strawberry.lazy("schema.api_client")]
Organizations = Annotated["OrganizationConnection", strawberry.lazy("schema.organization")]
ContractAccounts = Annotated["ContractAccountConnection", strawberry.lazy("schema.contract_account")]
DeliveryAccounts = Annotated["DeliveryAccountConnection", strawberry.lazy("schema.delivery_account")]
Services = Annotated["ServiceConnection", strawberry.lazy("schema.service")]
AccessReviews = Annotated["AccessReviewConnection", strawberry.lazy("schema.access_review")]
AccessReviewEntries = Annotated["AccessReviewEntryConnection", strawberry.lazy("schema.access_review")]
ApiClients = Annotated["ApiClientConnection", strawberry.lazy("schema.api_client")]
AuditEvents = Annotated["AuditEventConnection", strawberry.lazy("schema.audit_event")]
Users = Annotated["UserConnection", strawberry.lazy("schema.user")]
