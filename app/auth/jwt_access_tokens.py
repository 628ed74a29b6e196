"""Access tokens as JWTs (RFC 9068): signed here, and verified where they come back.

Whether a token that verifies is still good is another question, for the database: its client may be gone by now.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import CompactSignature, JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from app.auth.key_ring import ALGORITHM, KeyRing
from models import Scope
from resolvers import public_id
from resolvers.callers.credentials import AccessToken

TYPE: Final = "at+jwt"
CLIENT: Final = "cli"
LONGEST: Final = 4096
"""Bytes of a token; ours have about 900."""

LEEWAY: Final = 30
"""Seconds by which the clocks of our processes may differ. That a token is over says the clock of the database, too."""

HEADER: Final = {"alg", "typ", "kid"}


class InvalidToken(Exception):
    """An access token that is not one of ours, or not good any more. Why is nobody's business."""


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Makes and verifies the tokens of one issuer. `lifetime` is how long they are good."""

    issuer: str
    keys: KeyRing
    lifetime: timedelta

    @property
    def audience(self) -> str:
        """Who takes these tokens: the API."""
        return f"{self.issuer}/graphql"

    def signed(self, token: AccessToken, issued_at: datetime, signer: tuple[str, RSAKey]) -> str:
        """The token as a JWT. `signer` is what the key ring gave."""
        kid, key = signer
        header = {"typ": TYPE, "alg": ALGORITHM, "kid": kid}
        return jwt.encode(header, self.claims(token, issued_at), key, [ALGORITHM])

    def claims(self, token: AccessToken, issued_at: datetime) -> dict[str, Any]:
        """What the token says (RFC 9068, section 2.2). Nobody is there for whom the client acts: it is the subject."""
        client_id = public_id.encode(CLIENT, token.client_id)
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": client_id,
            "client_id": client_id,
            "scope": scope_text(token.scopes),
            "iat": int(issued_at.timestamp()),
            "exp": int(token.expires_at.timestamp()),
            "jti": str(token.id),
        }

    async def verified(self, text: str | bytes) -> tuple[AccessToken, Mapping[str, Any]]:
        """What a JWT says, and its claims, once everything about it was found right (RFC 9068, section 4; RFC 8725).
        Raises InvalidToken."""
        parts = _parts(text)
        key = await self.keys.find(parts.headers()["kid"])
        if key is None:
            raise InvalidToken
        with refusing():
            if not jws.validate_compact(parts, key, [ALGORITHM]):
                raise InvalidToken
            claims = json.loads(parts.payload)
            self._rules().validate(claims)
            return _token(claims), claims

    async def read(self, text: bytes) -> AccessToken:
        """The same, without the claims. Raises InvalidToken."""
        token, _ = await self.verified(text)
        return token

    def _rules(self) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(time.time()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            sub={"essential": True},
            client_id={"essential": True},
            scope={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )


def scope_text(scopes: frozenset[Scope]) -> str:
    """Scopes as OAuth writes them, always in the same order."""
    return " ".join(Scope.in_order(scopes))


@contextmanager
def refusing() -> Iterator[None]:
    """Raises InvalidToken for whatever comes of reading what is no JWT of ours."""
    try:
        yield
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise InvalidToken from None


def _parts(text: str | bytes) -> CompactSignature:
    """A JWT taken apart, nothing of it verified yet but that its header has the form of ours: any other header is an
    attempt to be verified with another key or by another algorithm. Raises InvalidToken."""
    if len(text) > LONGEST:
        raise InvalidToken
    with refusing():
        parts = jws.extract_compact(text.encode() if isinstance(text, str) else text, registry=JWSRegistry())
        header = parts.headers()
        if header.keys() != HEADER or not isinstance(header["kid"], str):
            raise InvalidToken
        if header["alg"] != ALGORITHM or header["typ"] != TYPE:
            raise InvalidToken
        return parts


def _token(claims: Mapping[str, Any]) -> AccessToken:
    client_id = public_id.key(claims["client_id"], CLIENT)
    if client_id is None or claims["sub"] != claims["client_id"]:
        raise InvalidToken
    scopes = frozenset(map(Scope, claims["scope"].split(" ")))
    return AccessToken(UUID(claims["jti"]), client_id, scopes, datetime.fromtimestamp(claims["exp"], UTC))
