r"""Filters the entries of access reviews by the words in which a client shows their reasons.

A client puts the reasons into words in the language of its user. It splits what the user searches for into words, and
says for each of them in which of its own sentences the word occurs: those of a kind of reason, or of a condition. The
value of the filter is JSON text, so that the statement doesn't depend on how many words there are:

    [{"word": "south", "path": "$[*] ? (@.kind == \"GIVEN\")", "kinds": ["NOTHING"]}, …]

    NOT EXISTS (SELECT FROM jsonb_array_elements(:v) AS words(word)
                 WHERE NOT (<names in the reasons> LIKE <word> OR reasons @? <path> OR <kinds> ? kind))

A word also matches in the names that sentences have, such as that of an account. Permissions and audiences have codes
for names, which clients put into words, too.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, case, cast, column, false, func, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, JSONPATH
from sqlalchemy.sql.selectable import TableValuedAlias

from authz.access import Access
from models import AccessKind, ConditionKind
from resolvers.query.filters import like_pattern
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Filter, Row

_CODES: Final = (ConditionKind.PERMISSION, ConditionKind.AUDIENCE)
"""The conditions whose names are codes."""


def encode(words: Sequence[Mapping[str, Any]]) -> str:
    """The value of the filter, from the input `AccessReasonWord` of each word."""
    return json.dumps([_encoded(word) for word in words])


def _encoded(word: Mapping[str, Any]) -> dict[str, Any]:
    reasons = [f"@.kind == {json.dumps(kind.value)}" for kind in word.get("reasons") or ()]
    conditions = [_condition(each) for each in word.get("conditions") or ()]
    if conditions:
        reasons.append(f"exists(@.conditions[*] ? ({_any(conditions)}))")
    path = f"$[*] ? ({_any(reasons)})" if reasons else None
    return {"word": word["word"], "path": path, "kinds": [kind.value for kind in word.get("kinds") or ()]}


def _condition(condition: Mapping[str, Any]) -> str:
    """The test of a condition in the language of JSON paths. A condition that was required to hold has no `holds`."""
    tests = [f"@.kind == {json.dumps(condition['kind'].value)}"]
    tests.append("!exists(@.holds)" if condition.get("holds", True) else "@.holds == false")
    if condition.get("name") is not None:
        tests.append(f"@.name == {json.dumps(condition['name'])}")
    return f"({' && '.join(tests)})"


def _any(tests: Iterable[str]) -> str:
    return " || ".join(tests)


def _matches_all(entry: Row, value: ColumnElement[Any], _access: Access) -> ColumnElement[bool]:
    words = _elements(cast(value, JSONB), "word")
    word = words.c.word
    path = cast(_member(word, "path"), JSONPATH)
    kinds = word.op("->", return_type=JSONB())(sql_literal("kinds"))
    matches = or_(
        _names(entry).op("LIKE", is_comparison=True)(like_pattern(func.fold(_member(word, "word")))),
        func.coalesce(entry.c.reasons.op("@?", is_comparison=True)(path), false()),
        kinds.has_key(entry.c.kind),
    )
    missing = select(int_literal(1)).select_from(words).where(not_(matches))
    return ~missing.correlate_except(words).exists()


def _names(entry: Row) -> ColumnElement[str]:
    """The names in the reasons of the entry, folded. Of entries from before the reasons were recorded, the whole text:
    it is what clients show."""
    codes = " && ".join(f'@.kind != "{kind.value}"' for kind in _CODES)
    path = cast(sql_literal(f"$[*].conditions[*] ? ({codes}).name"), JSONPATH)
    names = func.jsonb_path_query(entry.c.reasons, path).table_valued(column("name", JSONB())).render_derived("named")
    text = names.c.name.op("#>>", return_type=Text())(cast(sql_literal("{}"), ARRAY(Text)))
    joined = select(func.string_agg(text, sql_literal(" "))).select_from(names).correlate_except(names)
    has_none = func.coalesce(func.jsonb_array_length(entry.c.reasons), int_literal(0)) == int_literal(0)
    old = and_(has_none, entry.c.kind != sql_literal(AccessKind.NOTHING.value))
    return func.fold(case((old, entry.c.why), else_=func.coalesce(joined.scalar_subquery(), sql_literal(""))))


def _member(element: ColumnElement[Any], key: str) -> ColumnElement[str]:
    return element.op("->>", return_type=Text())(sql_literal(key))


def _elements(array: ColumnElement[Any], name: str) -> TableValuedAlias:
    return func.jsonb_array_elements(array).table_valued(column(name, JSONB())).render_derived(f"{name}s")


IN_WORDS: Final = Filter(_matches_all, Text())
"""The filter, whose value `encode` returns."""
