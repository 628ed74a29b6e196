"""`viewerCan`: the actions that the actor may perform on a row, computed by the policy's own predicates.

The row is one that the actor sees, so what "view" requires is left out; and what all other actions require, such as
that an admin could assign whatever a user has, is evaluated once for a row:

    CASE WHEN <shared> THEN concat_ws(',', '"VIEW"', CASE WHEN <rest> THEN '"UPDATE"' END, …) ELSE '"VIEW"' END
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, case, func, true

from authz.access import Access
from models import Base
from resolvers.query.json_sql import sql, sql_literal
from resolvers.query.registry import Expression, Row


def viewer_can(model: type[Base], actions: Iterable[str]) -> Expression:
    """Returns an expression for the JSON array of those of `actions` (`resend_activation`) that the actor may perform
    on a row, in the same order, by their names in the GraphQL enum (`RESEND_ACTIVATION`)."""
    names = {action: f'"{action.upper()}"' for action in actions}

    def expression(row: Row, access: Access) -> ColumnElement[str]:
        visible = access.each_visible(names, model, row)
        always = [(name, true()) for action, name in names.items() if action in visible.always]
        conditions = dict.fromkeys(visible.always, true()) | dict(visible.rest)
        items = [(name, conditions[action]) for action, name in names.items() if action in conditions]
        if len(always) == len(items):
            return sql_literal("[" + ",".join(name for name, _ in items) + "]")
        listed = _listed(items)
        if visible.shared is not true():
            listed = case((visible.shared, listed), else_=_listed(always))
        return sql(["[", listed, "]"])

    return expression


def _listed(items: Sequence[tuple[str, ColumnElement[bool]]]) -> ColumnElement[str]:
    """The names whose condition holds, separated by commas."""
    # concat_ws skips NULL: the actions that are not allowed.
    names = [
        sql_literal(name) if condition is true() else case((condition, sql_literal(name))) for name, condition in items
    ]
    return func.concat_ws(sql_literal(","), *names) if names else sql_literal("")
