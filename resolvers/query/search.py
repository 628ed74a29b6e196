r"""Text search: every word of the term must occur somewhere in the text, whatever its case and accents.

    a1.name_key LIKE ALL (
        ARRAY(SELECT '%' || <word, escaped> || '%' FROM regexp_split_to_table(fold(:v), '\s+') AS word))

The array depends on the term alone, so PostgreSQL makes it once per statement, not once per row.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Text, all_, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from authz.access import Access
from resolvers.query.json_sql import sql_literal
from resolvers.query.registry import Filter, Row


def search(text: Callable[[Row], ColumnElement[Any]]) -> Filter:
    """A filter that takes a term and finds it in `text`, an expression that is folded already."""

    def condition(row: Row, term: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
        return text(row).op("LIKE", is_comparison=True)(all_(_patterns(term)))

    return Filter(condition, Text())


def _patterns(term: ColumnElement[Any]) -> ColumnElement[Any]:
    words = func.regexp_split_to_table(func.fold(term), sql_literal(r"\s+")).column_valued("word")
    # What LIKE would take for a wildcard is looked for as it is written.
    escaped = func.regexp_replace(words, sql_literal(r"([\\%_])"), sql_literal(r"\\\1"), sql_literal("g"))
    pattern = sql_literal("%").concat(escaped).concat(sql_literal("%"))
    return func.array(select(pattern).scalar_subquery(), type_=ARRAY(Text))
