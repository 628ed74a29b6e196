"""The activation of a user: the newest activation link, and the delivery of its email."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, any_, case, or_, select, true

from authz.access import Access
from authz.model.actions import UserAction
from models import MailStatus, OneTimeToken, OutboxMail, TokenPurpose, User
from resolvers.query.edge_conditions import exists_per_row
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Expression, Row

_ACTIVATION = sql_literal(TokenPurpose.ACTIVATION)


def was_invited(user: Row, _access: Access) -> ColumnElement[bool]:
    """Whether an activation link was ever created for the user."""
    token = OneTimeToken.__table__.alias()
    return exists_per_row(_of(user, token, select(sql_literal("1"))).correlate_except(token))


def expires_at(user: Row, _access: Access) -> ColumnElement[Any]:
    """When the newest link expires or expired."""
    token = OneTimeToken.__table__.alias()
    return _newest(user, token, select(token.c.expires_at)).correlate_except(token).scalar_subquery()


def queued_at(user: Row, access: Access) -> ColumnElement[Any]:
    """When the email with the newest link was queued."""
    return _of_mail("created_at")(user, access)


def sent_at(user: Row, access: Access) -> ColumnElement[Any]:
    """When the mail server accepted the email with the newest link."""
    return _of_mail("sent_at")(user, access)


def mail_status(user: Row, access: Access) -> ColumnElement[Any]:
    """The delivery status of the email with the newest link."""
    return _of_mail("status")(user, access)


def attempts(user: Row, access: Access) -> ColumnElement[Any]:
    """The number of attempts to deliver the email with the newest link."""
    return _of_mail("attempts")(user, access)


def server_reply(user: Row, access: Access) -> ColumnElement[Any]:
    """Why the email with the newest link has not been delivered, for actors who may do something about it."""
    remedies = (UserAction.UPDATE, UserAction.RESEND_ACTIVATION, UserAction.RESTORE)
    may_remedy = or_(*(access.may(action, User, user).is_(true()) for action in remedies))
    unsent = mail_status(user, access) != sql_literal(MailStatus.SENT)
    return case((and_(may_remedy, unsent), _of_mail("server_reply")(user, access)))


def has_mail_status(user: Row, statuses: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """Whether the email with the newest link has one of these statuses."""
    return mail_status(user, access) == any_(statuses)


def _of_mail(column: str) -> Expression:
    def expression(user: Row, _access: Access) -> ColumnElement[Any]:
        token, mail = OneTimeToken.__table__.alias(), OutboxMail.__table__.alias()
        value = select(mail.c[column]).select_from(token.outerjoin(mail, mail.c.one_time_token_id == token.c.id))
        newest = _newest(user, token, value).order_by(mail.c.id.desc().nulls_last())
        return newest.correlate_except(token, mail).scalar_subquery()

    return expression


def _newest(user: Row, token: FromClause, query: Select[Any]) -> Select[Any]:
    # Keys are UUIDs of version 7: the newer of two links has the greater key.
    return _of(user, token, query).order_by(token.c.id.desc()).limit(1)


def _of(user: Row, token: FromClause, query: Select[Any]) -> Select[Any]:
    return query.where(token.c.user_id == user.c.id, token.c.purpose == _ACTIVATION)
