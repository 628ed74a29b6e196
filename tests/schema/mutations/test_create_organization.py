"""Onboarding over GraphQL: payloads, and what `viewerCan` says beforehand."""

from typing import Any

import pytest

from tests.support.queries import ask
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAFF, ADA, MAX = "staff@portico.example", "ada@acme.example", "max@globex.example"

ONBOARD = """mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) {
  organization {
    id name viewerCan users { nodes { email } }
    contractAccounts { nodes { name billing { vatNumber billingEmail currency } } } deliveryAccounts { totalCount }
  }
  user { id status allContractAccounts allDeliveryAccounts permissions organization { name } activation { mail } }
  admin: user { displayName }
  errors { code path }
} }"""
CONTRACT = """mutation ($input: CreateContractAccountInput!) { createContractAccount(input: $input) {
  contractAccount { id name organization { id } viewerCan } errors { code path }
} }"""
DELIVERY = """mutation ($input: CreateDeliveryAccountInput!) { createDeliveryAccount(input: $input) {
  deliveryAccount { id name organization { id } viewerCan } errors { code path }
} }"""
SERVICE = """mutation ($input: CreateServiceInput!) { createService(input: $input) {
  service { code status site { city country } contractAccount { name } deliveryAccount { name } viewerCan }
  errors { code path }
} }"""
NOBODY = "org_0190163d-8694-739b-aea5-966c26f8ad91"


def initech(email: str, **input_: Any) -> dict[str, Any]:
    return {"name": "Initech", "admin": {"email": email, "firstName": "Peter", "lastName": "Gibbons"}} | input_


async def organization_of(client: Client, who: str) -> str:
    """Returns the id of the organization of a user."""
    id_: str = (await ask(client, who, "{ viewer { organization { id } } }"))["viewer"]["organization"]["id"]
    return id_


async def test_the_payload_has_the_organization_and_its_first_admin(client: Client) -> None:
    accounts = [{"name": "Initech Holding", "vatNumber": "us123456", "billingEmail": "Bills@initech.example",
                 "currency": "USD"}]  # fmt: skip
    input_ = initech("Peter@initech.example", contractAccounts=accounts, deliveryAccounts=[{"name": "Initech"}])
    payload = (await ask(client, STAFF, ONBOARD, input=input_))["createOrganization"]
    assert payload["errors"] == []
    assert payload["admin"] == {"displayName": "Peter Gibbons"}
    assert payload["user"].pop("id").startswith("usr_")
    assert len(payload["user"].pop("permissions")) == 8
    assert payload["user"] == {
        "status": "PENDING",
        "allContractAccounts": True,
        "allDeliveryAccounts": True,
        "organization": {"name": "Initech"},
        "activation": {"mail": "QUEUED"},
    }
    assert payload["organization"].pop("id").startswith("org_")
    assert payload["organization"] == {
        "name": "Initech",
        "viewerCan": ["VIEW", "CREATE_CONTRACT_ACCOUNT", "CREATE_DELIVERY_ACCOUNT", "CREATE_SERVICE", "REVIEW_ACCESS"],
        "users": {"nodes": [{"email": "peter@initech.example"}]},
        "contractAccounts": {
            "nodes": [
                {
                    "name": "Initech Holding",
                    "billing": {"vatNumber": "US123456", "billingEmail": "bills@initech.example", "currency": "USD"},
                }
            ]
        },
        "deliveryAccounts": {"totalCount": 1},
    }


async def test_errors_have_the_path_of_the_input_field(client: Client) -> None:
    accounts = [{"name": "Fine"}, {"name": "", "currency": "EURO"}]
    input_ = initech(ADA, contractAccounts=accounts, deliveryAccounts=[{"name": " "}])
    payload = (await ask(client, STAFF, ONBOARD, input=input_))["createOrganization"]
    assert (payload["organization"], payload["user"]) == (None, None)
    assert sorted((error["code"], *error["path"]) for error in payload["errors"]) == [
        ("EMAIL_TAKEN", "input", "admin", "email"),
        ("INVALID", "input", "contractAccounts", "1", "currency"),
        ("INVALID", "input", "contractAccounts", "1", "name"),
        ("INVALID", "input", "deliveryAccounts", "0", "name"),
    ]


async def test_accounts_and_a_service_are_created_one_by_one(client: Client) -> None:
    acme = await organization_of(client, ADA)
    contract, delivery = [
        (await ask(client, STAFF, text, input={"organization": acme, "name": "ACME West"}))[name]
        for text, name in ((CONTRACT, "createContractAccount"), (DELIVERY, "createDeliveryAccount"))
    ]
    accounts = contract["contractAccount"], delivery["deliveryAccount"]
    assert [account["organization"]["id"] for account in accounts] == [acme, acme]
    assert [account["viewerCan"] for account in accounts] == [["VIEW"], ["VIEW"]]
    input_ = {
        "organization": acme,
        "contractAccount": accounts[0]["id"],
        "deliveryAccount": accounts[1]["id"],
        "code": "SVC-000007",
        "name": "Line",
        "city": "Lisboa",
        "country": "pt",
    }
    payload = (await ask(client, STAFF, SERVICE, input=input_))["createService"]
    assert payload == {
        "service": {
            "code": "SVC-000007",
            "status": "ACTIVE",
            "site": {"city": "Lisboa", "country": "PT"},
            "contractAccount": {"name": "ACME West"},
            "deliveryAccount": {"name": "ACME West"},
            "viewerCan": ["VIEW"],
        },
        "errors": [],
    }
    again = input_ | {"contractAccount": accounts[1]["id"]}
    assert (await ask(client, STAFF, SERVICE, input=again))["createService"]["errors"] == [
        {"code": "NOT_FOUND", "path": ["input", "contractAccount"]},
        {"code": "CODE_TAKEN", "path": ["input", "code"]},
    ]


async def test_viewer_can_predicts_what_is_denied(client: Client) -> None:
    viewer = "{ viewer { viewerCan organization { viewerCan } } }"
    assert (await ask(client, STAFF, viewer))["viewer"] == {
        "viewerCan": ["CREATE_ORGANIZATION", "VIEW_POLICY"],
        "organization": None,
    }
    assert (await ask(client, ADA, viewer))["viewer"] == {
        "viewerCan": ["CREATE_API_CLIENT", "REQUEST_ACCESS"],
        "organization": {"viewerCan": ["VIEW", "CREATE_USER", "REVIEW_ACCESS", "CHANGE_SETTINGS", "READ_EVENTS"]},
    }
    payload = (await ask(client, ADA, ONBOARD, input=initech("new@initech.example")))["createOrganization"]
    assert payload["errors"] == [{"code": "FORBIDDEN", "path": ["input"]}]
    path = ["input", "organization"]
    acme, globex = await organization_of(client, ADA), await organization_of(client, MAX)
    for id_, code in (
        (acme, "FORBIDDEN"),
        (globex, "NOT_FOUND"),
        (NOBODY, "NOT_FOUND"),
        (acme.replace("org_", "ca_"), "NOT_FOUND"),
    ):
        for text, name in ((CONTRACT, "createContractAccount"), (DELIVERY, "createDeliveryAccount")):
            payload = (await ask(client, ADA, text, input={"organization": id_, "name": "Mine"}))[name]
            assert payload["errors"] == [{"code": code, "path": path}]
        service = {"organization": id_, "contractAccount": id_, "deliveryAccount": id_, "code": "", "name": "",
                   "city": "", "country": "NL"}  # fmt: skip
        payload = (await ask(client, ADA, SERVICE, input=service))["createService"]
        assert payload == {"service": None, "errors": [{"code": code, "path": path}]}
