"""`viewerCan`: the actions that the actor may perform on a row, computed by the policy's own predicates."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, case, false, func, true

from authz.access import Access
from models import Base
from resolvers.query.json_sql import sql, sql_literal
from resolvers.query.registry import Expression, Row


def viewer_can(model: type[Base], actions: Iterable[str]) -> Expression:
    """Returns an expression for the JSON array of those of `actions` (`resend_activation`) that the actor may perform
    on a row, in the same order, by their names in the GraphQL enum (`RESEND_ACTIVATION`)."""
    names = {action: f'"{action.upper()}"' for action in actions}

    def expression(row: Row, access: Access) -> ColumnElement[str]:
        allowed = {name: access.may(action, model, row) for action, name in names.items()}
        if all(condition is true() or condition is false() for condition in allowed.values()):
            return sql_literal("[" + ",".join(name for name, condition in allowed.items() if condition is true()) + "]")
        # concat_ws skips NULL: the actions that are not allowed.
        items = [
            sql_literal(name) if condition is true() else case((condition, sql_literal(name)))
            for name, condition in allowed.items()
            if condition is not false()
        ]
        return sql(["[", func.concat_ws(sql_literal(","), *items), "]"])

    return expression
