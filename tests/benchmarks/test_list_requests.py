"""The enumeration of list requests has everything that the schema offers, and only what the schema accepts."""

import asyncpg
import pytest
from graphql import GraphQLEnumType, GraphQLSchema, build_schema, get_named_type, parse, print_schema, validate

from app.database.pools import normalize_url
from app.demo import large
from app.demo.large_users import Role
from benchmarks.connections import LEFT_OUT, Connection, NoSample, connections
from benchmarks.list_requests import Family, FilterSamples, ListRequest, all_requests, filters_of
from benchmarks.samples import filter_samples
from schema.operations import Operations
from schema.schema import graphql_schema
from tests.support.databases import in_new_loop

OPERATIONS = Operations()
NODES = {
    *(
        "Organization",
        "ContractAccount",
        "DeliveryAccount",
        "Service",
        "User",
        "AuditEvent",
        "ApiClient",
        "AccessRequest",
    ),
    *("AccessReview", "AccessReviewEntry", "AccessTemplate"),
}
SAMPLES = FilterSamples(
    ids={name: f"id of {name}" for name in NODES},
    words={"many": "e", "none": "zzxyqq"},
    countries={"common": "DE"},
    times={"soon": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z"},
    texts={"one": "r"},
    emails={"one": "ada@acme.example"},
)


def requests(*, pairs: bool = False) -> list[ListRequest]:
    return list(all_requests(SAMPLES, pairs=pairs))


def reached() -> list[Connection]:
    return [connection for connection in connections() if connection.parent.name not in LEFT_OUT]


def test_every_list_of_the_schema_is_requested_with_every_filter_and_order() -> None:
    found = {(request.list, *(request.variables.get("filter") or {None: 0})) for request in requests()}
    orders = {(request.list, request.variables.get("orderBy")) for request in requests()}
    for connection in reached():
        assert {(connection.label, name) for name in connection.filter.fields} <= found
        assert {(connection.label, name) for name in connection.order.values} <= orders
    assert len(connections()) == print_schema(graphql_schema()).count("Connection!")
    assert {connection.parent.name for connection in connections()} >= LEFT_OUT


def test_every_value_of_an_enum_is_a_filter_of_its_own() -> None:
    for connection in reached():
        values = [value for _, value in filters_of(connection, SAMPLES)]
        for name, field in connection.filter.fields.items():
            type_ = get_named_type(field.type)
            if isinstance(type_, GraphQLEnumType):
                assert [{name: [value]} for value in type_.values] == [value for value in values if name in value]


def test_pairs_are_all_combinations_of_a_filter_and_an_order() -> None:
    of_services = [r for r in requests(pairs=True) if r.family is Family.LIST and r.list == "services"]
    (services,) = [connection for connection in connections() if connection.label == "services"]
    combinations = {(str(r.variables.get("filter")), r.variables.get("orderBy")) for r in of_services}
    assert len(combinations) == (len(filters_of(services, SAMPLES)) + 1) * (len(services.order.values) + 1)


def test_each_list_is_also_counted_paged_and_read_with_all_fields() -> None:
    families = {(request.family, request.list) for request in requests()}
    labels = {connection.label for connection in reached()}
    roots = {connection.label for connection in reached() if connection.is_root}
    assert {(family, label) for family in (Family.LIST, Family.PAGE, Family.COUNT) for label in labels} <= families
    assert {(Family.FIELDS, label) for label in roots} <= families
    nested = {f"{r.list} {r.name.rpartition(' ')[2]}" for r in requests() if r.family is Family.NESTED}
    of_nodes = {
        f"{root.label} {c.name}" for root in reached() if root.is_root for c in connections() if c.parent is root.node
    }
    assert nested == of_nodes


def test_names_are_unique_in_their_family() -> None:
    found = [(request.family, request.name) for request in requests(pairs=True)]
    assert len(found) == len(set(found))


def test_every_document_is_valid() -> None:
    documents = {request.document for request in requests()}
    assert {text: validate(graphql_schema(), parse(text)) for text in documents} == {text: [] for text in documents}


def with_field(old: str, new: str) -> GraphQLSchema:
    text = print_schema(graphql_schema())
    assert text.count(old) == 1, old
    return build_schema(text.replace(old, new))


def test_a_filter_that_takes_something_new_is_noticed() -> None:
    schema = with_field("input OrganizationFilter {", "input OrganizationFilter { weight: Float ")
    (organizations,) = [connection for connection in connections(schema) if connection.label == "organizations"]
    with pytest.raises(NoSample, match=r"OrganizationFilter\.weight takes a Float"):
        filters_of(organizations, SAMPLES)
    schema = with_field("input OrganizationFilter {", "input OrganizationFilter { founders: [ID!] ")
    (organizations,) = [connection for connection in connections(schema) if connection.label == "organizations"]
    with pytest.raises(NoSample, match=r"OrganizationFilter\.founders takes ids of an unknown type"):
        filters_of(organizations, SAMPLES)


def test_a_list_in_a_new_place_is_noticed() -> None:
    lists = "type Site { users(filter: UserFilter, orderBy: UserOrder): UserConnection! "
    schema = with_field("type Site {", lists)
    (users,) = [connection for connection in connections(schema) if connection.label == "Site.users"]
    with pytest.raises(NoSample, match=r"no path leads to Site\.users"):
        users.document("totalCount")


def test_the_next_page_begins_at_the_cursor() -> None:
    second = next(request for request in requests() if request.needs_cursor)
    assert second.at_cursor("c").variables == {**second.variables, "after": "c"}
    assert not second.at_cursor("c").needs_cursor


@pytest.fixture(scope="module")
def loaded_url(shared_database_url: str) -> str:
    in_new_loop(large.load(shared_database_url, 1, 3))
    return shared_database_url


@pytest.mark.parametrize("name", [*Role, "staff"])
async def test_the_samples_of_every_viewer_make_requests_that_can_be_prepared(loaded_url: str, name: str) -> None:
    email = large.staff_email(3) if name == "staff" else large.viewer_email(Role(name), 3)
    connection = await asyncpg.connect(normalize_url(loaded_url))
    try:
        samples = await filter_samples(connection, email)
    finally:
        await connection.close()
    assert samples.ids.keys() == NODES
    for request in all_requests(samples):
        OPERATIONS.prepare(request.document, None, request.variables)
