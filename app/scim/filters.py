"""SCIM filters (RFC 7644, section 3.4.2.2) as conditions of the planner.

A filter by one attribute that has an index becomes a condition with a list of values; any other filter is brought into
disjunctive normal form, and evaluated for each row that the caller sees. What can't be evaluated exactly is rejected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final

from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

from resolvers.query.matching import Comparator, Term, encode

MAX_CHARACTERS: Final = 2_000
"""The maximum length of a filter."""

MAX_TERMS: Final = 60
"""The maximum number of comparisons in the disjunctive normal form of a filter."""

Alternatives = tuple[tuple[Term, ...], ...]


@dataclass(frozen=True, slots=True)
class Filterable:
    """The attributes of a resource type by which it can be filtered, by their names in lower case: the name of the
    attribute in the condition. `any_case` are those that are compared without case, `times` those that are times,
    `flags` those that are true or false, and `indexed` those that have a condition of their own, by its name."""

    names: Mapping[str, str]
    any_case: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    indexed: Mapping[str, str] = field(default_factory=dict)


_COMMON: Final = {
    "id": "id",
    "externalid": "externalId",
    "meta.created": "meta.created",
    "meta.lastmodified": "meta.lastModified",
}
_TIMES: Final = frozenset({"meta.created", "meta.lastModified"})

USERS: Final = Filterable(
    {
        **_COMMON,
        "username": "userName",
        "emails": "userName",
        "emails.value": "userName",
        "name.givenname": "name.givenName",
        "name.familyname": "name.familyName",
        "displayname": "displayName",
        "active": "active",
    },
    any_case=frozenset({"userName", "name.givenName", "name.familyName", "displayName"}),
    times=_TIMES,
    flags=frozenset({"active"}),
    indexed={"userName": "emails", "externalId": "externalIds"},
)
GROUPS: Final = Filterable(
    {**_COMMON, "displayname": "displayName"},
    any_case=frozenset({"displayName"}),
    times=_TIMES,
    indexed={"externalId": "externalIds"},
)


def conditions_of(filter_: ScimFilter[Any] | None, filterable: Filterable) -> dict[str, Any]:
    """The conditions of the planner, by their names, for a filter. Raises InvalidFilterException."""
    if filter_ is None:
        return {}
    if len(filter_) > MAX_CHARACTERS:
        raise InvalidFilterException(detail=f"A filter has at most {MAX_CHARACTERS} characters.")
    alternatives = _alternatives(filter_.ast, filterable)
    indexed = _indexed(alternatives, filterable)
    return indexed if indexed is not None else {"matchesScim": encode(alternatives)}


def _indexed(alternatives: Alternatives, filterable: Filterable) -> dict[str, Any] | None:
    """The condition with a list of values, if the filter is nothing but that."""
    terms = [terms[0] for terms in alternatives if len(terms) == 1]
    attributes = {term.attribute for term in terms}
    if len(terms) != len(alternatives) or len(attributes) != 1 or not attributes <= filterable.indexed.keys():
        return None
    if any(term.operator is not Comparator.EQ or term.negated for term in terms):
        return None
    return {filterable.indexed[attributes.pop()]: tuple(term.value for term in terms)}


def _alternatives(node: FilterNode, filterable: Filterable) -> Alternatives:
    """The disjunctive normal form of a filter. Raises InvalidFilterException."""
    match node:
        case Comparison() | Present():
            return _of_comparison(node, filterable)
        case ValuePath():
            # There is one value at most, so it doesn't matter that the conditions are about the same one.
            return _alternatives(_within(node), filterable)
        case Not():
            return _negated(_alternatives(node.expr, filterable))
        case LogicalExpr():
            parts = [_alternatives(term, filterable) for term in node.terms]
            if node.op is LogicalOperator.or_:
                return _bounded(tuple(terms for part in parts for terms in part))
            return _conjunction(parts)
    raise InvalidFilterException(detail="This filter is not supported.")


def _within(node: ValuePath) -> FilterNode:
    def within(inner: FilterNode) -> FilterNode:
        match inner:
            case Comparison() | Present():
                name = inner.attr_path.attr
                return replace(inner, attr_path=AttrPath(node.attr_path.attr, name, node.attr_path.uri))
            case Not():
                return Not(within(inner.expr))
            case LogicalExpr():
                return replace(inner, terms=tuple(map(within, inner.terms)))
        raise InvalidFilterException(detail="This filter is not supported.")

    return within(node.val_filter)


def _conjunction(parts: Sequence[Alternatives]) -> Alternatives:
    joined: Alternatives = ((),)
    for part in parts:
        joined = _bounded(tuple((*left, *right) for left, right in product(joined, part)))
    return joined


def _negated(alternatives: Alternatives) -> Alternatives:
    return _conjunction([tuple((replace(term, negated=not term.negated),) for term in terms) for terms in alternatives])


def _bounded(alternatives: Alternatives) -> Alternatives:
    if sum(map(len, alternatives)) > MAX_TERMS:
        raise InvalidFilterException(detail="The filter has too many conditions.")
    return alternatives


def _of_comparison(node: Comparison | Present, filterable: Filterable) -> Alternatives:
    path = node.attr_path
    name = path.attr if path.sub_attr is None else f"{path.attr}.{path.sub_attr}"
    if isinstance(node, Comparison) and name.lower() in ("emails.type", "emails.primary"):
        # All email addresses are of one type and primary, so this is a constant.
        return _constant(_matches_constant(name.lower(), node))
    attribute = filterable.names.get(name.lower())
    if attribute is None:
        raise InvalidFilterException(detail=f"Filtering by {name} is not supported.")
    if isinstance(node, Present):
        return ((Term(attribute, Comparator.PR),),)
    if node.op is CompareOperator.ne:
        return ((Term(attribute, Comparator.EQ, _value(node.value, attribute, filterable), negated=True),),)
    if attribute in filterable.flags and node.op is not CompareOperator.eq:
        raise InvalidFilterException(detail=f"{attribute} can only be compared by eq and ne.")
    if attribute in filterable.times and node.op in (CompareOperator.co, CompareOperator.sw, CompareOperator.ew):
        raise InvalidFilterException(detail=f"{attribute} can't be compared by {node.op.value}.")
    return ((Term(attribute, Comparator(node.op.value), _value(node.value, attribute, filterable)),),)


def _matches_constant(name: str, node: Comparison) -> bool:
    equal = node.value is True if name == "emails.primary" else str(node.value).lower() == "work"
    if node.op not in (CompareOperator.eq, CompareOperator.ne):
        raise InvalidFilterException(detail=f"{name} can only be compared by eq and ne.")
    return equal is (node.op is CompareOperator.eq)


def _constant(value: bool) -> Alternatives:
    return ((Term("id", Comparator.PR, negated=not value),),)


def _value(value: Any, attribute: str, filterable: Filterable) -> str:
    """The value of a comparison as text."""
    if attribute in filterable.flags:
        if not isinstance(value, bool) and str(value).lower() not in ("true", "false"):
            raise InvalidFilterException(detail=f"{attribute} is true or false.")
        return str(value).lower()
    if attribute in filterable.times:
        return _time(value, attribute)
    if not isinstance(value, str) or "\0" in value:
        raise InvalidFilterException(detail=f"{attribute} is compared with a text.")
    return value.lower() if attribute in filterable.any_case else value


def _time(value: Any, attribute: str) -> str:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        in_utc = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidFilterException(detail=f"{attribute} is compared with a time.") from None
    return in_utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
