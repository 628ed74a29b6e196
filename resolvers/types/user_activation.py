"""The activation of a user: the newest activation link, and the delivery of its email."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, any_, case, select

from authz.access import Access
from authz.model.actions import UserAction
from models import MailStatus, OneTimeToken, OutboxMail, TokenPurpose, User
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Row

_REMEDIES = (UserAction.UPDATE, UserAction.RESEND_ACTIVATION, UserAction.RESTORE)


def newest(user: Row, access: Access) -> Select[Any]:
    """The newest activation link of the user, with its email. `server_reply`, why the email has not been delivered, is
    for actors who may do something about it."""
    token, mail = OneTimeToken.__table__.alias(), OutboxMail.__table__.alias()
    may_remedy = access.may_any_visible(_REMEDIES, User, user)
    unsent = mail.c.status != sql_literal(MailStatus.SENT)
    columns = (
        token.c.expires_at,
        mail.c.created_at.label("queued_at"),
        mail.c.sent_at,
        mail.c.status.label("mail"),
        mail.c.attempts,
        case((and_(may_remedy, unsent), mail.c.server_reply)).label("mail_reply"),
    )
    return _newest(user, token, mail, columns, access)


def has_mail_status(user: Row, statuses: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """Whether the email with the newest link has one of these statuses."""
    token, mail = OneTimeToken.__table__.alias(), OutboxMail.__table__.alias()
    return _newest(user, token, mail, [mail.c.status], access).scalar_subquery() == any_(statuses)


def has_mail_status_by_index(user: Row, statuses: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """The same, from the emails with these statuses to their users."""
    token, mail = OneTimeToken.__table__.alias(), OutboxMail.__table__.alias()
    tokens = mail.join(token, token.c.id == mail.c.one_time_token_id)
    inside = access.same_organization(token), access.same_organization(mail, token)
    users = select(token.c.user_id).select_from(tokens).where(mail.c.status == any_(statuses), *inside)
    return and_(user.c.id.in_(users.correlate_except(token, mail)), has_mail_status(user, statuses, access))


def _newest(
    user: Row, token: FromClause, mail: FromClause, columns: Sequence[ColumnElement[Any]], access: Access
) -> Select[Any]:
    of_token = mail.c.one_time_token_id == token.c.id, access.same_organization(mail, token)
    tokens = token.outerjoin(mail, and_(*of_token))
    of_user = token.c.user_id == user.c.id, access.same_organization(token, user)
    activating = *of_user, token.c.purpose == sql_literal(TokenPurpose.ACTIVATION)
    # Keys are UUIDs of version 7: the newer of two links has the greater key.
    newest_first = token.c.id.desc(), mail.c.id.desc().nulls_last()
    query = select(*columns).select_from(tokens).where(*activating).order_by(*newest_first).limit(int_literal(1))
    return query.correlate_except(token, mail)
