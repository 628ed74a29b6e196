"""The arguments of connections: page, order and filter, and errors in them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.query.selection import Page, ParameterSlot, TotalCount
from tests.support.prepared_operations import KEY, OTHER, cursor, errors, page


def test_a_page_by_default() -> None:
    assert page("{ users { totalCount } }") == (Page(ParameterSlot(0), "NAME_ASC", (TotalCount("totalCount"),)), (25,))
    assert page("{ services { totalCount } }")[0].order == "CODE_ASC"


def test_null_means_the_default() -> None:
    text = """query ($f: UserFilter, $o: UserOrder, $n: Int) {
      users(filter: $f, orderBy: $o, first: $n, last: $n) { totalCount }
    }"""
    assert page(text, f=None, o=None, n=None) == page("{ users { totalCount } }")
    assert page(text) == page("{ users { totalCount } }")
    assert page(text, f={"search": None, "status": None}) == page("{ users { totalCount } }")


def test_backwards_before_a_cursor() -> None:
    connection_page, values = page(
        "query ($b: String) { users(last: 3, before: $b, orderBy: EMAIL_DESC) { totalCount } }",
        b=cursor("EMAIL_DESC", "a@b"),
    )
    assert (connection_page.backward, connection_page.order, connection_page.before, connection_page.after) == (
        True,
        "EMAIL_DESC",
        (ParameterSlot(1), ParameterSlot(2)),
        None,
    )
    assert values == (3, "a@b", KEY)


def test_cursors_of_times_hold_times() -> None:
    after = cursor("CREATED_AT_ASC", "2026-01-31T12:00:00+00:00")
    _, values = page("query ($a: String) { users(after: $a, orderBy: CREATED_AT_ASC) { totalCount } }", a=after)
    assert values == (25, datetime(2026, 1, 31, 12, tzinfo=UTC), KEY)


@pytest.mark.parametrize(
    ("arguments", "blamed"),
    [
        ("first: 0", ["first"]),
        ("first: -1", ["first"]),
        ("first: 101", ["first"]),
        ("last: 0", ["last"]),
        ("first: 1, last: 1", ["last"]),
        ("first: 0, last: 101", ["last", "first", "last"]),
        ('after: ""', ["after"]),
        ('after: "%%%"', ["after"]),
        (f'after: "{cursor("NAME_DESC", "a")}"', ["after"]),
        (f'after: "{cursor("NAME_ASC", "a", "1")}", before: "x"', ["after", "before"]),
    ],
)
def test_invalid_page_arguments(arguments: str, blamed: list[str]) -> None:
    expected = [("BAD_USER_INPUT", argument, ["users"]) for argument in blamed]
    assert errors(f"{{ users({arguments}) {{ totalCount }} }}") == expected


def test_filters_bind_enum_values_keys_and_terms() -> None:
    filter_ = {
        "search": "ada",
        "status": ["PENDING", "ACTIVE"],
        "audience": "DELIVERY",
        "country": ["nl"],
        "ids": [f"usr_{KEY}"],
    }
    connection_page, values = page("query ($f: UserFilter) { users(filter: $f) { totalCount } }", f=filter_)
    filters = {name: values[slot.index] for name, slot in connection_page.filters}
    assert filters == {
        "search": "ada",
        "status": ("PENDING", "ACTIVE"),
        "audience": ("DELIVERY",),
        "country": ("NL",),
        "ids": (KEY,),
    }
    assert all(type(value) is str for value in (*filters["status"], *filters["audience"]))


def test_ids_of_another_type_match_nothing() -> None:
    connection_page, values = page(
        "query ($f: ServiceFilter) { services(filter: $f) { totalCount } }",
        f={"contractAccounts": [f"da_{KEY}", f"ca_{OTHER}"]},
    )
    assert [(name, values[slot.index]) for name, slot in connection_page.filters] == [("contractAccounts", (OTHER,))]


@pytest.mark.parametrize(
    ("filter_", "blamed"),
    [
        ({"search": "a\x00b"}, "filter.search"),
        ({"search": "a\ud800b"}, "filter.search"),
        ({"search": "a" * 201}, "filter.search"),
        ({"ids": ["usr_1"]}, "filter.ids.0"),
    ],
)
def test_text_that_cannot_be_stored_or_is_too_long(filter_: dict[str, Any], blamed: str) -> None:
    assert errors("query ($f: UserFilter) { users(filter: $f) { totalCount } }", f=filter_) == [
        ("BAD_USER_INPUT", blamed, ["users"])
    ]


def test_a_literal_list_that_is_too_long() -> None:
    ids = ", ".join([f'"usr_{KEY}"'] * 1001)
    assert errors(f"{{ users(filter: {{ids: [{ids}]}}) {{ totalCount }} }}") == [
        ("BAD_USER_INPUT", "filter.ids", ["users"])
    ]
