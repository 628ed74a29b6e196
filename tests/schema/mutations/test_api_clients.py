"""API clients through the API: what payloads show, and what is shown once."""

from typing import Any

import pytest

from tests.support.queries import ask
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM = "ada@acme.example", "sam@acme.example"
CREATE = """mutation ($input: CreateApiClientInput!) { createApiClient(input: $input) {
  apiClient {
    id clientId name scopes revokedAt viewerCan owner { email auditEvents(first: 1) { nodes { kind } } }
    secrets { secretId hint lastUsedAt }
  }
  clientSecret errors { code path }
} }"""


async def created(client: Client, name: str) -> dict[str, Any]:
    given = {"name": name, "scopes": ["BASIC_READ", "USERS_WRITE"]}
    payload: dict[str, Any] = (await ask(client, ADA, CREATE, input=given))["createApiClient"]
    assert payload["errors"] == []
    return payload


async def test_the_payload_shows_the_client_and_its_secret_once(client: Client) -> None:
    payload = await created(client, "Export")
    found, secret = payload["apiClient"], payload["clientSecret"]
    assert found["clientId"] == found["id"]
    assert found["scopes"] == ["BASIC_READ", "USERS_WRITE"]
    assert found["viewerCan"] == ["VIEW", "ROTATE", "REVOKE"]
    assert found["owner"] == {"email": ADA, "auditEvents": {"nodes": []}}
    [kept] = found["secrets"]
    assert (kept["hint"], kept["lastUsedAt"]) == (secret[-4:], None)
    listed = await ask(client, ADA, "{ apiClients { nodes { id name scopes secrets { hint } } } }")
    assert secret not in str(listed)


async def test_enums_in_payloads_are_those_of_queries(client: Client) -> None:
    payload = await created(client, "Import")
    query = """mutation ($id: ID!) { revokeApiClient(input: {id: $id}) {
      apiClient { scopes owner { permissions status kind } } errors { code }
    } }"""
    revoked = (await ask(client, ADA, query, id=payload["apiClient"]["id"]))["revokeApiClient"]
    assert revoked["apiClient"]["scopes"] == ["BASIC_READ", "USERS_WRITE"]
    assert revoked["apiClient"]["owner"]["status"] == "ACTIVE"
    events = """mutation ($id: ID!) { resendActivation(input: {id: $id}) {
      user { auditEvents(first: 1) { nodes { kind } } } errors { code }
    } }"""
    pending = (await ask(client, ADA, '{ users(filter: {search: "pat@"}) { nodes { id } } }'))["users"]["nodes"][0]
    sent = (await ask(client, ADA, events, id=pending["id"]))["resendActivation"]
    assert sent["user"]["auditEvents"]["nodes"] == [{"kind": "USER_ACTIVATION_RESENT"}]


async def test_who_may_not_see_it_finds_nothing(client: Client) -> None:
    payload = await created(client, "Hidden")
    query = "query ($id: ID!) { node(id: $id) { id } apiClients { totalCount } }"
    assert await ask(client, SAM, query, id=payload["apiClient"]["id"]) == {
        "node": None,
        "apiClients": {"totalCount": 0},
    }
