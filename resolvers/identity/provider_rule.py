"""Who must sign in at a provider, and not by password."""

from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, FromClause, Text, bindparam, exists, false, select

from models import IdentityProvider, VerifiedDomain

DOMAIN: BindParameter[str] = bindparam("domain", type_=Text())
"""The domain of the email that somebody signs in with; NULL if it has none."""


def must_use_provider(user: FromClause) -> ColumnElement[bool]:
    """Whether the user of a row must: their organization requires it, of all but one."""
    provider = IdentityProvider.__table__.alias()
    is_of_user = provider.c.organization_id == user.c.organization_id
    is_other = provider.c.break_glass_user_id.is_distinct_from(user.c.id)
    return exists(select(1).where(is_of_user, provider.c.is_required, is_other).correlate_except(provider))


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
