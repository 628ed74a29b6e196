"""A provider of ACME that needs no connection, and what it has said: for tests of mutations."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import RSAKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.encryption import encrypt
from resolvers.openid.claims import ProviderIdentity
from resolvers.openid.published import PublishedDocuments
from resolvers.openid.relying_party import RelyingParty
from resolvers.openid.sealed import Assertion, seal_assertion
from resolvers.transaction.context import MutationContext
from tests.support.openid.portal import Names
from tests.support.resolver_fixtures import SECRET_KEY

ISSUER, VERIFIER = "https://id.acme.example", "v" * 43
SECRET = "a secret that nobody may read again"
OWN = named_key(ACME)

ADD_PROVIDER = """INSERT INTO identity_providers (organization_id, issuer, client_id, client_secret)
VALUES (:organization, :issuer, 'portico', :secret)"""
ADD_DOMAIN = """INSERT INTO sign_in_domains (id, organization_id, domain, challenge, verified_at, checked_at)
VALUES (:id, :organization, :domain, 'challenge', now(), now())"""
ENTER = "INSERT INTO verified_domains (domain, organization_id, domain_id) VALUES (:domain, :organization, :id)"
ADD_IDENTITY = """INSERT INTO user_identities (id, tenant_id, user_id, issuer, subject, last_used_at)
SELECT gen_random_uuid(), tenant_id, id, :issuer, email, now() FROM users WHERE email = :email"""


@cache
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "stand-in", "use": "sig"}, private=True)


@dataclass(frozen=True)
class Response:
    """What the provider answers."""

    body: bytes
    status: int = 200


class StandInHttp:
    """Answers for every issuer: its metadata, and one key."""

    def check_url(self, url: str) -> None:
        if not url.startswith("https://"):
            raise ValueError("A URL must begin with https://.")

    async def send(self, _method: str, url: str, _headers: Mapping[str, str], _body: bytes = b"") -> Response:
        issuer = url.partition("/.well-known/")[0]
        content: dict[str, Any] = {
            "issuer": issuer,
            **{f"{name}_endpoint": f"{issuer}/{name}" for name in ("authorization", "token")},
            "jwks_uri": f"{issuer}/keys",
            "response_types_supported": ["code"],
        }
        return Response(
            json.dumps({"keys": [key().as_dict(private=False)]} if url.endswith("/keys") else content).encode()
        )


def with_stand_in(context: MutationContext, names: Names | None = None) -> MutationContext:
    """The context of a process that can ask the provider."""
    http = StandInHttp()
    published = PublishedDocuments(http)
    party = RelyingParty("https://portico.example", {"https://portico.example/x"}, http, names or Names(), published)
    return replace(context, relying_party=party)


async def add_provider(
    engine: AsyncEngine, *linked: str, organization: str = ACME, domain: str = "acme.example"
) -> None:
    """Let an organization use the provider, with a verified domain, and link these users by their emails."""
    owner, id_ = named_key(organization), named_key(f"domain {domain}")
    sealed = encrypt(SECRET_KEY, "client secret of an identity provider", owner.bytes, SECRET.encode())
    async with engine.begin() as connection:
        await connection.execute(text(ADD_PROVIDER), {"organization": owner, "issuer": ISSUER, "secret": sealed})
        for statement in (ADD_DOMAIN, ENTER):
            given = {"id": id_, "organization": owner, "domain": domain}
            await connection.execute(text(statement), {name: given[name] for name in given if f":{name}" in statement})
        for email in linked:
            await connection.execute(text(ADD_IDENTITY), {"issuer": ISSUER, "email": email})


def said(subject: str, **identity: Any) -> str:
    """The code with which a browser comes back from the provider of ACME, for a page with `VERIFIER`."""
    who = ProviderIdentity(ISSUER, subject, **identity)
    challenge = str(create_s256_code_challenge(VERIFIER))
    return seal_assertion(SECRET_KEY, Assertion(secrets.token_urlsafe(8), OWN, who, challenge, int(time.time())))
