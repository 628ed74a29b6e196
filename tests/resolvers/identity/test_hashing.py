"""Secrets of API clients: known by their look, guessed by nobody, and stored as something else."""

import re

from resolvers.identity.hashing import CLIENT_SECRET_PREFIX, new_client_secret, token_hash


def test_a_client_secret_is_256_random_bits_behind_a_prefix_that_scanners_know() -> None:
    made = {new_client_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(f"{CLIENT_SECRET_PREFIX}[A-Za-z0-9_-]{{43}}", secret) for secret in made)


def test_what_is_stored_of_it_tells_secrets_apart_and_not_what_they_are() -> None:
    one, other = new_client_secret(), new_client_secret()
    assert token_hash(one) == token_hash(str(one)) != token_hash(other)
    assert len(token_hash(one)) == 32
    assert one.encode() not in token_hash(one)
