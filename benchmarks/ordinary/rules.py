"""The rules of `policies.polar`, written by hand as conditions on the rows of one model each."""

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from benchmarks.ordinary.viewer import Viewer
from models import (
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Permission,
    Service,
    User,
    not_expired,
)


def sees_contract_account(viewer: Viewer) -> ColumnElement[bool]:
    """The condition for contract accounts that the viewer sees."""
    if viewer.user.staff:
        return true()
    if Permission.SITES_SERVICES_VIEW not in viewer.permissions:
        return false()
    return and_(ContractAccount.organization_id == viewer.user.organization_id, _has_access_to_contract_account(viewer))


def sees_delivery_account(viewer: Viewer) -> ColumnElement[bool]:
    """The condition for delivery accounts that the viewer sees."""
    if viewer.user.staff:
        return true()
    if Permission.SITES_SERVICES_VIEW not in viewer.permissions:
        return false()
    return and_(DeliveryAccount.organization_id == viewer.user.organization_id, _has_access_to_delivery_account(viewer))


def sees_service(viewer: Viewer) -> ColumnElement[bool]:
    """The condition for services that the viewer sees."""
    if viewer.user.staff:
        return true()
    if Permission.SITES_SERVICES_VIEW not in viewer.permissions:
        return false()
    conditions = [Service.organization_id == viewer.user.organization_id]
    if not viewer.user.all_contract_accounts:
        conditions.append(Service.contract_account_id.in_(viewer.contract_accounts))
    if viewer.of_delivery_audience:
        conditions.append(Service.delivery_account_id.in_(viewer.delivery_accounts))
    return and_(*conditions)


def sees_user(viewer: Viewer) -> ColumnElement[bool]:
    """The condition for users that the viewer sees."""
    if viewer.user.staff:
        return true()
    conditions: list[ColumnElement[bool]] = [User.id == viewer.user.id]
    if Permission.USER_MANAGEMENT in viewer.permissions:
        if viewer.user.all_contract_accounts and not viewer.of_delivery_audience:
            conditions.append(true())
        conditions += [User.all_contract_accounts.is_(True), User.all_delivery_accounts.is_(True)]
        conditions += _shares_account(viewer)
    return and_(User.organization_id == viewer.user.organization_id, or_(*conditions))


def _has_access_to_contract_account(viewer: Viewer) -> ColumnElement[bool]:
    if not viewer.user.all_contract_accounts:
        return ContractAccount.id.in_(viewer.contract_accounts)
    if not viewer.of_delivery_audience:
        return true()
    delivering = select(Service.contract_account_id).where(Service.delivery_account_id.in_(viewer.delivery_accounts))
    return or_(ContractAccount.id.in_(viewer.contract_accounts), ContractAccount.id.in_(delivering))


def _has_access_to_delivery_account(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.user.all_delivery_accounts:
        return true()
    granted = DeliveryAccount.id.in_(viewer.delivery_accounts)
    if viewer.of_delivery_audience:
        return granted
    if viewer.user.all_contract_accounts:
        return true()
    delivered = select(Service.delivery_account_id).where(Service.contract_account_id.in_(viewer.contract_accounts))
    return or_(granted, DeliveryAccount.id.in_(delivered))


def _shares_account(viewer: Viewer) -> list[ColumnElement[bool]]:
    return [
        exists()
        .where(ContractGrant.user_id == User.id, ContractGrant.contract_account_id == ContractAccount.id)
        .where(not_expired(ContractGrant.__table__))
        .where(_has_access_to_contract_account(viewer)),
        exists()
        .where(DeliveryGrant.user_id == User.id, DeliveryGrant.delivery_account_id == DeliveryAccount.id)
        .where(not_expired(DeliveryGrant.__table__))
        .where(_has_access_to_delivery_account(viewer)),
    ]
