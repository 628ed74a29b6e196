"""SCIM tokens: those of an organization, and the one that acted in an audit event."""

from typing import Any

from sqlalchemy import Select, Text, and_, cast, func, select

from authz.access import Access
from authz.model.actions import VIEW, OrganizationAction
from models import Organization, ScimToken, User
from resolvers.query.edge_conditions import exists_per_row
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Row
from resolvers.types.user import display_name_of

MAX_LISTED = 100
"""The most tokens that are listed, the newest first. Few of them are valid at a time."""


def tokens(organization: Row, access: Access) -> Select[Any]:
    """The tokens of the organization, the newest first, valid or not. Only for a group that is null unless the actor
    may change the settings of the organization."""
    token, maker = ScimToken.__table__.alias(), User.__table__.alias()
    is_maker = maker.c.id == token.c.maker_id, access.same_organization(maker, token)
    seen = select(display_name_of(maker)).where(*is_maker, access.may(VIEW, User, maker))
    maker_name = seen.correlate_except(maker).scalar_subquery()
    columns = (
        sql_literal(f"{ScimToken.id_prefix}_").concat(cast(token.c.id, Text)).label("token_id"),
        token.c.name,
        token.c.hint,
        token.c.created_at,
        maker_name.label("maker_name"),
        token.c.expires_at,
        token.c.last_used_at,
        token.c.revoked_at,
        and_(token.c.revoked_at.is_(None), token.c.expires_at > func.now()).label("valid"),
    )
    own = token.c.organization_id == organization.c.id, access.same_organization(token, organization)
    newest = token.c.created_at.desc(), token.c.id.desc()
    return select(*columns).where(*own).order_by(*newest).limit(int_literal(MAX_LISTED)).correlate_except(token)


def of_event(event: Row, access: Access) -> Select[Any]:
    """The token that acted in an audit event, if the actor may change the settings of its organization."""
    token, organization = ScimToken.__table__.alias(), Organization.__table__.alias()
    may = access.may(OrganizationAction.CHANGE_SETTINGS, Organization, organization)
    owner = select(int_literal(1)).where(organization.c.id == token.c.organization_id, may)
    acted = token.c.id == event.c.api_client_id, access.same_organization(token, event)
    public_id = sql_literal(f"{ScimToken.id_prefix}_").concat(cast(token.c.id, Text))
    columns = select(public_id.label("token_id"), token.c.name, token.c.hint)
    return columns.where(*acted, exists_per_row(owner.correlate_except(organization))).correlate_except(token)
