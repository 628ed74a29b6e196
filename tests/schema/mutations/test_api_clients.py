"""API clients over GraphQL: payloads, and the secret that is returned only once."""

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
    input_ = {"name": name, "scopes": ["BASIC_READ", "USERS_WRITE"]}
    payload: dict[str, Any] = (await ask(client, ADA, CREATE, input=input_))["createApiClient"]
    assert payload["errors"] == []
    return payload


async def test_the_secret_is_returned_only_once(client: Client) -> None:
    payload = await created(client, "Export")
    api_client, secret = payload["apiClient"], payload["clientSecret"]
    assert api_client["clientId"] == api_client["id"]
    assert api_client["scopes"] == ["BASIC_READ", "USERS_WRITE"]
    assert api_client["viewerCan"] == ["VIEW", "ROTATE", "REVOKE"]
    assert api_client["owner"] == {"email": ADA, "auditEvents": {"nodes": []}}
    [stored] = api_client["secrets"]
    assert (stored["hint"], stored["lastUsedAt"]) == (secret[-4:], None)
    listed = await ask(client, ADA, "{ apiClients { nodes { id name scopes secrets { hint } } } }")
    assert secret not in str(listed)


async def test_enums_have_the_same_values_in_payloads_and_queries(client: Client) -> None:
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


async def test_an_invisible_client_is_not_found(client: Client) -> None:
    payload = await created(client, "Hidden")
    query = "query ($id: ID!) { node(id: $id) { id } apiClients { totalCount } }"
    assert await ask(client, SAM, query, id=payload["apiClient"]["id"]) == {
        "node": None,
        "apiClients": {"totalCount": 0},
    }
