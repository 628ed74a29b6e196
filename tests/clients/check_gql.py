"""`gql` for Python against the running server: the schema by introspection, a list page by page, a mutation."""

from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from graphql import build_schema, lexicographic_sort_schema, print_schema

from app.demo.example_users import PASSWORD
from tests.support.server_process import Server

SDL = (Path(__file__).parents[2] / "schema" / "schema.graphql").read_text()

SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { token errors { code } } }"
SERVICES = """query ($after: String) {
  services(first: 2, after: $after, orderBy: CODE_ASC) {
    nodes { code site { country } }
    pageInfo { hasNextPage endCursor }
  }
}"""
CREATE = """mutation ($input: CreateUserInput!) {
  createUser(input: $input) { user { id email status viewerCan } errors { code path } }
}"""


def client(server: Server, token: str = "", **given: Any) -> Client:
    """A client of the server; `given` says where its schema comes from."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = f"{str(server.http.base_url).rstrip('/')}/graphql"
    return Client(transport=RequestsHTTPTransport(address, headers=headers), **given)


@pytest.fixture
def signed_in(server: Server) -> Client:
    """A client of a user admin. It validates what it sends against the printed schema."""
    who = {"email": "ada@acme.example", "password": PASSWORD}
    answer = client(server).execute(GraphQLRequest(SIGN_IN, variable_values={"input": who}))
    return client(server, answer["signIn"]["token"], schema=SDL)


def test_the_schema_that_is_served_is_the_printed_one(server: Server) -> None:
    everything = {"specified_by_url": True, "input_value_deprecation": True, "directive_is_repeatable": True}
    curious = client(server, fetch_schema_from_transport=True, introspection_args=everything)
    with curious:
        assert curious.schema is not None
        served, printed = (
            print_schema(lexicographic_sort_schema(schema)) for schema in (curious.schema, build_schema(SDL))
        )
    assert served == printed


def test_a_list_page_by_page(signed_in: Client) -> None:
    codes: list[str] = []
    after = None
    while True:
        page = signed_in.execute(GraphQLRequest(SERVICES, variable_values={"after": after}))["services"]
        codes += [service["code"] for service in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert codes == [f"SVC-00000{number}" for number in range(1, 7)]


def test_a_mutation_and_what_it_refuses(signed_in: Client) -> None:
    given = {"email": "gil@acme.example", "firstName": "Gil", "lastName": "Quinn", "allContractAccounts": True}
    done, refused = (
        signed_in.execute(GraphQLRequest(CREATE, variable_values={"input": given}))["createUser"] for _ in range(2)
    )
    assert done["errors"] == []
    assert (done["user"]["email"], done["user"]["status"]) == ("gil@acme.example", "PENDING")
    assert "UPDATE" in done["user"]["viewerCan"]
    assert refused == {"user": None, "errors": [{"code": "EMAIL_TAKEN", "path": ["input", "email"]}]}


def test_an_error_of_the_whole_operation_is_raised_with_its_code(server: Server) -> None:
    with pytest.raises(TransportQueryError) as raised:
        client(server).execute(gql("{ services { totalCount } }"))
    assert raised.value.errors is not None
    assert raised.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
