"""Labels a row that links a user to a resource: `grant of ACME East`, `service SVC-000004`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, case, cast, func, literal, select, true

from models import (
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    ApiClient,
    AuditEvent,
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Organization,
    Service,
    User,
    UserPermission,
    is_of,
)
from resolvers.policy_analysis.resource_lookup import name_of

_NOUNS: dict[type[Base], str] = {
    Organization: "organization",
    ContractAccount: "contract account",
    DeliveryAccount: "delivery account",
    Service: "service",
    ApiClient: "API client",
    User: "user",
    AuditEvent: "audit event",
    AccessReview: "access review of",
    AccessReviewEntry: "entry of an access review about",
    AccessRequest: "access request of",
}


@dataclass(frozen=True, slots=True)
class RowLabel:
    """The label of a row in parts: `grant of `, `ACME East`, and the email of the user whose grant it is.

    The email is empty if the grant is the actor's. Rows that aren't grants have no `holder`.
    """

    noun: str
    name: ColumnElement[str]
    holder: ColumnElement[str] | None = None

    @property
    def text(self) -> ColumnElement[str]:
        """Returns the whole label."""
        if self.holder is None:
            return literal(self.noun, Text).concat(self.name)
        none = literal("", Text)
        of_other = case((self.holder == none, none), else_=literal(" to ", Text).concat(self.holder))
        return func.concat(literal(self.noun, Text), self.name, of_other, type_=Text)


def row_label(
    model: type[Base], row: FromClause, actor: Any, organization: ColumnElement[Any] | None = None
) -> RowLabel:
    """Returns the label of `row`, an alias of `model`'s table; of the `organization`, if given.

    For a grant of another user than `actor`, it names them.
    """
    match model:
        case _ if model is ContractGrant:
            return _grant_label(
                "grant of ", _name(ContractAccount, row.c.contract_account_id, organization), row, actor, organization
            )
        case _ if model is DeliveryGrant:
            return _grant_label(
                "grant of ", _name(DeliveryAccount, row.c.delivery_account_id, organization), row, actor, organization
            )
        case _ if model is UserPermission:
            return _grant_label("permission ", row.c.permission, row, actor, organization)
        case _:
            return RowLabel(f"{_NOUNS[model]} ", cast(name_of(model, row), Text))


def without_noun(model: type[Base], label: str) -> str:
    """Returns the name in a label of `row_label`: `ACME East` in `grant of ACME East`."""
    return label.removeprefix("grant of " if model in (ContractGrant, DeliveryGrant) else f"{_NOUNS.get(model, '')} ")


def _grant_label(
    noun: str, name: ColumnElement[str], row: FromClause, actor: Any, organization: ColumnElement[Any] | None
) -> RowLabel:
    own = row.c.user_id == actor.c.id
    return RowLabel(noun, name, case((own, literal("", Text)), else_=_name(User, row.c.user_id, organization)))


def _name(model: type[Base], key: ColumnElement[Any], organization: ColumnElement[Any] | None) -> ColumnElement[str]:
    row = model.__table__.alias()
    within = true() if organization is None else is_of(row, organization)
    name = select(cast(name_of(model, row), Text)).where(row.c.id == key, within)
    return name.correlate_except(row).scalar_subquery()
