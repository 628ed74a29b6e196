"""Schemathesis, which generates operations from the served schema, against the running server: none makes it fail."""

import json
from typing import Any

import pytest
import requests
import schemathesis
from graphql import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.demo.example_users import PASSWORD
from tests.support.server import SIGN_IN
from tests.support.server_process import Server

EXAMPLES = 150
PATIENCE = 60  # seconds

SCALARS = {
    "EmailAddress": st.sampled_from(["ada@acme.example", "new@acme.example", "é@acme.example", "x"]),
    "CountryCode": st.sampled_from(["NL", "nl", "ß", ""]),
    "PhoneNumber": st.sampled_from(["+31201234567", "+1234567890123456"]),
    "DateTime": st.sampled_from(["2030-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z"]),
    "LongText": st.sampled_from(["", "a", "allow(a);", "code,name"]),
    "JSON": st.none(),
}


@pytest.fixture
def address(server: Server) -> str:
    return f"{str(server.http.base_url).rstrip('/')}/graphql"


def sign_in(address: str) -> str:
    variables = {"email": "sam@acme.example", "password": PASSWORD}
    answer = requests.post(address, json={"query": SIGN_IN, "variables": variables}, timeout=PATIENCE).json()
    token: str = answer["data"]["signIn"]["token"]
    return token


@pytest.mark.parametrize("signed_in", [False, True])
def test_no_generated_operation_fails(address: str, signed_in: bool) -> None:
    headers = {"Authorization": f"Bearer {sign_in(address)}"} if signed_in else {}
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values.map(json.dumps).map(schemathesis.graphql.nodes.String))
    schema = schemathesis.graphql.from_url(address)
    with requests.Session() as session:

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=schema.as_strategy())
        def check(case: schemathesis.Case[Any]) -> None:
            text = case.body
            assert isinstance(text, str)
            parse(text)
            response = session.post(address, json={"query": text}, headers=headers, timeout=PATIENCE)
            assert response.status_code < 500, text
            assert '"INTERNAL"' not in response.text, text

        check()
