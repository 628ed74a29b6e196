"""Client secrets are recognizable, unguessable, and stored as hashes only."""

import re

from resolvers.identity.hashing import CLIENT_SECRET_PREFIX, new_client_secret, token_hash


def test_a_client_secret_is_a_known_prefix_and_256_random_bits() -> None:
    generated = {new_client_secret() for _ in range(100)}
    assert len(generated) == 100
    assert all(re.fullmatch(f"{CLIENT_SECRET_PREFIX}[A-Za-z0-9_-]{{43}}", secret) for secret in generated)


def test_the_stored_hash_identifies_a_secret_without_revealing_it() -> None:
    first, second = new_client_secret(), new_client_secret()
    assert token_hash(first) == token_hash(str(first)) != token_hash(second)
    assert len(token_hash(first)) == 32
    assert first.encode() not in token_hash(first)
