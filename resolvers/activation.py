"""The activation of a user: the newest link that was made for them, and what became of its mail."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from authz.access import Access
from models import OneTimeToken, OutboxMail, TokenPurpose
from resolvers.graph import Expression, Row
from resolvers.json_text import quoted
from resolvers.membership import exists_per_row

_ACTIVATION = quoted(TokenPurpose.ACTIVATION)


def invited(user: Row, _access: Access) -> ColumnElement[bool]:
    """Whether an activation link was ever made for the user."""
    token = OneTimeToken.__table__.alias()
    return exists_per_row(_of(user, token, select(quoted("1"))).correlate_except(token))


def expires_at(user: Row, _access: Access) -> ColumnElement[Any]:
    """When the newest link stops, or stopped, to be good."""
    token = OneTimeToken.__table__.alias()
    return _newest(user, token, select(token.c.expires_at)).correlate_except(token).scalar_subquery()


def sent_at(user: Row, access: Access) -> ColumnElement[Any]:
    """When the mail server took the mail with the newest link."""
    return _of_mail("sent_at")(user, access)


def mail(user: Row, access: Access) -> ColumnElement[Any]:
    """What became of the mail with the newest link."""
    return _of_mail("status")(user, access)


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
