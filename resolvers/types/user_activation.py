"""The activation of a user: the newest link that was made for them, and what became of its mail."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, any_, case, or_, select, true

from authz.access import Access
from authz.model.resources import UserAction
from models import MailStatus, OneTimeToken, OutboxMail, TokenPurpose, User
from resolvers.query.edge_conditions import exists_per_row
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Expression, Row

_ACTIVATION = sql_literal(TokenPurpose.ACTIVATION)


def invited(user: Row, _access: Access) -> ColumnElement[bool]:
    """Whether an activation link was ever made for the user."""
    token = OneTimeToken.__table__.alias()
    return exists_per_row(_of(user, token, select(sql_literal("1"))).correlate_except(token))


def expires_at(user: Row, _access: Access) -> ColumnElement[Any]:
    """When the newest link stops, or stopped, to be good."""
    token = OneTimeToken.__table__.alias()
    return _newest(user, token, select(token.c.expires_at)).correlate_except(token).scalar_subquery()


def queued_at(user: Row, access: Access) -> ColumnElement[Any]:
    """When the mail with the newest link was written."""
    return _of_mail("created_at")(user, access)


def sent_at(user: Row, access: Access) -> ColumnElement[Any]:
    """When the mail server took the mail with the newest link."""
    return _of_mail("sent_at")(user, access)


def mail(user: Row, access: Access) -> ColumnElement[Any]:
    """What became of the mail with the newest link."""
    return _of_mail("status")(user, access)


def attempts(user: Row, access: Access) -> ColumnElement[Any]:
    """How often it was tried to hand the mail with the newest link over."""
    return _of_mail("attempts")(user, access)


def reply(user: Row, access: Access) -> ColumnElement[Any]:
    """Why the mail with the newest link has not left, for those who may do something about it."""
    remedies = (UserAction.UPDATE, UserAction.RESEND_ACTIVATION, UserAction.RESTORE)
    may_help = or_(*(access.may(action, User, user).is_(true()) for action in remedies))
    unsent = mail(user, access) != sql_literal(MailStatus.SENT)
    return case((and_(may_help, unsent), _of_mail("server_reply")(user, access)))


def in_mail_state(user: Row, states: ColumnElement[Any], access: Access) -> ColumnElement[bool]:
    """Whether the mail with the newest link is in one of these states."""
    return mail(user, access) == any_(states)


def _of_mail(column: str) -> Expression:
    def expression(user: Row, _access: Access) -> ColumnElement[Any]:
        token, letter = OneTimeToken.__table__.alias(), OutboxMail.__table__.alias()
        value = select(letter.c[column]).select_from(token.outerjoin(letter, letter.c.one_time_token_id == token.c.id))
        newest = _newest(user, token, value).order_by(letter.c.id.desc().nulls_last())
        return newest.correlate_except(token, letter).scalar_subquery()

    return expression


def _newest(user: Row, token: FromClause, wanted: Select[Any]) -> Select[Any]:
    # Keys are UUIDs of version 7: of two links, the newer has the greater key.
    return _of(user, token, wanted).order_by(token.c.id.desc()).limit(1)


def _of(user: Row, token: FromClause, wanted: Select[Any]) -> Select[Any]:
    return wanted.where(token.c.user_id == user.c.id, token.c.purpose == _ACTIVATION)
