"""The keys with which a provider signs (RFC 7517), and the check of a signature (RFC 7515, RFC 8725).

Only algorithms with a public key are accepted: with `none` or HS256, whoever knows the public key, which is everybody,
could sign (RFC 8725, sections 2.1 and 3.1). A key counts only for algorithms of its own type.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry

from resolvers.openid.errors import ProviderError, ProviderFailure

MAX_TOKEN_BYTES: Final = 16_384
"""The size of a token of a provider: those with many groups have some KiB."""

MAX_KEYS: Final = 50
"""How many keys of a provider are read."""

RSA_BITS: Final = 2048
"""The least size of an RSA key (RFC 7518, section 3.3)."""

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
)
"""The algorithms of signatures that are accepted."""

_TYPES: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

SigningKeys = Sequence[RSAKey | ECKey | OKPKey]

_INVALID: Final = (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading a malformed token or key raises."""


class UnknownKey(ProviderError):
    """No key has the id that the token names: the provider may have a new one."""

    def __init__(self) -> None:
        super().__init__(ProviderFailure.TOKEN)


def parse_keys(document: Mapping[str, Any]) -> SigningKeys:
    """Returns the keys for signatures in a key set; unknown and unsuitable ones are left out. Raises ProviderError
    (NO_KEYS) if there are none."""
    listed = document.get("keys")
    found = [key for each in (listed[:MAX_KEYS] if isinstance(listed, list) else ()) if (key := _parse_key(each))]
    if not found:
        raise ProviderError(ProviderFailure.NO_KEYS)
    return found


def _parse_key(value: object) -> RSAKey | ECKey | OKPKey | None:
    if not isinstance(value, dict) or value.get("use", "sig") != "sig" or value.get("kty") not in _TYPES.values():
        return None
    try:
        key = import_key({str(name): part for name, part in value.items() if name not in _PRIVATE})
        is_strong = not isinstance(key, RSAKey) or key.raw_value.key_size >= RSA_BITS
    except _INVALID:
        return None
    return key if is_strong and isinstance(key, RSAKey | ECKey | OKPKey) else None


_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def verify(token: str, keys: SigningKeys) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the header and the claims of a token that one of the keys has signed.

    Raises UnknownKey if none of the keys can have done so by its id, and ProviderError (TOKEN).
    """
    if len(token) > MAX_TOKEN_BYTES:
        raise ProviderError(ProviderFailure.TOKEN)
    try:
        parts = jws.extract_compact(token.encode("ascii"), registry=JWSRegistry(algorithms=list(ALGORITHMS)))
        header = parts.headers()
        algorithm = header["alg"]
        if algorithm not in ALGORITHMS or "crit" in header or "b64" in header:
            raise ProviderError(ProviderFailure.TOKEN)
        key = _key_for(algorithm, header.get("kid"), keys)
        if not jws.validate_compact(parts, key, [algorithm]):
            raise ProviderError(ProviderFailure.TOKEN)
        claims = json.loads(parts.payload)
    except _INVALID:
        raise ProviderError(ProviderFailure.TOKEN) from None
    if not isinstance(claims, dict):
        raise ProviderError(ProviderFailure.TOKEN)
    return header, claims


def _key_for(algorithm: str, kid: object, keys: SigningKeys) -> RSAKey | ECKey | OKPKey:
    of_type = [key for key in keys if key.key_type == _TYPES[algorithm[:2]] and key.get("alg", algorithm) == algorithm]
    if kid is None and len(of_type) == 1:
        return of_type[0]
    for key in of_type:
        if kid is not None and key.get("kid") == kid:
            return key
    raise UnknownKey
