"""The resource types of a policy, and the attributes that it may name of each: columns, relations, flags.

Columns and relations come from the models; those that a policy doesn't need are excluded by name. The attributes of
actors are in `actor_attributes.py`, the actions in `actions.py`.
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

from authz.model.actions import ACTIONS
from models import (
    GRANTS,
    AccessKind,
    AccessRequest,
    AccessReviewEntry,
    Audience,
    AuditEvent,
    AuditKind,
    Base,
    Organization,
    Permission,
    Service,
    ServiceStatus,
    User,
    UserKind,
    UserPermission,
)

TYPES: Mapping[str, type[Base]] = {model.__name__: model for model in (*ACTIONS, *GRANTS)}


class ResourceFlag(StrEnum):
    """A named condition on a row that is not a column."""

    PRESENT = "present"
    REMOVED = "removed"
    ACTIVATED = "activated"
    AWAITING_ACTIVATION = "awaiting_activation"
    WITHIN_REACH_OF_ACTOR = "within_reach_of_actor"


FLAGS: Mapping[type[Base], tuple[ResourceFlag, ...]] = {
    User: tuple(ResourceFlag),
    AccessRequest: (ResourceFlag.WITHIN_REACH_OF_ACTOR,),
}

_ALLOWED_VALUES: Mapping[tuple[type[Base], str], type[StrEnum]] = {
    (User, "kind"): UserKind,
    (User, "audience"): Audience,
    (Service, "status"): ServiceStatus,
    (UserPermission, "permission"): Permission,
    (AuditEvent, "kind"): AuditKind,
    (AccessReviewEntry, "kind"): AccessKind,
    (AccessRequest, "permission"): Permission,
}

_SCALARS = (str, bool, UUID, datetime)

_HIDDEN = {
    *("password_hash", "version", "staff", "name_key", "city_key", "email_skeleton", "ends_at"),
    *("state", "recorded_at", "failure", "last_sign_in_at", "template_id", "erased_at"),
    *("end_notice_days", "dormant_after_days", "dormancy_warning_days", "requires_second_factor"),
    *("deprovisioned_at", "external_id"),
    *("account", "announced_at", "granted_until", "tenant_id"),
}


def organization_key(model: type[Base]) -> str:
    """Returns the name of the column of `model` that holds the organization of a row."""
    return "id" if model is Organization else "organization_id"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a type: the Python type of its values, whether it may be null, and the allowed values, if limited."""

    scalar: type
    nullable: bool
    allowed_values: type[StrEnum] | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to another type, joined where `local` of this type equals `remote` of the other.

    `local` of a to-one relation is a foreign key, unless the relation is `unconstrained`: then it may name a row that
    does not exist, so a non-null value doesn't imply that there is a row. `equal` are pairs of a column of the target
    and a column of this type that always have the same value, because the foreign key includes both.
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
    """Returns the attributes that a policy may name of `model`, by name."""
    mapper = inspect(model)
    result: dict[str, Attribute] = {}
    for key, column in mapper.columns.items():
        if key not in _HIDDEN and column.type.python_type in _SCALARS:
            result[key] = Column(column.type.python_type, bool(column.nullable), _ALLOWED_VALUES.get((model, key)))
    for relationship in mapper.relationships:
        if relationship.mapper.class_.__name__ in TYPES:
            result[relationship.key] = _relation(relationship)
    result.update({flag.value: flag for flag in FLAGS.get(model, ())})
    return result


def target(model: type[Base], path: Sequence[str]) -> type[Base]:
    """Returns the model at the end of `path`, whose steps are all relations."""
    for step in path:
        relation = attributes(model)[step]
        assert isinstance(relation, Relation), f"{model.__name__}.{step} is not a relation"
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
