"""The authorization code flow with PKCE (RFC 6749, RFC 7636, RFC 9207, OpenID Connect Core 1.0, section 3.1).

redirect_uri is different for each organization, so a provider can't pass its response off as another's;
state        binds the response to the browser in which the flow began;
nonce        binds the ID token to the flow, so a code that somebody else got is of no use;
PKCE         binds the code to the flow as well, at the provider.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import quote, urlencode

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from resolvers.openid.claims import ProviderIdentity, identity_of
from resolvers.openid.errors import ProviderError, ProviderFailure
from resolvers.openid.json_object import json_object
from resolvers.openid.outgoing import HttpClient
from resolvers.openid.provider import Provider, ProviderMetadata
from resolvers.openid.published import PublishedDocuments

SCOPE: Final = "openid email profile"
MAX_CODE: Final = 4_096
"""The length of an authorization code, in characters."""


@dataclass(frozen=True, slots=True)
class FlowSecrets:
    """What binds the response of a provider to the flow that asked for it."""

    state: str
    nonce: str
    verifier: str


def new_secrets() -> FlowSecrets:
    """The secrets of a new flow, 256 bits each. The verifier has the form that RFC 7636 requires."""
    return FlowSecrets(*(secrets.token_urlsafe(32) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class CodeFlow:
    """Flows at one provider, whose responses come back to `redirect_uri`."""

    http: HttpClient
    published: PublishedDocuments
    provider: Provider
    metadata: ProviderMetadata
    redirect_uri: str

    def authorization_url(self, flow: FlowSecrets, login_hint: str | None) -> str:
        """The address at the provider where the browser goes on."""
        hint = {"login_hint": login_hint} if login_hint else {}
        url: str = prepare_grant_uri(
            self.metadata.authorization_endpoint,
            self.provider.client_id,
            "code",
            self.redirect_uri,
            SCOPE,
            flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
            **hint,
        )
        return url

    def check_issuer(self, issuer: str | None) -> None:
        """Raises ProviderError (OTHER_ISSUER) if a response isn't from this provider, by its parameter `iss` (RFC 9207,
        section 2.4): if there is one, it must be right; it must be there if the provider says so."""
        if issuer is None and not self.metadata.sends_issuer:
            return
        if issuer is None or not compare_digest(issuer.encode(), self.metadata.issuer.encode()):
            raise ProviderError(ProviderFailure.OTHER_ISSUER)

    async def exchange(self, flow: FlowSecrets, code: str, now: datetime) -> ProviderIdentity:
        """Exchanges a code for an ID token, and returns whom it names. Raises ProviderError."""
        body: str = prepare_token_request(
            "authorization_code", redirect_uri=self.redirect_uri, code=code, code_verifier=flow.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.metadata.secret_in_body:
            secret = {"client_id": self.provider.client_id, "client_secret": self.provider.client_secret}
            body += "&" + urlencode(secret)
        else:
            headers["Authorization"] = _basic(self.provider)
        response = await self.http.send("POST", self.metadata.token_endpoint, headers, body.encode())
        if response.status != 200:
            raise ProviderError(ProviderFailure.REFUSED)
        tokens = json_object(response.body)
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or str(tokens.get("token_type", "Bearer")).lower() != "bearer":
            raise ProviderError(ProviderFailure.MALFORMED)
        header, claims = await self.published.verify(id_token, self.metadata)
        return identity_of(
            header, claims, self.provider, nonce=flow.nonce, now=now, access_token=_optional(access_token)
        )


def _optional(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _basic(provider: Provider) -> str:
    """The header of HTTP Basic (RFC 6749, section 2.3.1: both are form-encoded first)."""
    both = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
    return f"Basic {base64.b64encode(both.encode()).decode()}"
