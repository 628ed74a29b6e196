"""The words that a policy may use: actions per type, questions, and what may be named of each type of row.

Columns and relations come from the models; what a policy has no business with is left out by name. Whoever needs an
action's name takes it from here. What may be named of actors is in `actor_words.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, inspect
from sqlalchemy.orm import RelationshipProperty

from models import (
    GRANTS,
    AccessKind,
    AccessReview,
    AccessReviewEntry,
    ApiClient,
    Audience,
    AuditEvent,
    AuditKind,
    Base,
    ContractAccount,
    DeliveryAccount,
    Organization,
    Permission,
    Service,
    ServiceStatus,
    User,
    UserKind,
    UserPermission,
)

VIEW = "view"
"""The action that every type has: seeing a row at all."""


class OrganizationAction(StrEnum):
    """What can be done with an organization."""

    VIEW = "view"
    CREATE_USER = "create_user"
    CREATE_CONTRACT_ACCOUNT = "create_contract_account"
    CREATE_DELIVERY_ACCOUNT = "create_delivery_account"
    CREATE_SERVICE = "create_service"
    REVIEW_ACCESS = "review_access"


class ContractAccountAction(StrEnum):
    """What can be done with a contract account."""

    VIEW = "view"
    ASSIGN = "assign"
    VIEW_BILLING = "view_billing"


class DeliveryAccountAction(StrEnum):
    """What can be done with a delivery account."""

    VIEW = "view"
    ASSIGN = "assign"


class ServiceAction(StrEnum):
    """What can be done with a service."""

    VIEW = "view"


class UserAction(StrEnum):
    """What can be done with a user."""

    VIEW = "view"
    UPDATE = "update"
    RESEND_ACTIVATION = "resend_activation"
    REMOVE = "remove"
    RESTORE = "restore"


class AuditEventAction(StrEnum):
    """What can be done with an audit event."""

    VIEW = "view"


class AccessReviewAction(StrEnum):
    """What can be done with an access review. Who may make one and sign it off is asked of the organization."""

    VIEW = "view"


class AccessReviewEntryAction(StrEnum):
    """What can be done with an entry of an access review."""

    VIEW = "view"


class ApiClientAction(StrEnum):
    """What can be done with an API client. Who may make one is a question about the actor alone."""

    VIEW = "view"
    ROTATE = "rotate"
    REVOKE = "revoke"


ACTIONS: Mapping[type[Base], type[StrEnum]] = {
    Organization: OrganizationAction,
    ContractAccount: ContractAccountAction,
    DeliveryAccount: DeliveryAccountAction,
    Service: ServiceAction,
    User: UserAction,
    AuditEvent: AuditEventAction,
    AccessReview: AccessReviewAction,
    AccessReviewEntry: AccessReviewEntryAction,
    ApiClient: ApiClientAction,
}

TYPES: Mapping[str, type[Base]] = {model.__name__: model for model in (*ACTIONS, *GRANTS)}


class Capability(StrEnum):
    """A question about the actor alone: the name of the rule that answers it."""

    CREATES_ORGANIZATIONS = "creates_organizations"
    MAKES_API_CLIENTS = "makes_api_clients"
    MANAGES_USERS = "manages_users"
    ASSIGN_PERMISSION = "assign_permission"
    ASSIGN_AUDIENCE = "assign_audience"
    ASSIGN_ALL = "assign_all"


CAPABILITIES: Mapping[Capability, tuple[str, ...] | None] = {
    Capability.CREATES_ORGANIZATIONS: None,
    Capability.MAKES_API_CLIENTS: None,
    Capability.MANAGES_USERS: None,
    Capability.ASSIGN_PERMISSION: tuple(Permission),
    Capability.ASSIGN_AUDIENCE: tuple(Audience),
    Capability.ASSIGN_ALL: (ContractAccount.__name__, DeliveryAccount.__name__),
}


class ResourceFlag(StrEnum):
    """A condition on a user that a policy asks for by one word and that is not a column."""

    PRESENT = "present"
    REMOVED = "removed"
    ACTIVATED = "activated"
    AWAITING_ACTIVATION = "awaiting_activation"
    WITHIN_REACH_OF_ACTOR = "within_reach_of_actor"


FLAGS: Mapping[type[Base], tuple[ResourceFlag, ...]] = {User: tuple(ResourceFlag)}

_WORDS: Mapping[tuple[type[Base], str], type[StrEnum]] = {
    (User, "kind"): UserKind,
    (User, "audience"): Audience,
    (Service, "status"): ServiceStatus,
    (UserPermission, "permission"): Permission,
    (AuditEvent, "kind"): AuditKind,
    (AccessReviewEntry, "kind"): AccessKind,
}

_SCALARS = (str, bool, UUID, datetime)

_HIDDEN = {"password_hash", "version", "staff", "name_key", "city_key", "ends_at"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a type: the Python type of its values, whether it may be null, the only `words` that it holds."""

    scalar: type
    nullable: bool
    allowed_values: type[StrEnum] | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to another type, joined where `local` of this type equals `remote` of the other.

    `local` of a to-one relation is a foreign key, unless it is `loose`: then it may name a row that is not there, and a
    value says nothing of whether the relation leads somewhere. `equal` says, per column of the target, which column of
    this type always has the same value, because the foreign key includes it.
    """

    target: type[Base]
    many: bool
    local: str
    remote: str
    nullable: bool
    equal: tuple[tuple[str, str], ...]
    unconstrained: bool = False


Attribute = Column | Relation | ResourceFlag


@cache
def attributes(model: type[Base]) -> Mapping[str, Attribute]:
    """What a policy may name of `model`, by name."""
    mapper = inspect(model)
    names: dict[str, Attribute] = {}
    for key, column in mapper.columns.items():
        if key not in _HIDDEN and column.type.python_type in _SCALARS:
            names[key] = Column(column.type.python_type, bool(column.nullable), _WORDS.get((model, key)))
    for relationship in mapper.relationships:
        if relationship.mapper.class_.__name__ in TYPES:
            names[relationship.key] = _relation(relationship)
    names.update({flag.value: flag for flag in FLAGS.get(model, ())})
    return names


def target(model: type[Base], path: Sequence[str]) -> type[Base]:
    """The model at the end of `path`, all of whose steps are relations."""
    for step in path:
        relation = attributes(model)[step]
        assert isinstance(relation, Relation), f"{model.__name__}.{step} is no relation"
        model = relation.target
    return model


def _relation(relationship: RelationshipProperty[Any]) -> Relation:
    ((local, remote),) = relationship.local_remote_pairs or ()
    target = relationship.mapper.class_
    if relationship.uselist:
        return Relation(target, True, local.name, remote.name, False, ())
    keys = [
        key
        for key in _table(relationship.parent.class_).foreign_key_constraints
        if key.referred_table is target.__table__ and any(column is local for column in key.columns)
    ]
    equal = tuple((pair.column.name, pair.parent.name) for key in keys for pair in key.elements)
    return Relation(target, False, local.name, remote.name, bool(local.nullable), equal, unconstrained=not keys)


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)
