"""Hashes and verifies secrets with argon2id, in the calling thread alone.

argon2-cffi starts one thread for each of the four lanes of a hash, so one sign-in keeps four cores busy. The result
does not depend on the number of threads (RFC 9106, section 3.2), so here all lanes are computed in one. Hashes have the
usual text form, `$argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash>`, and argon2-cffi reads them too.
"""

import base64
import binascii
import hmac
import secrets
from typing import Final

from argon2 import Parameters, extract_parameters
from argon2.exceptions import HashingError, InvalidHashError
from argon2.low_level import Type, core, error_to_str, ffi
from argon2.profiles import RFC_9106_LOW_MEMORY

PARAMETERS: Final = RFC_9106_LOW_MEMORY
MAX_MEMORY_KIB: Final = 1024 * 1024
"""The memory, in KiB, above which a stored hash is not believed."""

ARGON2_OK: Final = 0


def hash_secret(secret: bytes) -> str:
    """The hash of `secret` with a new salt, as text."""
    salt = secrets.token_bytes(PARAMETERS.salt_len)
    costs = f"m={PARAMETERS.memory_cost},t={PARAMETERS.time_cost},p={PARAMETERS.parallelism}"
    return f"$argon2id$v={PARAMETERS.version}${costs}${_encode(salt)}${_encode(_digest(secret, salt, PARAMETERS))}"


def verify_secret(encoded: str, secret: bytes) -> bool:
    """Whether `secret` has this hash; False if the hash is malformed."""
    try:
        parameters = extract_parameters(encoded)
        salt, digest = map(_decode, encoded.split("$")[-2:])
    except (InvalidHashError, ValueError, binascii.Error):
        return False
    if parameters.type is not Type.ID or parameters.memory_cost > MAX_MEMORY_KIB:
        return False
    try:
        return hmac.compare_digest(_digest(secret, salt, parameters), digest)
    except HashingError:
        return False


def needs_rehash(encoded: str) -> bool:
    """Whether the hash was made with parameters other than the current ones."""
    return extract_parameters(encoded) != PARAMETERS


def _digest(secret: bytes, salt: bytes, parameters: Parameters) -> bytes:
    buffers = {
        "out": ffi.new("uint8_t[]", parameters.hash_len),
        "pwd": ffi.new("uint8_t[]", secret),
        "salt": ffi.new("uint8_t[]", salt),
    }
    lengths = {"outlen": parameters.hash_len, "pwdlen": len(secret), "saltlen": len(salt)}
    costs = {"t_cost": parameters.time_cost, "m_cost": parameters.memory_cost, "lanes": parameters.parallelism}
    context = ffi.new("argon2_context *", {**buffers, **lengths, **costs, "version": parameters.version, "threads": 1})
    code = core(context, parameters.type.value)
    if code != ARGON2_OK:
        raise HashingError(error_to_str(code))
    return bytes(ffi.buffer(buffers["out"], parameters.hash_len))


def _encode(value: bytes) -> str:
    return base64.b64encode(value).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
