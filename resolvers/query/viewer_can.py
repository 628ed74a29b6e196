"""`viewerCan`: what the actor may do with a row, as the policy's own predicates in the place of a column."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, case, false, func, true

from authz.access import Access
from models import Base
from resolvers.query.json_sql import sql, sql_literal
from resolvers.query.registry import Expression, Row


def viewer_can(model: type[Base], actions: Iterable[str]) -> Expression:
    """An expression for the JSON array of those of `actions` (`resend_activation`) that the actor may do with a row, in
    the order given and by the names of the GraphQL enum (`RESEND_ACTIVATION`)."""
    names = {action: f'"{action.upper()}"' for action in actions}

    def expression(row: Row, access: Access) -> ColumnElement[str]:
        allowed = {name: access.may(action, model, row) for action, name in names.items()}
        if all(condition is true() or condition is false() for condition in allowed.values()):
            return sql_literal("[" + ",".join(name for name, condition in allowed.items() if condition is true()) + "]")
        # concat_ws leaves out what is NULL: the actions that are not allowed.
        words = [
            sql_literal(name) if condition is true() else case((condition, sql_literal(name)))
            for name, condition in allowed.items()
            if condition is not false()
        ]
        return sql(["[", func.concat_ws(sql_literal(","), *words), "]"])

    return expression
