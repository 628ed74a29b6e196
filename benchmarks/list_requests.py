"""Every list request that the schema offers: lists, filters, orders, pages, counts, and lists inside lists.

They are derived from the schema, so a new list, filter or order is in them at once. A filter that takes something new
raises `NoSample` until `FilterSamples` has a value for it, and so does a list in a new place. Benchmarks measure these
requests; tests read their plans.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from benchmarks.connections import LEFT_OUT, PAST, Connection, NoSample, connections, is_connection

PAGE = 25
PARENTS = 20
CHILDREN = 10

ID_FILTERS: Final = {
    "users": "User",
    "owners": "User",
    "requesters": "User",
    "actors": "User",
    "subjects": "User",
    "contractAccounts": "ContractAccount",
    "deliveryAccounts": "DeliveryAccount",
    "templates": "AccessTemplate",
}
"""The types of the ids that filters other than `ids` take."""


class Family(StrEnum):
    """What a request is for. The value is what tables show."""

    LIST = "list"
    PAGE = "page"
    COUNT = "count"
    NESTED = "nested"
    NESTED_COUNT = "nested count"
    FIELDS = "all fields"
    QUESTION = "question"
    CONSOLE = "console"

    @property
    def is_count(self) -> bool:
        """Whether the number of rows is what is asked for."""
        return self in (Family.COUNT, Family.NESTED_COUNT)


DAYS: Final = (30, 365)
"""Values for filters that take a number of days."""


@dataclass(frozen=True)
class FilterSamples:
    """Values to filter by, which one viewer can see. All but `ids` are by the label that shows in names."""

    ids: Mapping[str, str]
    """The public id of a row, by GraphQL type. A type without a row has none: its filter is left out."""
    words: Mapping[str, str]
    countries: Mapping[str, str]
    times: Mapping[str, str]
    texts: Mapping[str, str]
    emails: Mapping[str, str]


@dataclass(frozen=True)
class ListRequest:
    """One request. `name` and `document` are the same for all samples; the name is unique in its family.

    `list` is the field that returns the list. If `needs_cursor`, the request is that of the first page, and
    `at_cursor` makes it that of the next one.
    """

    name: str
    family: Family
    list: str
    document: str
    variables: dict[str, Any] = field(default_factory=dict)
    needs_cursor: bool = False

    def at_cursor(self, cursor: str) -> "ListRequest":
        """The request of the page after `cursor`, the `endCursor` of the first one."""
        return replace(self, variables={**self.variables, "after": cursor}, needs_cursor=False)


def all_requests(samples: FilterSamples, *, pairs: bool = False) -> Iterator[ListRequest]:
    """Every request that the schema offers about lists, those inside a node included.

    With `pairs`, every combination of one filter and one order; without, filters in the default order, and orders
    without a filter. Lists inside a node of which there is no sample are left out. Raises NoSample.
    """
    for connection in connections():
        if connection.parent.name in LEFT_OUT or not (connection.document("") and _has_parent(connection, samples)):
            continue
        yield from list_requests(connection, samples, pairs=pairs)
        yield from page_requests(connection, samples)
        yield from count_requests(connection, samples)
        if connection.is_root:
            yield all_fields(connection, samples)
            yield from nested_requests(connection, samples)


def list_requests(connection: Connection, samples: FilterSamples, *, pairs: bool) -> Iterator[ListRequest]:
    """The first page of a list with each filter and in each order."""
    filters = [("", None), *filters_of(connection, samples)]
    orders: list[str | None] = [None, *connection.order.values]
    for (label, condition), order in itertools.product(filters, orders):
        if pairs or order is None or condition is None:
            variables = {"first": PAGE, "filter": condition, "orderBy": order}
            yield _request(connection, samples, Family.LIST, label, variables)


def page_requests(connection: Connection, samples: FilterSamples) -> Iterator[ListRequest]:
    """The second and the last page of a list in each order."""
    for order in connection.order.values:
        second = _request(connection, samples, Family.PAGE, "second page", {"first": PAGE, "orderBy": order})
        yield replace(second, needs_cursor=True)
        yield _request(connection, samples, Family.PAGE, "last page", {"last": PAGE, "orderBy": order})


def count_requests(connection: Connection, samples: FilterSamples) -> Iterator[ListRequest]:
    """The total of a list with each filter."""
    for label, condition in [("", None), *filters_of(connection, samples)]:
        yield _request(
            connection, samples, Family.COUNT, label, {"first": 1, "filter": condition}, selection="totalCount"
        )


def all_fields(connection: Connection, samples: FilterSamples) -> ListRequest:
    """The first page of a list with every field of the node, and every leaf of the objects that it refers to."""
    selection = " ".join(_selection(name, field_) for name, field_ in connection.node.fields.items())
    return _request(connection, samples, Family.FIELDS, "", {"first": PAGE}, selection=f"nodes {{ {selection} }}")


def nested_requests(connection: Connection, samples: FilterSamples) -> Iterator[ListRequest]:
    """Each list of the nodes of a list, and its total."""
    for name, field_ in connection.node.fields.items():
        if not is_connection(field_):
            continue
        for family, inner in (
            (Family.NESTED, f"{name}(first: {CHILDREN}) {{ nodes {{ id }} }}"),
            (Family.NESTED_COUNT, f"{name}(first: 1) {{ totalCount }}"),
        ):
            selection = f"nodes {{ id {inner} }}"
            yield _request(connection, samples, family, f"with {name}", {"first": PARENTS}, selection=selection)


def filters_of(connection: Connection, samples: FilterSamples) -> list[tuple[str, dict[str, Any]]]:
    """Each filter of a list with each sample: a label, and the value of the argument. Raises NoSample."""
    return [
        (f"{name}: {label}", {name: value})
        for name, field_ in connection.filter.fields.items()
        for label, value in _values(name, field_, connection, samples)
    ]


def _values(
    name: str, field_: GraphQLInputField, connection: Connection, samples: FilterSamples
) -> list[tuple[str, Any]]:
    type_ = get_named_type(field_.type)
    if isinstance(type_, GraphQLEnumType):
        return [(f"[{value}]", [value]) for value in type_.values]
    if type_.name == "ID":
        wanted = connection.node.name if name == "ids" else ID_FILTERS.get(name)
        if wanted is None:
            raise NoSample(f"{connection.filter.name}.{name} takes ids of an unknown type")
        return [("one", [samples.ids[wanted]])] if wanted in samples.ids else []
    if type_.name == "Boolean":
        return [("true", True), ("false", False)]
    if type_.name == "Int":
        return [(str(days), days) for days in DAYS]
    if name == "search":
        return list(samples.words.items())
    if type_.name == "CountryCode":
        return [(label, [code]) for label, code in samples.countries.items()]
    if type_.name == "AccessReasonWord":
        return [(label, [{"word": word, "reasons": ["GIVEN_BEFORE_REMOVAL"]}]) for label, word in samples.words.items()]
    texts = {"DateTime": samples.times, "String": samples.texts, "EmailAddress": samples.emails}
    values = texts.get(type_.name)
    if values is None:
        raise NoSample(f"{connection.filter.name}.{name} takes a {type_.name}")
    is_list = isinstance(get_nullable_type(field_.type), GraphQLList)
    return [(label, [value] if is_list else value) for label, value in values.items()]


def _request(
    connection: Connection,
    samples: FilterSamples,
    family: Family,
    label: str,
    variables: dict[str, Any],
    *,
    selection: str = "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }",
) -> ListRequest:
    given = {name: value for name, value in variables.items() if value is not None}
    name = " ".join(filter(None, [connection.label, label, str(given.get("orderBy", ""))]))
    if connection.named is not None:
        given["id"] = samples.ids[connection.named]
    if connection.parent.name in PAST:
        given["time"] = samples.times["last"]
    return ListRequest(name, family, connection.label, connection.document(selection), given)


def _has_parent(connection: Connection, samples: FilterSamples) -> bool:
    return connection.named is None or connection.named in samples.ids


def _selection(name: str, field_: GraphQLField) -> str:
    """The field with the leaves of its type, or nothing if it is a list of its own or takes arguments."""
    type_ = get_named_type(field_.type)
    if is_leaf_type(type_):
        return name
    if field_.args or not isinstance(type_, GraphQLObjectType):
        return ""
    leaves = [leaf for leaf, inner in type_.fields.items() if is_leaf_type(get_named_type(inner.type))]
    return f"{name} {{ {' '.join(leaves)} }}" if leaves else ""
