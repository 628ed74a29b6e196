"""Who must sign in at a provider, and not by password or passkey."""

from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)

from models import IdentityProvider, VerifiedDomain, is_of_same
from resolvers.openid.relying_party import StaffProvider

DOMAIN: BindParameter[str] = bindparam("domain", type_=Text())
"""The domain of the email that somebody signs in with; NULL if it has none."""


def must_use_provider(user: FromClause, staff: StaffProvider | None) -> ColumnElement[bool]:
    """Whether the user of a row must: their organization requires it, of all but one; or it is required of staff, whose
    provider is in the settings."""
    provider = IdentityProvider.__table__.alias()
    is_of_user = is_of_same(provider, user)
    is_other = provider.c.break_glass_user_id.is_distinct_from(user.c.id)
    of_organization = exists(select(1).where(is_of_user, provider.c.is_required, is_other).correlate_except(provider))
    is_staffs = and_(user.c.staff, literal(staff is not None and staff.is_required))
    return func.coalesce(or_(of_organization, is_staffs), false())


def breaks_glass(organization_id: UUID | None, user_id: UUID) -> ColumnElement[bool]:
    """Whether a user is the one who need not, in an organization that requires it of all others."""
    provider = IdentityProvider.__table__.alias()
    is_named = provider.c.organization_id == organization_id, provider.c.break_glass_user_id == user_id
    return exists(select(1).where(*is_named, provider.c.is_required).correlate_except(provider))


def domain_must_use_provider() -> ColumnElement[bool]:
    """Whether the users whose emails are of the parameter `domain` must, whether or not there is such a user."""
    entry, provider = VerifiedDomain.__table__.alias(), IdentityProvider.__table__.alias()
    of_domain = provider.c.organization_id == entry.c.organization_id
    joined = select(1).select_from(entry.join(provider, of_domain))
    return exists(joined.where(entry.c.domain == DOMAIN, provider.c.is_required != false()))
