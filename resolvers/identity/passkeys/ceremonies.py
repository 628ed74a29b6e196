"""What passkeys sign and what they are: the ceremonies of Web Authentication (level 3, sections 7.1 and 7.2).

User verification is required, so a passkey shows by itself that somebody has the device *and* knows its PIN, or is its
owner. Attestation is not asked for: which maker a device has decides nothing here. The library `fido2` checks type,
origin, challenge, relying party, flags and signature; what it leaves to its caller is checked here: that the page
wasn't in a frame of another site, and whose credential it is.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorTransport,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

CREDENTIAL_MAX: Final = 10_000
"""The maximum number of characters of what a browser sends."""

CREDENTIAL_ID_MAX: Final = 1_023
"""The maximum number of bytes of the id of a credential (section 4)."""

_REQUIRED: Final = UserVerificationRequirement.REQUIRED
_NAME: Final = "Portico"
_TIMEOUT: Final = 300_000
"""How long a browser waits for the user, in milliseconds: as long as a challenge is open."""

_TRANSPORTS: Final = tuple(each.value for each in AuthenticatorTransport)


class NotVerified(Exception):
    """The response is malformed, or doesn't answer this challenge of this site."""


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """A credential, and how its device can be reached, which lets a browser ask for the right one."""

    id: bytes
    transports: Sequence[str]


@dataclass(frozen=True, slots=True)
class NewCredential(KnownCredential):
    """A credential that was made."""

    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class PresentedPasskey:
    """The parts of a response to a challenge that say which it is: nothing of it is verified yet. `user_handle` is what
    the authenticator keeps as the user's id."""

    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None


class PasskeySite:
    """The site that passkeys are for: the `origin` of the base URL. Passkeys of another one are never accepted."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        rp = PublicKeyCredentialRpEntity(name=_NAME, id=urlsplit(origin).hostname or "localhost")
        self._server = Fido2Server(rp, verify_origin=lambda given: given == origin)
        self._server.timeout = _TIMEOUT  # type: ignore[assignment]

    def creation_options(self, challenge: bytes, handle: bytes, email: str, known: Sequence[KnownCredential]) -> str:
        """The options for `navigator.credentials.create`, as JSON: for a user whose credentials are `known`."""
        user = PublicKeyCredentialUserEntity(id=handle, name=email, display_name=email)
        options, _ = self._server.register_begin(
            user,
            credentials=[_descriptor(each) for each in known],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=_REQUIRED,
            challenge=challenge,
        )
        return json.dumps(dict(options.public_key))

    def request_options(self, challenge: bytes, known: Sequence[KnownCredential]) -> str:
        """The options for `navigator.credentials.get`, as JSON: for one of these credentials, or for any that the
        device offers if there are none."""
        descriptors = [_descriptor(each) for each in known] or None
        options, _ = self._server.authenticate_begin(descriptors, user_verification=_REQUIRED, challenge=challenge)
        return json.dumps(dict(options.public_key))

    def verify_registration(self, response: str, challenge: bytes) -> NewCredential:
        """The credential that the response has made for this challenge. Raises NotVerified."""
        given = _parsed(response)
        with _not_verified_if_it_fails():
            answer = RegistrationResponse.from_dict(given).response
            _require_top_level(answer.client_data)
            data = self._server.register_complete(_state(challenge), given)
            credential = AttestedCredentialData(data.credential_data or b"")
            algorithms = [each.alg for each in self._server.allowed_algorithms]
            if len(credential.credential_id) > CREDENTIAL_ID_MAX or credential.public_key[3] not in algorithms:
                raise NotVerified
            transports = [each for each in _TRANSPORTS if each in (given["response"].get("transports") or ())]
            return NewCredential(credential.credential_id, transports, bytes(credential), data.counter)

    def verify_assertion(self, response: str, challenge: bytes, public_key: bytes) -> int:
        """The counter of the authenticator, if the response is a signature of this challenge with the key. Raises
        NotVerified."""
        given = _parsed(response)
        with _not_verified_if_it_fails():
            answer = AuthenticationResponse.from_dict(given).response
            _require_top_level(answer.client_data)
            self._server.authenticate_complete(_state(challenge), [AttestedCredentialData(public_key)], given)
            counter: int = answer.authenticator_data.counter
            return counter


def presented_registration(response: str) -> bytes:
    """The challenge that a new credential says it answers. Raises NotVerified."""
    given = _parsed(response)
    with _not_verified_if_it_fails():
        challenge: bytes = RegistrationResponse.from_dict(given).response.client_data.challenge
        return challenge


def presented_assertion(response: str) -> PresentedPasskey:
    """Which credential a response says it is of, and which challenge it answers. Raises NotVerified."""
    given = _parsed(response)
    with _not_verified_if_it_fails():
        parsed = AuthenticationResponse.from_dict(given)
        return PresentedPasskey(
            parsed.raw_id, parsed.response.client_data.challenge, parsed.response.user_handle or None
        )


def user_handle(tenant_id: UUID, user_id: UUID) -> bytes:
    """What authenticators keep as the id of a user: it names the one place where their passkeys are."""
    return tenant_id.bytes + user_id.bytes


def of_handle(handle: bytes | None) -> tuple[UUID, UUID] | None:
    """The tenant and the user of a handle; None if it isn't one."""
    if handle is None or len(handle) != 32:
        return None
    return UUID(bytes=handle[:16]), UUID(bytes=handle[16:])


def _parsed(response: str) -> dict[str, Any]:
    if len(response) > CREDENTIAL_MAX:
        raise NotVerified
    try:
        parsed = json.loads(response)
    except (ValueError, RecursionError) as error:
        raise NotVerified from error
    if not isinstance(parsed, dict):
        raise NotVerified
    return parsed


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": _REQUIRED}


def _descriptor(known: KnownCredential) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(each) for each in known.transports]
    return PublicKeyCredentialDescriptor(
        type=PublicKeyCredentialType.PUBLIC_KEY, id=known.id, transports=transports or None
    )


def _require_top_level(client_data: CollectedClientData) -> None:
    if client_data.cross_origin:
        raise NotVerified


@contextmanager
def _not_verified_if_it_fails() -> Iterator[None]:
    """What a stranger sends can make the library fail in any way."""
    try:
        yield
    except Exception as error:
        raise NotVerified from error
