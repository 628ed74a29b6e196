"""Signs and verifies access tokens as JWTs (RFC 9068).

A verified token may still have been revoked, or its client removed: that only the database knows.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import CompactSignature, JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from app.auth.database_clock import DatabaseClock
from app.auth.key_ring import ALGORITHM, KeyRing
from models import ApiClient, Organization, Scope
from resolvers import public_id
from resolvers.callers.credentials import AccessToken

TYPE: Final = "at+jwt"
MAX_TOKEN_BYTES: Final = 4096
"""Tokens of Portico have about 900 bytes."""

LEEWAY: Final = 30
"""Seconds by which the clocks of server processes may differ. The database checks the expiry by its own clock too."""

HEADER: Final = {"alg", "typ", "kid"}


class InvalidToken(Exception):
    """The access token was not issued by this server, or has expired. The reason is not disclosed."""


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Signs and verifies the tokens of one installation. They are valid for `lifetime`.

    `issuer` is the base URL. Without one (`is_installation_wide` is False), it is the address of this server, where its
    metadata is: RFC 8414 (section 3.3) wants both to be the same. The servers on one database are then several issuers
    with the same keys, so each accepts the tokens of the others. That a token is of this installation is what its
    signature proves: nobody else has the keys.
    """

    issuer: str
    keys: KeyRing
    lifetime: timedelta
    is_installation_wide: bool = True
    clock: DatabaseClock = field(default_factory=DatabaseClock)

    @property
    def audience(self) -> str:
        """The recipient of the tokens: the API."""
        return _audience_of(self.issuer)

    def sign(self, token: AccessToken, issued_at: datetime, signer: tuple[str, RSAKey]) -> str:
        """Returns the token as a JWT. `signer` is the result of `KeyRing.signer`."""
        kid, key = signer
        header = {"typ": TYPE, "alg": ALGORITHM, "kid": kid}
        return jwt.encode(header, self.claims(token, issued_at), key, [ALGORITHM])

    def claims(self, token: AccessToken, issued_at: datetime) -> dict[str, Any]:
        """Returns the claims (RFC 9068, section 2.2). The client acts for no user, so it is also the subject."""
        client_id = public_id.encode(ApiClient, token.client_id)
        assert token.organization_id is not None
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": client_id,
            "client_id": client_id,
            "organization_id": public_id.encode(Organization, token.organization_id),
            "scope": scope_text(token.scopes),
            "iat": int(issued_at.timestamp()),
            "exp": int(token.expires_at.timestamp()),
            "jti": str(token.id),
        }

    async def verify(self, text: str | bytes) -> tuple[AccessToken, Mapping[str, Any]]:
        """Returns the token in a JWT, and its claims, after all checks (RFC 9068, section 4; RFC 8725). Raises
        InvalidToken."""
        parts = _parse(text)
        key = await self.keys.find(parts.headers()["kid"])
        if key is None:
            raise InvalidToken
        with raise_invalid_token():
            if not jws.validate_compact(parts, key, [ALGORITHM]):
                raise InvalidToken
            claims = json.loads(parts.payload)
            self._claim_rules(self.issuer if self.is_installation_wide else _issuer_in(claims)).validate(claims)
            return _token_of(claims), claims

    async def read(self, text: bytes) -> AccessToken:
        """As `verify`, without the claims."""
        token, _ = await self.verify(text)
        return token

    def _claim_rules(self, issuer: str) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(self.clock.now().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": _audience_of(issuer)},
            sub={"essential": True},
            client_id={"essential": True},
            scope={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )


def _audience_of(issuer: str) -> str:
    return f"{issuer}/graphql"


def _issuer_in(claims: Mapping[str, Any]) -> str:
    """Returns the issuer that a signed token names, which must be the address of a server. Raises InvalidToken."""
    issuer = claims["iss"]
    if not isinstance(issuer, str) or urlsplit(issuer).scheme not in ("http", "https") or not urlsplit(issuer).hostname:
        raise InvalidToken
    return issuer


def scope_text(scopes: frozenset[Scope]) -> str:
    """Returns scopes as OAuth writes them, always in the same order."""
    return " ".join(Scope.in_order(scopes))


@contextmanager
def raise_invalid_token() -> Iterator[None]:
    """Turns the errors of reading a malformed or foreign JWT into InvalidToken."""
    try:
        yield
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise InvalidToken from None


def _parse(text: str | bytes) -> CompactSignature:
    """Returns the parts of a JWT. Only the header has been checked: any other header is an attempt to have the token
    verified with another key or algorithm. Raises InvalidToken."""
    if len(text) > MAX_TOKEN_BYTES:
        raise InvalidToken
    with raise_invalid_token():
        parts = jws.extract_compact(text.encode() if isinstance(text, str) else text, registry=JWSRegistry())
        header = parts.headers()
        if header.keys() != HEADER or not isinstance(header["kid"], str):
            raise InvalidToken
        if header["alg"] != ALGORITHM or header["typ"] != TYPE:
            raise InvalidToken
        return parts


def _token_of(claims: Mapping[str, Any]) -> AccessToken:
    client_id = public_id.key(claims["client_id"], ApiClient)
    if client_id is None or claims["sub"] != claims["client_id"]:
        raise InvalidToken
    scopes = frozenset(map(Scope, claims["scope"].split(" ")))
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    # Tokens of former versions lack it.
    organization = claims.get("organization_id")
    organization_id = None if organization is None else public_id.key(organization, Organization)
    if organization is not None and organization_id is None:
        raise InvalidToken
    return AccessToken(UUID(claims["jti"]), client_id, scopes, expires_at, organization_id)
