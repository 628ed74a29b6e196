"""API clients of the demo data, their access tokens, and the contents of those tokens."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt

from models import Scope
from resolvers.identity.hashing import new_client_secret
from tests.support.resolver_fixtures import client_of, organization_of
from tests.support.server import Client, codes

ADA = "ada@acme.example"
GRANT = {"grant_type": "client_credentials"}
SERVICES = "{ services { totalCount } }"
INTROSPECTION = "{ __schema { queryType { name } } services { totalCount } }"
MUTATION = "mutation { signOut { errors { code } } }"


@dataclass(frozen=True)
class Program:
    """The credentials of a partner's program."""

    id: UUID
    secret: str

    @property
    def client_id(self) -> str:
        return f"cli_{self.id}"

    @property
    def basic(self) -> tuple[str, str]:
        return self.client_id, self.secret

    @property
    def posted(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.secret}


async def program(client: Client, email: str = ADA, scopes: Iterable[Scope] = Scope) -> Program:
    """Create an API client of a user."""
    secret = new_client_secret(organization_of(email))
    return Program(await client_of(client.backend.mutation_context, email, scopes, secret), secret)


async def post(client: Client, path: str, form: Any, **more: Any) -> httpx.Response:
    """POST a form to `/oauth2/…`; bytes are sent unchanged."""
    if isinstance(form, bytes):
        more["headers"] = {"Content-Type": "application/x-www-form-urlencoded"} | more.get("headers", {})
        return await client.http.post(f"/oauth2/{path}", content=form, **more)
    return await client.http.post(f"/oauth2/{path}", data=form, **more)


async def access_token(client: Client, of: Program, **form: str) -> str:
    """Request an access token."""
    answer = await post(client, "token", GRANT | form, auth=of.basic)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def revoke(client: Client, of: Program, token: str) -> httpx.Response:
    return await post(client, "revoke", {"token": token}, auth=of.basic)


async def introspect(client: Client, of: Program, token: str) -> Mapping[str, Any]:
    answer = await post(client, "introspect", {"token": token}, auth=of.basic)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


def part(text: str, place: int) -> dict[str, Any]:
    """Decode a part of a JWT, without verifying its signature."""
    encoded = text.split(".")[place]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return decoded


async def assert_refused(client: Client, token: str) -> None:
    """Assert that every operation with this token is rejected, even one that needs no token."""
    for query in (SERVICES, INTROSPECTION, MUTATION, "{ __typename }"):
        answer = await client.post({"query": query}, token)
        assert (answer.status_code, codes(answer.json())) == (401, ["UNAUTHENTICATED"]), (query, answer.text)
        assert answer.headers["www-authenticate"].startswith('Bearer realm="portico", error="invalid_token"')


async def signed(client: Client, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
    """A token with these claims, signed with the server's key."""
    kid, key = await client.backend.access_tokens.keys.signer()
    return jwt.encode({"typ": "at+jwt", "alg": "RS256", "kid": kid, **(header or {})}, dict(claims), key, ["RS256"])
