"""Single sign-on of an organization, for those who may change its settings; and the identity of a user."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, select

from authz.access import Access
from models import IdentityProvider, SignInDomain, UserIdentity
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Row

MOST_DOMAINS: Final = 50


def provider(organization: Row, access: Access) -> Select[Any]:
    """The provider of the organization, without its secret."""
    row = IdentityProvider.__table__.alias()
    columns = (
        row.c.organization_id,
        row.c.issuer,
        row.c.client_id,
        row.c.is_required.label("required"),
        row.c.break_glass_user_id,
        row.c.template_id,
        row.c.creator_id,
        row.c.updated_at,
    )
    own = row.c.organization_id == organization.c.id, access.same_organization(row, organization)
    return select(*columns).where(*own).correlate_except(row)


def break_glass_user(provider: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The user who can sign in by password although single sign-on is required."""
    return user.c.id == provider.c.break_glass_user_id


def new_user_template(provider: Row, template: Row, _access: Access) -> ColumnElement[bool]:
    """The template of those who become users by signing in."""
    return template.c.id == provider.c.template_id


def new_users_by(provider: Row, user: Row, _access: Access) -> ColumnElement[bool]:
    """The admin in whose name they are created."""
    return user.c.id == provider.c.creator_id


def domains(organization: Row, access: Access) -> Select[Any]:
    """The domains of the organization, by name."""
    row = SignInDomain.__table__.alias()
    columns = (
        sql_literal(f"{SignInDomain.id_prefix}_").concat(cast(row.c.id, Text)).label("domain_id"),
        row.c.domain,
        sql_literal("_portico.").concat(row.c.domain).label("record_name"),
        sql_literal("portico-domain=").concat(row.c.challenge).label("record_text"),
        row.c.verified_at,
        row.c.checked_at,
        row.c.missing_since,
    )
    own = row.c.organization_id == organization.c.id, access.same_organization(row, organization)
    rows = select(*columns).where(*own)
    return rows.order_by(row.c.domain).limit(int_literal(MOST_DOMAINS)).correlate_except(row)


def identity(user: Row, access: Access) -> Select[Any]:
    """The identity of the user at a provider."""
    row = UserIdentity.__table__.alias()
    columns = row.c.issuer, row.c.created_at.label("linked_at"), row.c.last_used_at
    mine = access.same_organization(row, user), row.c.user_id == user.c.id
    return select(*columns).where(*mine).correlate_except(row)
