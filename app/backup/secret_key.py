"""How a backup and the secret key belong together: the key's fingerprint, its encrypted copy, and the manifest's HMAC.

The copy is encrypted with AES-256-GCM (NIST SP 800-38D) under a key that scrypt (RFC 7914) derives from the passphrase.
It is bound to the manifest: beside another manifest, it can't be decrypted.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from resolvers.encryption import keyed_hash

SALT_BYTES, NONCE_BYTES = 16, 12
SCRYPT_COST, SCRYPT_BLOCK = 2**17, 8
"""128 MiB of memory, and about half a second, for each try at the passphrase (OWASP, password storage)."""


def new_salt() -> str:
    """A new salt for `fingerprint`."""
    return os.urandom(SALT_BYTES).hex()


def fingerprint(secret_key: bytes, salt: str) -> str:
    """A hash by which the key of a backup is recognized. It reveals nothing about a key of 32 random characters."""
    return keyed_hash(secret_key, "backup key", salt).hex()


def manifest_code(secret_key: bytes, manifest: bytes) -> bytes:
    """The message authentication code of a manifest."""
    return hmac.digest(secret_key, b"portico/backup manifest\0" + manifest, "sha256")


def encrypt_key(secret_key: bytes, passphrase: str, manifest: bytes) -> bytes:
    """Returns the secret key encrypted with `passphrase`, for a backup with this manifest. Takes half a second."""
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    return salt + nonce + AESGCM(_derive(passphrase, salt)).encrypt(nonce, secret_key, manifest)


def decrypt_key(encrypted: bytes, passphrase: str, manifest: bytes) -> bytes | None:
    """Returns the secret key; None if the passphrase is wrong, or the backup was changed. Takes half a second."""
    salt, rest = encrypted[:SALT_BYTES], encrypted[SALT_BYTES:]
    try:
        return AESGCM(_derive(passphrase, salt)).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], manifest)
    except InvalidTag:
        return None


def _derive(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=SCRYPT_COST, r=SCRYPT_BLOCK, p=1).derive(passphrase.encode())
