"""A filter by any condition on some attributes of a row: a disjunction of conjunctions of comparisons.

Its value is JSON text, so that the statement doesn't depend on the condition: only values are bound.

    [[{"attribute": "userName", "operator": "sw", "value": "ada", "negated": false}, …], …]

    EXISTS (SELECT FROM jsonb_array_elements(:v) AS alternative(terms)
             WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(alternative.terms) AS term(term)
                                WHERE coalesce(<the comparison>, false) = (term->>'negated')::boolean))

All attributes are text, and compared as text: those that ignore case are in lower case on both sides, and times are
written so that their order as text is their order in time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, case, cast, column, false, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import TableValuedAlias

from authz.access import Access
from resolvers.query.filters import Value
from resolvers.query.json_sql import int_literal, sql_literal
from resolvers.query.registry import Filter, Row

TIME_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
"""The format in which times are compared: UTC with six fractional digits, as `comparable_time` writes them."""


class Comparator(StrEnum):
    """How the value of an attribute is compared: equal, contains, starts with, ends with, greater than, greater or
    equal, less than, less or equal, and that there is one at all."""

    EQ = "eq"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    PR = "pr"


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of an attribute with a value, or its negation. A row without a value matches no comparison."""

    attribute: str
    operator: Comparator
    value: str = ""
    negated: bool = False


def encode(alternatives: Sequence[Sequence[Term]]) -> str:
    """The value of the filter: a row passes if all terms of one of the alternatives hold."""
    return json.dumps([[asdict(term) for term in terms] for terms in alternatives])


def comparable_time(value: Value) -> Value:
    """The attribute whose value is a time."""

    def text(row: Row) -> ColumnElement[str]:
        return func.to_char(func.timezone(sql_literal("UTC"), value(row)), sql_literal(TIME_FORMAT), type_=Text())

    return text


def matching(attributes: Mapping[str, Value]) -> Filter:
    """The filter on these attributes, each an expression of type text."""

    def condition(row: Row, value: ColumnElement[str], _access: Access) -> ColumnElement[bool]:
        alternatives = _elements(cast(value, JSONB), "terms")
        terms = _elements(alternatives.c.terms, "term")
        term = terms.c.term
        negated = _text(term, "negated").cast(Boolean)
        broken = select(int_literal(1)).where(func.coalesce(_holds(row, term, attributes), false()) == negated)
        whole = ~broken.select_from(terms).correlate_except(terms).exists()
        return select(int_literal(1)).select_from(alternatives).where(whole).correlate_except(alternatives).exists()

    return Filter(condition, Text(), internal=True)


def _elements(array: ColumnElement[Any], name: str) -> TableValuedAlias:
    return func.jsonb_array_elements(array).table_valued(column(name, JSONB())).render_derived(f"each_{name}")


def _text(term: ColumnElement[Any], key: str) -> ColumnElement[str]:
    return term.op("->>", return_type=Text())(sql_literal(key))


def _holds(row: Row, term: ColumnElement[Any], attributes: Mapping[str, Value]) -> ColumnElement[bool]:
    cases = [(_text(term, "attribute") == sql_literal(name), value(row)) for name, value in attributes.items()]
    actual: ColumnElement[str] = case(*cases).collate("C")
    expected = _text(term, "value").collate("C")
    comparisons: Mapping[Comparator, ColumnElement[bool]] = {
        Comparator.EQ: actual == expected,
        Comparator.CO: func.strpos(actual, expected) > int_literal(0),
        Comparator.SW: func.starts_with(actual, expected, type_=Boolean()),
        Comparator.EW: func.right(actual, func.length(expected)) == expected,
        Comparator.GT: actual > expected,
        Comparator.GE: actual >= expected,
        Comparator.LT: actual < expected,
        Comparator.LE: actual <= expected,
        Comparator.PR: actual.is_not(None),
    }
    operator = _text(term, "operator")
    return case(*((operator == sql_literal(name.value), holds) for name, holds in comparisons.items()))
