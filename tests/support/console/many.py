"""Fills an organization, through the API, with more than fits on a page of a list."""

import json
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.console.mailbox import mailed_link
from tests.support.console.server import ConsoleServer

PASSWORD = "portico-demo"
NEW_PASSWORD = "violet ladder humming quietly"

SIGN_IN = """mutation ($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { token }
}"""

INVITE = """mutation ($emails: [EmailAddress!]!) {
  inviteUsers(input: {emails: $emails, allContractAccounts: true}) { invited }
}"""

CONTRACT_ACCOUNT = """mutation ($organization: ID!, $name: String!) {
  createContractAccount(input: {organization: $organization, name: $name}) { contractAccount { id } errors { message } }
}"""

SERVICE = """mutation ($input: CreateServiceInput!) { createService(input: $input) { errors { message } } }"""

ACTIVATE = """mutation ($token: String!, $password: String!) {
  activateUser(input: {token: $token, password: $password, firstName: "New", lastName: "User"}) { errors { message } }
}"""

UPDATE = """mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { version } errors { message } } }"""

ONE_USER = """query ($email: String!) { users(first: 1, filter: {search: $email}) { nodes { id version } } }"""

ACME = """query {
  viewer { organization { id } }
  contractAccounts(first: 1) { nodes { id } }
  deliveryAccounts(first: 1) { nodes { id } }
}"""


class Api:
    """The API as a demo user asks it."""

    def __init__(self, server: ConsoleServer, email: str) -> None:
        self._address = f"{server.address}/graphql"
        self._token: str | None = None
        self._token = self.ask(SIGN_IN, email=email, password=PASSWORD)["signIn"]["token"]

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of a response. Errors fail the test."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = json.dumps({"query": document, "variables": variables}).encode()
        with urllib.request.urlopen(urllib.request.Request(self._address, body, headers)) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]


def add_users(server: ConsoleServer, number: int) -> list[str]:
    """Invites users into ACME; returns their emails, in the order of a list."""
    emails = [f"new-{place:02d}@acme.example" for place in range(number)]
    assert Api(server, "ada@acme.example").ask(INVITE, emails=emails)["inviteUsers"]["invited"] == number
    return emails


def add_contract_accounts(server: ConsoleServer, number: int) -> None:
    """Adds contract accounts to ACME."""
    organization = Api(server, "ada@acme.example").ask(ACME)["viewer"]["organization"]["id"]
    staff = Api(server, "staff@portico.example")
    for place in range(number):
        added = staff.ask(CONTRACT_ACCOUNT, organization=organization, name=f"Branch {place:02d}")
        assert added["createContractAccount"]["errors"] == []


def add_services(server: ConsoleServer, number: int) -> None:
    """Adds services to ACME."""
    acme = Api(server, "ada@acme.example").ask(ACME)
    staff = Api(server, "staff@portico.example")
    for place in range(number):
        service = {
            "organization": acme["viewer"]["organization"]["id"],
            "code": f"SVC-1{place:05d}",
            "name": f"Line {place}",
            "contractAccount": acme["contractAccounts"]["nodes"][0]["id"],
            "deliveryAccount": acme["deliveryAccounts"]["nodes"][0]["id"],
            "city": "Bonn",
            "country": "DE",
        }
        assert staff.ask(SERVICE, input=service)["createService"]["errors"] == []


def activate(server: ConsoleServer, emails: list[str]) -> None:
    """Sets the passwords of invited users, who are active then."""
    for email in emails:
        token = parse_qs(urlsplit(mailed_link(server.data_dir, email)).query)["token"][0]
        activated = Api(server, "ada@acme.example").ask(ACTIVATE, token=token, password=NEW_PASSWORD)
        assert activated["activateUser"]["errors"] == []


def edit_often(server: ConsoleServer, email: str, times: int) -> None:
    """Gives a user that many other first names, one after another."""
    ada = Api(server, "ada@acme.example")
    user = ada.ask(ONE_USER, email=email)["users"]["nodes"][0]
    for time in range(times):
        updated = ada.ask(UPDATE, input={**user, "firstName": f"Name {time}"})["updateUser"]
        user["version"] = updated["user"]["version"]
