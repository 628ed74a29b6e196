"""Client secrets are recognizable and unguessable; passwords are hashed as argon2-cffi does, on one core."""

import re
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher, extract_parameters, low_level
from argon2.profiles import RFC_9106_LOW_MEMORY

from models import PLATFORM, TokenPurpose
from resolvers.callers.credentials import SessionToken, carried_tenant
from resolvers.identity import argon2id
from resolvers.identity.hashing import (
    CLIENT_SECRET_PREFIX,
    derive_stored_token,
    derive_token,
    new_client_secret,
    new_token,
    organization_of_secret,
    token_hash,
)

KEY, ORGANIZATION = b"a key", uuid4()
REAL_PARAMETERS = argon2id.PARAMETERS
"""Read when tests are collected, before they become cheap ones."""


def test_a_client_secret_is_a_known_prefix_its_organization_and_256_random_bits() -> None:
    generated = {new_client_secret(ORGANIZATION) for _ in range(100)}
    assert len(generated) == 100
    assert all(re.fullmatch(f"{CLIENT_SECRET_PREFIX}[A-Za-z0-9_-]{{65}}", secret) for secret in generated)
    assert {organization_of_secret(secret) for secret in generated} == {ORGANIZATION}
    assert len({secret[-43:] for secret in generated}) == 100


def test_the_stored_hash_identifies_a_secret_without_revealing_it() -> None:
    first, second = new_client_secret(ORGANIZATION), new_client_secret(ORGANIZATION)
    assert token_hash(first) == token_hash(str(first)) != token_hash(second)
    assert len(token_hash(first)) == 32
    assert first.encode() not in token_hash(first)


def test_hashes_are_those_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "PARAMETERS", REAL_PARAMETERS)
    ours, theirs = argon2id.hash_secret(b"violet ladder"), PasswordHasher().hash(b"violet ladder")
    assert PasswordHasher().verify(ours, b"violet ladder")
    assert extract_parameters(ours) == extract_parameters(theirs) == RFC_9106_LOW_MEMORY
    assert not argon2id.needs_rehash(ours)
    for encoded in (ours, theirs, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(b"violet ladder")):
        assert argon2id.verify_secret(encoded, b"violet ladder")
        assert not argon2id.verify_secret(encoded, b"violet ladders")


def test_one_thread_computes_all_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[tuple[int, int]] = []

    def core(context: Any, kind: int) -> int:
        contexts.append((context.lanes, context.threads))
        return low_level.core(context, kind)

    monkeypatch.setattr(argon2id, "core", core)
    assert argon2id.verify_secret(argon2id.hash_secret(b"violet"), b"violet")
    assert contexts == [(4, 1)] * 2


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "violet",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA",
        "$argon2id$v=19$m=65536,t=3,p=4$$",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$\u00e9",
        "$argon2id$v=19$m=99999999,t=3,p=4$c2FsdHNhbHRzYWx0c2FsdA$AieVJigIvhEjY3lIFyJQSTsiP",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AieVJigIvhEjY3lIFyJQSQ",
    ],
)
def test_a_malformed_hash_is_of_no_password(encoded: str) -> None:
    assert not argon2id.verify_secret(encoded, b"violet")


def test_a_session_token_carries_its_tenant() -> None:
    for tenant in (ORGANIZATION, PLATFORM):
        token = new_token(tenant)
        assert SessionToken.of(token.encode()) == SessionToken(token_hash(token), tenant)


def test_no_other_text_carries_a_tenant() -> None:
    token = new_token(ORGANIZATION)
    for text in (
        "",
        token[1:],
        token + "a",
        token[22:],
        "!" * 65,
        "\u00e9" * 65,
        "=" * 65,
        token[:21] + "=" + token[22:],
    ):
        assert carried_tenant(text) is None


def test_a_link_of_a_former_version_is_derived_as_it_was() -> None:
    purpose, row = TokenPurpose.ACTIVATION, uuid4()
    token = derive_token(KEY, purpose, row, ORGANIZATION)
    assert carried_tenant(token) == ORGANIZATION
    former = token[22:]
    for stored in (token, former):
        assert derive_stored_token(KEY, purpose, row, ORGANIZATION, token_hash(stored)) == stored
        assert derive_stored_token(b"another key", purpose, row, ORGANIZATION, token_hash(stored)) is None
