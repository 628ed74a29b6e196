"""An authenticator in software: it makes passkeys, and signs challenges with them, as a browser and a device do."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG


@dataclass
class Authenticator:
    """A device with one passkey for one site. It counts its signatures by `step`, which is 0 for synchronized ones.

    `site` is the relying party that it signs for: by default, the host of the origin. `is_framed`: in a page that
    another site frames.
    """

    origin: str
    step: int = 1
    is_verifying: bool = True
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    handle: str = ""
    site: str = ""
    is_framed: bool = False

    def create(self, options: str) -> str:
        """What `navigator.credentials.create` returns for these options, as JSON."""
        given = json.loads(options)
        self.handle = given["user"]["id"]
        public_key = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(b"\0" * 16, self.credential_id, public_key)
        data = self._data(FLAG.AT, credential)
        attestation = AttestationObject.create("none", data, {})
        client = self._client("webauthn.create", given["challenge"])
        response = {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(attestation)}
        return self._credential({**response, "transports": ["internal"]})

    def get(self, options: str) -> str:
        """What `navigator.credentials.get` returns for these options, as JSON."""
        client = self._client("webauthn.get", json.loads(options)["challenge"])
        data = self._data(FLAG(0))
        signature = self.key.sign(data + sha256(client).digest(), ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.handle,
        }
        return self._credential(response)

    def _data(self, flags: Any, credential: bytes = b"") -> AuthenticatorData:
        self.count += self.step
        verified = FLAG.UV if self.is_verifying else FLAG(0)
        site = sha256((self.site or urlsplit(self.origin).hostname or "").encode()).digest()
        data: AuthenticatorData = AuthenticatorData.create(site, FLAG.UP | verified | flags, self.count, credential)
        return data

    def _client(self, type_: str, challenge: str) -> bytes:
        client = {"type": type_, "challenge": challenge, "origin": self.origin, "crossOrigin": self.is_framed}
        return json.dumps(client).encode()

    def _credential(self, response: dict[str, Any]) -> str:
        key_id = websafe_encode(self.credential_id)
        return json.dumps({"id": key_id, "rawId": key_id, "type": "public-key", "response": response})
