"""The orders of connections. How each is done stands in `resolvers/`, under the same names."""

from enum import StrEnum
from typing import Any, Final

from schema.declare.enums import gql_enum


class OrganizationOrder(StrEnum):
    """In which order organizations come."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


class ContractAccountOrder(StrEnum):
    """In which order contract accounts come."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


class DeliveryAccountOrder(StrEnum):
    """In which order delivery accounts come."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


class ServiceOrder(StrEnum):
    """In which order services come."""

    CODE_ASC = "CODE_ASC"
    CODE_DESC = "CODE_DESC"
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CITY_ASC = "CITY_ASC"
    CITY_DESC = "CITY_DESC"
    STATUS_ASC = "STATUS_ASC"
    STATUS_DESC = "STATUS_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


class UserOrder(StrEnum):
    """In which order users come."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    EMAIL_ASC = "EMAIL_ASC"
    EMAIL_DESC = "EMAIL_DESC"
    STATUS_ASC = "STATUS_ASC"
    STATUS_DESC = "STATUS_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


class AuditEventOrder(StrEnum):
    """In which order audit events come."""

    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


class AccessReviewOrder(StrEnum):
    """In which order access reviews come."""

    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


class AccessReviewEntryOrder(StrEnum):
    """In which order the entries of access reviews come."""

    USER_ASC = "USER_ASC"
    USER_DESC = "USER_DESC"


class ApiClientOrder(StrEnum):
    """In which order API clients come."""

    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"


_NAME = {"NAME_ASC": "By name, whatever its case and accents.", "NAME_DESC": "By name, from the end."}
_CREATED = {"CREATED_AT_ASC": "The oldest first.", "CREATED_AT_DESC": "The newest first."}
_CODE = {"CODE_ASC": "By code.", "CODE_DESC": "By code, from the end."}
_CITY = {"CITY_ASC": "By the city of the site.", "CITY_DESC": "By the city of the site, from the end."}
_EMAIL = {"EMAIL_ASC": "By email.", "EMAIL_DESC": "By email, from the end."}
_USER_NAME = {
    "NAME_ASC": "By last name, then first name, then email, whatever their case and accents.",
    "NAME_DESC": "By last name, then first name, then email, from the end.",
}
_STATUS = {
    "STATUS_ASC": "By state, in the order in which the enum of states has them.",
    "STATUS_DESC": "By state, in the reverse order of the enum of states.",
}

_BY_USER = {"USER_ASC": "By the email of the user.", "USER_DESC": "By the email of the user, from the end."}

gql_enum(OrganizationOrder, "In which order organizations come.", **_NAME, **_CREATED)
gql_enum(ContractAccountOrder, "In which order contract accounts come.", **_NAME, **_CREATED)
gql_enum(DeliveryAccountOrder, "In which order delivery accounts come.", **_NAME, **_CREATED)
gql_enum(ServiceOrder, "In which order services come.", **_CODE, **_NAME, **_CITY, **_STATUS, **_CREATED)
gql_enum(UserOrder, "In which order users come.", **_USER_NAME, **_EMAIL, **_STATUS, **_CREATED)
gql_enum(AuditEventOrder, "In which order audit events come.", **_CREATED)
gql_enum(AccessReviewOrder, "In which order access reviews come.", **_CREATED)
gql_enum(AccessReviewEntryOrder, "In which order the entries of access reviews come.", **_BY_USER)
gql_enum(ApiClientOrder, "In which order API clients come.", **_NAME, **_CREATED)

ORDERS: Final[dict[str, Any]] = {
    "Organization": OrganizationOrder,
    "ContractAccount": ContractAccountOrder,
    "DeliveryAccount": DeliveryAccountOrder,
    "Service": ServiceOrder,
    "User": UserOrder,
    "AuditEvent": AuditEventOrder,
    "AccessReview": AccessReviewOrder,
    "AccessReviewEntry": AccessReviewEntryOrder,
    "ApiClient": ApiClientOrder,
}
"""By node type."""

DEFAULTS: Final[dict[str, Any]] = {
    "Organization": OrganizationOrder.NAME_ASC,
    "ContractAccount": ContractAccountOrder.NAME_ASC,
    "DeliveryAccount": DeliveryAccountOrder.NAME_ASC,
    "Service": ServiceOrder.CODE_ASC,
    "User": UserOrder.NAME_ASC,
    "AuditEvent": AuditEventOrder.CREATED_AT_DESC,
    "AccessReview": AccessReviewOrder.CREATED_AT_DESC,
    "AccessReviewEntry": AccessReviewEntryOrder.USER_ASC,
    "ApiClient": ApiClientOrder.NAME_ASC,
}
"""The order of a connection that asks for none, by node type."""
