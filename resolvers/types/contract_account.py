"""Contract accounts: edges, filters and orders."""

from typing import Final

from sqlalchemy import ColumnElement, select

from authz.access import Access
from authz.model.actions import VIEW, ContractAccountAction
from models import ContractAccount, ContractGrant, Service, not_expired
from resolvers.query.edge_conditions import all_or_granted, semi_join
from resolvers.query.filters import BY_CREATION, BY_NAME, in_ids, search
from resolvers.query.registry import Alternatives, Filter, Order, Row
from resolvers.query.viewer_can import viewer_can

can = viewer_can(ContractAccount, (ContractAccountAction.VIEW, ContractAccountAction.ASSIGN))


def delivery_accounts(account: Row, delivery_account: Row, access: Access) -> ColumnElement[bool]:
    """The delivery accounts of those services of this account that the actor can see."""
    service = Service.__table__.alias()
    services_of_account = select(service.c.delivery_account_id).where(
        service.c.contract_account_id == account.c.id,
        access.same_organization(service, account, checked=True),
        access.may(VIEW, Service, service),
    )
    return semi_join(delivery_account.c.id, services_of_account, service)


def services(account: Row, service: Row, _access: Access) -> ColumnElement[bool]:
    """The services signed with this account."""
    return service.c.contract_account_id == account.c.id


def users(account: Row, user: Row, access: Access) -> Alternatives:
    """The users who have access to this account: to all accounts of their organization, or to this one by a grant."""
    grant = ContractGrant.__table__.alias()
    of_account = grant.c.contract_account_id == account.c.id, access.same_organization(grant, account)
    is_granted = select(grant.c.user_id).where(*of_account, not_expired(grant))
    organizations = user.c.organization_id, account.c.organization_id
    return all_or_granted(user.c.all_contract_accounts, organizations, user.c.id, is_granted, grant)


FILTERS: Final[dict[str, Filter]] = {"search": search(lambda row: row.c.name_key, indexed=True), "ids": in_ids("id")}
ORDERS: Final[dict[str, Order]] = BY_NAME | BY_CREATION
