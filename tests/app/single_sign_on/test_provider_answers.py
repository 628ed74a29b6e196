"""What the answers of a provider may not be: forged, for somebody else, of another time, slow, huge, or malformed."""

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from app.openid import provider_http
from resolvers.openid import published
from tests.support.depth import some
from tests.support.openid.portal import Page, failed, linked, refusals
from tests.support.openid.scripted_provider import (
    CLIENT,
    SECRET,
    Person,
    ScriptedProvider,
    encoded,
    new_key,
    unsigned,
)
from tests.support.server import Client


@pytest.mark.matrix
@pytest.mark.parametrize(
    "changes",
    some(
        [
            {"iss": "https://other.example"},
            {"iss": None},
            {"aud": "another client"},
            {"aud": [CLIENT, "another client"], "azp": CLIENT},
            {"aud": None},
            {"azp": "another client"},
            {"nonce": "of another flow"},
            {"nonce": None},
            {"exp": int(time.time()) - 3600},
            {"exp": None},
            {"exp": "never"},
            {"iat": int(time.time()) - 86_400},
            {"iat": int(time.time()) + 86_400},
            {"iat": None},
            {"nbf": int(time.time()) + 86_400},
            {"sub": None},
            {"sub": ""},
            {"sub": 7},
            {"sub": "x" * 256},
            {"sub": ["ada"]},
            {"at_hash": "of another access token"},
            {"sid": "x" * 256},
        ]
    ),
    ids=" ".join,
)
async def test_an_id_token_with_other_claims(
    server: Client, provider: ScriptedProvider, changes: dict[str, Any]
) -> None:
    page = Page(server)
    url = provider.authorize(await page.start(), Person("ada"))
    provider.claim_changes = changes
    await failed(page, url)


def with_public_key(provider: ScriptedProvider) -> Callable[[dict[str, Any]], str]:
    """HS256 with the public key as the secret, which everybody knows."""
    pem = provider.key.as_pem(private=False)

    def sign(claims: dict[str, Any]) -> str:
        signed = ".".join(map(encoded, ({"alg": "HS256", "kid": provider.key.kid}, claims)))
        signature = hmac.digest(pem, signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    return sign


def with_client_secret(_provider: ScriptedProvider) -> Callable[[dict[str, Any]], str]:
    key = OctKey.import_key(SECRET)
    return lambda claims: jwt.encode({"alg": "HS256"}, claims, key, ["HS256"])


def with_own_key(provider: ScriptedProvider) -> Callable[[dict[str, Any]], str]:
    """A key that the token itself brings along."""
    key = new_key(provider.key.kid or "")
    header = {"alg": "RS256", "kid": key.kid, "jwk": key.as_dict(private=False)}
    return lambda claims: jwt.encode(header, claims, key)


def with_foreign_key(provider: ScriptedProvider) -> Callable[[dict[str, Any]], str]:
    key = new_key(provider.key.kid or "")
    return lambda claims: provider.signed(claims, key)


def with_changed_claims(provider: ScriptedProvider) -> Callable[[dict[str, Any]], str]:
    """The signature of one token under the claims of another."""

    def sign(claims: dict[str, Any]) -> str:
        header, _, signature = provider.signed(claims).split(".")
        return ".".join((header, provider.signed(claims | {"sub": "other"}).split(".")[1], signature))

    return sign


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: unsigned,
        with_public_key,
        with_client_secret,
        with_own_key,
        with_foreign_key,
        with_changed_claims,
        lambda _: lambda _claims: "x" * 20_000,
        lambda _: lambda _claims: "a.b",
        lambda _: lambda _claims: "",
    ],
)
async def test_a_signature_that_is_none(
    server: Client, provider: ScriptedProvider, forge: Callable[[ScriptedProvider], Callable[[dict[str, Any]], str]]
) -> None:
    page = Page(server)
    url = provider.authorize(await page.start(), Person("ada"))
    provider.sign = forge(provider)
    await failed(page, url)


async def test_keys_rotate_and_a_flood_of_unknown_ones_asks_once(
    server: Client, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await linked(server, provider)
    monkeypatch.setattr(published, "REFETCH_SECONDS", 0.0)
    provider.key = new_key("second")
    provider.published.append(provider.key)
    page = Page(server)
    assert await refusals(page, await page.code(provider, person)) == []
    monkeypatch.setattr(published, "REFETCH_SECONDS", 60.0)
    provider.requests.clear()
    provider.key = new_key("unknown")
    for _ in range(5):
        page = Page(server)
        await failed(page, provider.authorize(await page.start(), person))
    assert provider.requests.count("/keys") == 0


@pytest.mark.parametrize(
    "answer",
    [
        Response("x" * 300_000, media_type="application/json"),
        Response("[" * 100_000, media_type="application/json"),
        Response("not JSON"),
        JSONResponse([]),
        JSONResponse({"id_token": 7}),
        JSONResponse({"id_token": "a.b.c", "token_type": "mac"}),
        JSONResponse({"error": "invalid_client"}, 401),
        JSONResponse({}, 500),
        RedirectResponse("http://127.0.0.1:1/", 307),
    ],
    ids=range(9),
)
async def test_answers_of_the_token_endpoint_that_are_none(
    server: Client, provider: ScriptedProvider, answer: Response
) -> None:
    page = Page(server)
    url = provider.authorize(await page.start(), Person("ada"))
    provider.answer = lambda path: answer if path == "/token" else None
    await failed(page, url)


async def test_a_provider_that_takes_its_time(
    server: Client, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_http, "SECONDS", 0.2)
    page = Page(server)
    url = provider.authorize(await page.start(), Person("ada"))
    provider.answer = lambda path: StreamingResponse(without_end()) if path == "/token" else None
    await failed(page, url)


async def without_end() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.05)
