"""A SCIM client of a server in the test's process, with a token that a demo admin makes by the API."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.resolver_fixtures import run
from tests.support.server import Client

ADA = "ada@acme.example"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

CREATE_TOKEN = """mutation ($name: String!, $days: Int!) {
  createScimToken(input: {name: $name, validDays: $days}) {
    token errors { code path message }
    organization { id provisioning { scimTokens {
      tokenId name hint makerName createdAt expiresAt lastUsedAt revokedAt valid } } }
  }
}"""
REVOKE_TOKEN = """mutation ($id: ID!) {
  revokeScimToken(input: {id: $id}) {
    errors { code path } organization { provisioning { scimTokens { tokenId valid revokedAt } } }
  }
}"""

_NUMBERS = itertools.count(1)


def new_name(kind: str = "user") -> str:
    """An email address that no other test uses."""
    return f"{kind}-{next(_NUMBERS)}@acme.example"


@dataclass
class Scim:
    """Sends SCIM requests with a token."""

    client: Client
    token: str
    id: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """The response to a request; bytes are sent unchanged, anything else as JSON."""
        lines = {"Authorization": f"Bearer {self.token}", **self.headers, **headers}
        if body is None:
            return await self.client.http.request(method, f"/scim/v2{path}", headers=lines)
        lines.setdefault("Content-Type", "application/scim+json")
        if isinstance(body, bytes):
            return await self.client.http.request(method, f"/scim/v2{path}", content=body, headers=lines)
        return await self.client.http.request(method, f"/scim/v2{path}", json=body, headers=lines)

    async def ok(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """The decoded body of a response with this status; None if it has none."""
        answer = await self.send(method, path, body, **headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str | None]:
        """The status and `scimType` of an error, which must be in the form of SCIM."""
        answer = await self.send(method, path, body, **headers)
        assert answer.status_code >= 400, answer.text
        content = answer.json()
        assert content["schemas"] == [ERROR]
        assert content["status"] == str(answer.status_code)
        assert content["detail"]
        assert answer.headers["content-type"] == "application/scim+json"
        return answer.status_code, content.get("scimType")

    async def add_user(self, user_name: str | None = None, **attributes: Any) -> dict[str, Any]:
        """A new user."""
        body = {"schemas": [USER], "userName": user_name or new_name(), **attributes}
        created: dict[str, Any] = await self.ok("POST", "/Users", body, 201)
        return created

    async def add_group(self, name: str, **attributes: Any) -> dict[str, Any]:
        """A new group."""
        created: dict[str, Any] = await self.ok(
            "POST", "/Groups", {"schemas": [GROUP], "displayName": name, **attributes}, 201
        )
        return created

    async def patch(self, path: str, *operations: dict[str, Any], status: int = 200) -> Any:
        """The resource after a PATCH."""
        answer = await self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})
        assert answer.status_code in (status, 204 if status == 200 else status), answer.text
        return await self.ok("GET", path) if answer.status_code < 300 else answer.json()


async def scim_as(client: Client, email: str = ADA, name: str = "Okta", days: int = 30) -> Scim:
    """A SCIM client with a new token of this admin. The oldest ones end, because there may be only so many."""
    old = "SELECT id FROM scim_tokens ORDER BY created_at DESC OFFSET 5"
    await run(client.backend.mutation_context, f"UPDATE scim_tokens SET expires_at = now() WHERE id IN ({old})")
    session = await client.session(email)
    payload = (await client.data(CREATE_TOKEN, session, name=name, days=days))["createScimToken"]
    assert payload["errors"] == []
    return Scim(client, payload["token"], payload["organization"]["provisioning"]["scimTokens"][0]["tokenId"])
