"""What Portico gives to a browser to bring back: encrypted and authenticated, so that nothing of it is stored.

FLOW        a flow that has begun, in a cookie of the browser, until the provider's response comes back;
ASSERTION   whom a provider has named, in the address that the page of the flow is called with, for the page that
has the verifier of its challenge.
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from resolvers.encryption import decrypt, encrypt
from resolvers.openid.claims import ProviderIdentity
from resolvers.openid.code_flow import FlowSecrets

FLOW_SECONDS: Final = 900
"""How long a person may take at the provider."""

MAX_SEALED: Final = 4_000
"""The length of a sealed text, in characters: a browser keeps cookies of 4,096 bytes with their names."""

_FLOW, _ASSERTION = "single sign-on flow", "single sign-on assertion"


@dataclass(frozen=True, slots=True)
class SignInFlow:
    """A flow that began at `began_at` (seconds since 1970). `page` is the address that it ends at, and `challenge` that
    of the page's own verifier (S256)."""

    tenant_id: UUID
    issuer: str
    secrets: FlowSecrets
    page: str
    challenge: str
    began_at: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """Whom a provider of a tenant has named, at `made_at` (seconds since 1970). `id` is random: an assertion is used
    once for each purpose."""

    id: str
    tenant_id: UUID
    identity: ProviderIdentity
    challenge: str
    made_at: int


def seal_flow(key: bytes, flow: SignInFlow) -> str:
    """The flow as text. Raises ValueError if it is too long to be kept by a browser."""
    return _seal(key, _FLOW, asdict(flow) | {"tenant_id": str(flow.tenant_id)})


def open_flow(key: bytes, text: str) -> SignInFlow | None:
    """The flow in a text; None if `seal_flow` didn't make it with this key."""
    values = _open(key, _FLOW, text)
    if values is None:
        return None
    values["secrets"] = FlowSecrets(**values["secrets"])
    return SignInFlow(**values | {"tenant_id": UUID(values["tenant_id"])})


def seal_assertion(key: bytes, assertion: Assertion) -> str:
    """The assertion as text. Raises ValueError if it is too long for an address."""
    return _seal(key, _ASSERTION, asdict(assertion) | {"tenant_id": str(assertion.tenant_id)})


def open_assertion(key: bytes, text: str) -> Assertion | None:
    """The assertion in a text; None if `seal_assertion` didn't make it with this key."""
    values = _open(key, _ASSERTION, text)
    if values is None:
        return None
    values["identity"] = ProviderIdentity(**values["identity"])
    return Assertion(**values | {"tenant_id": UUID(values["tenant_id"])})


def _seal(key: bytes, purpose: str, values: dict[str, Any]) -> str:
    content = json.dumps(values, separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(encrypt(key, purpose, b"", content)).rstrip(b"=").decode()
    if len(text) > MAX_SEALED:
        raise ValueError("too long")
    return text


def _open(key: bytes, purpose: str, text: str) -> dict[str, Any] | None:
    if len(text) > MAX_SEALED:
        return None
    try:
        content = decrypt(key, purpose, b"", base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None
    values: dict[str, Any] | None = None if content is None else json.loads(content)
    return values
