"""Which rows are about one user, for all tables with rows of organizations: what an export of the person contains, and
what an erasure deletes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Table, Text, Uuid, and_, cast, literal, or_, select

from models import (
    AccessNotice,
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    AccessReviewEntryDecision,
    ApiClient,
    ApiClientSecret,
    AuditEvent,
    Base,
    ContractGrant,
    CostBucket,
    DeliveryGrant,
    IdempotencyKey,
    OneTimeToken,
    OutboxMail,
    Passkey,
    PolicyDifference,
    RecoveryCode,
    RevokedAccessToken,
    ScimToken,
    Session,
    SignInTicket,
    TotpFactor,
    User,
    UserEmail,
    UserIdentity,
    UserPermission,
    ViewAs,
    Webhook,
    tenant_column,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user, and the tenant that has the rows about them: each statement names it, so that a distributed database has
    one place to look."""

    user_id: UUID
    tenant_id: UUID

    @property
    def user(self) -> ColumnElement[UUID]:
        """The id, for a statement."""
        return literal(self.user_id, Uuid())

    def owns(self, table: FromClause) -> ColumnElement[bool]:
        """Whether a row is of the tenant."""
        return tenant_column(table) == literal(self.tenant_id, Uuid())


Condition = Callable[[Table, Person], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class PersonRows:
    """The rows of a table that are about a user. An erasure deletes them if `is_deleted`, else it changes them."""

    condition: Condition
    is_deleted: bool


def _anywhere(*columns: str) -> Condition:
    return lambda table, person: or_(*(table.c[column] == person.user for column in columns))


def _by(*columns: str) -> Condition:
    return lambda table, person: and_(person.owns(table), _anywhere(*columns)(table, person))


def _clients_of(person: Person) -> Select[UUID]:
    clients = ApiClient.__table__
    return select(clients.c.id).where(person.owns(clients), clients.c.owner_id == person.user)


def _of_clients(column: str) -> Condition:
    return lambda table, person: and_(person.owns(table), table.c[column].in_(_clients_of(person)))


def _mails(table: Table, person: Person) -> ColumnElement[bool]:
    users = User.__table__.alias()
    email = select(users.c.email).where(person.owns(users), users.c.id == person.user).scalar_subquery()
    return and_(person.owns(table), or_(table.c.user_id == person.user, table.c.recipient == email))


def _keys(table: Table, person: Person) -> ColumnElement[bool]:
    is_owner = or_(table.c.owner_id == person.user, table.c.owner_id.in_(_clients_of(person)))
    return and_(person.owns(table), is_owner)


def _buckets(table: Table, person: Person) -> ColumnElement[bool]:
    tokens, clients = ScimToken.__table__, _clients_of(person).subquery()
    of_clients = select(literal("client:", Text).concat(cast(clients.c.id, Text)))
    of_tokens = select(literal("scim:", Text).concat(cast(tokens.c.id, Text)))
    of_tokens = of_tokens.where(person.owns(tokens), tokens.c.maker_id == person.user)
    of_user = table.c.holder == literal("user:", Text).concat(cast(person.user, Text))
    return or_(of_user, table.c.holder.in_(of_clients), table.c.holder.in_(of_tokens))


OF_A_PERSON: Final[Mapping[str, PersonRows]] = {
    model.__tablename__: PersonRows(condition, is_deleted)
    for model, condition, is_deleted in (
        (User, _by("id"), False),
        (UserEmail, _by("user_id"), False),
        (UserPermission, _by("user_id"), True),
        (ContractGrant, _by("user_id"), True),
        (DeliveryGrant, _by("user_id"), True),
        (AccessNotice, _by("user_id"), True),
        (Session, _by("user_id"), True),
        (ViewAs, _by("user_id"), True),
        (OutboxMail, _mails, True),
        (OneTimeToken, _by("user_id"), True),
        (TotpFactor, _by("user_id"), True),
        (Passkey, _by("user_id"), True),
        (RecoveryCode, _by("user_id"), True),
        (SignInTicket, _by("user_id"), True),
        (UserIdentity, _by("user_id"), True),
        (RevokedAccessToken, _of_clients("api_client_id"), True),
        (ApiClientSecret, _of_clients("api_client_id"), True),
        (IdempotencyKey, _keys, True),
        (CostBucket, _buckets, True),
        (ScimToken, _by("maker_id"), True),
        (PolicyDifference, _anywhere("user_id"), True),
        (ApiClient, _by("owner_id"), False),
        (Webhook, _by("owner_id"), False),
        (AccessRequest, _by("requester_id"), False),
        (AccessReviewEntry, _by("user_id"), False),
        (AccessReviewEntryDecision, _anywhere("decided_by_id"), False),
        (AccessReview, _anywhere("created_by_id", "signed_off_by_id"), False),
        (AuditEvent, _anywhere("actor_id", "subject_id"), False),
    )
}
"""By table; an erasure deletes rows in this order. What staff did can be in any organization."""

NOT_OF_A_PERSON: Final[Mapping[str, str]] = {
    "organizations": "the organization",
    "contract_accounts": "the organization's accounts",
    "delivery_accounts": "the organization's accounts",
    "services": "the organization's services",
    "access_templates": "named sets of access, of nobody in particular",
    "passkey_challenges": "challenges of the last minutes, as hashes",
    "access_review_jobs": "the progress of recording a review",
    "identity_providers": "the organization's provider, and which of its admins it names",
    "sign_in_domains": "the organization's domains",
    "verified_domains": "the organization's domains",
    "used_assertions": "hashes of the last hour",
    "access_upkeep": "when the organization is looked after next",
    "audit_heads": "the ends of the audit chains",
    "webhook_deliveries": "which events were sent to a webhook, by their ids",
}
"""The other tables with rows of organizations, and what they hold."""


def of_person(table: Table, person: Person) -> ColumnElement[bool]:
    """The condition that a row of `table`, one of `OF_A_PERSON`, is about the user."""
    return OF_A_PERSON[table.name].condition(table, person)


def tables_of_a_person() -> list[Table]:
    """The tables of `OF_A_PERSON`, in its order."""
    return [Base.metadata.tables[name] for name in OF_A_PERSON]
