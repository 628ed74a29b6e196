"""Fields with the same arguments, as written, share their slots; the selection doesn't depend on the variables."""

from dataclasses import replace

import pytest

from resolvers.query.selection import Request
from tests.support.prepared_operations import KEY, request

NODES = "{ nodes { id services(first: 3) { nodes { code } } } }"


def number_of_different_parts(prepared: Request) -> int:
    return len({replace(part, key="") for part in prepared.selection.parts})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("contractAccounts(first: 2) " + NODES, (2, 3)),
        ("contractAccounts " + NODES, (25, 3)),
        ('users(filter: {search: "a", country: [DE, AT]}) { totalCount }', (25, "a", ("DE", "AT"))),
        (f'node(id: "ca_{KEY}") {{ id }}', (KEY,)),
        (f'nodes(ids: ["ca_{KEY}"]) {{ id }}', ([KEY], ["ContractAccount"])),
        ('emailAvailability(email: "a@acme.example") { state }', ("a@acme.example",)),
    ],
)
def test_equal_fields_are_equal_parts(field: str, values: tuple[object, ...]) -> None:
    twice = request(f"{{ a: {field} b: {field} }}")
    assert number_of_different_parts(twice) == 1
    assert twice.values == request(f"{{ a: {field} }}").values
    assert set(map(repr, twice.values)) == set(map(repr, values))


def test_different_literals_have_slots_of_their_own() -> None:
    different = request("{ a: users(first: 1) { totalCount } b: users(first: 2) { totalCount } }")
    assert number_of_different_parts(different) == 2
    assert different.values == (1, 2)


def test_the_same_variable_has_one_slot_and_equal_variables_have_two() -> None:
    text = """query ($x: Int, $y: Int) {
      a: users(first: $x) { totalCount } b: users(first: $x) { totalCount } c: users(first: $y) { totalCount }
    }"""
    equal, different = request(text, x=1, y=1), request(text, x=1, y=2)
    assert equal.selection == different.selection
    assert (equal.values, different.values) == ((1, 1), (1, 2))


def test_the_same_arguments_of_different_fields_have_slots_of_their_own() -> None:
    assert request("{ users(first: 5) { totalCount } services(first: 5) { totalCount } }").values == (5, 5)
