"""Access tokens at the API: good ones act for the client's owner; forged, foreign and old ones are refused."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.auth.jwt_access_tokens import InvalidToken
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.depth import examples
from tests.support.oauth import ADA, INTROSPECTION, SERVICES, access_token, assert_refused, part, program, signed
from tests.support.server import BASE_URL, Client

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("access_tokens")]


def encoded(value: bytes | Mapping[str, Any]) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_it_says_what_rfc_9068_wants(client: Client) -> None:
    mine = await program(client)
    token = await access_token(client, mine, scope="basic.read users.write")
    [key] = (await client.http.get("/oauth2/jwks")).json()["keys"]
    assert part(token, 0) == {"typ": "at+jwt", "alg": "RS256", "kid": key["kid"]}
    claims = part(token, 1)
    issued, expires, token_id = claims.pop("iat"), claims.pop("exp"), claims.pop("jti")
    assert claims == {
        "iss": BASE_URL,
        "aud": f"{BASE_URL}/graphql",
        "sub": mine.client_id,
        "client_id": mine.client_id,
        "organization_id": f"org_{named_key(ACME)}",
        "scope": "basic.read users.write",
    }
    assert expires == issued + 600
    assert abs(issued - time.time()) < 60
    assert UUID(token_id).version == 4
    assert jwt.decode(token, RSAKey.import_key(key), ["RS256"]).claims["jti"] == token_id


async def test_it_reads_what_its_owner_reads(client: Client) -> None:
    mine = await program(client)
    token = await access_token(client, mine)
    assert await client.data(SERVICES, token) == {"services": {"totalCount": 6}}
    assert (await client.data(INTROSPECTION, token))["services"] == {"totalCount": 6}
    assert await client.data(SERVICES, token) == await client.data(SERVICES, await client.session(ADA))


async def test_a_session_token_that_is_nobodys_is_still_nobodys(client: Client) -> None:
    assert await client.data("{ viewer { user { email } } }", "nobody") == {"viewer": None}
    assert await client.data("{ viewer { user { email } } }", "one.dot") == {"viewer": None}


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": [BASE_URL]},
        {"aud": BASE_URL},
        {"aud": []},
        {"aud": 7},
        {"sub": "cli_00000000-0000-7000-8000-000000000000"},
        {"client_id": "usr_00000000-0000-7000-8000-000000000000"},
        {"client_id": 7, "sub": 7},
        {"organization_id": 7},
        {"organization_id": "org_1"},
        {"organization_id": "usr_00000000-0000-7000-8000-000000000000"},
        {"client_id": "cli_1", "sub": "cli_1"},
        {"exp": 1_000_000_000},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": 10**40},
        {"exp": float("nan")},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"jti": "7"},
        {"jti": 7},
        {"scope": "everything"},
        {"scope": ""},
        {"scope": ["basic.read"]},
        *({name: None} for name in ("iss", "aud", "sub", "client_id", "exp", "iat", "jti", "scope")),
    ],
    ids=str,
)
async def test_wrong_claims_are_refused_even_where_the_signature_is_right(
    client: Client, change: dict[str, Any]
) -> None:
    claims = part(await access_token(client, await program(client)), 1) | change
    await assert_refused(client, await signed(client, claims))
    for name in [name for name, value in change.items() if value is None]:
        await assert_refused(client, await signed(client, {key: claims[key] for key in claims if key != name}))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "at+JWT "},
        {"kid": "another"},
        {"kid": ""},
        {"jku": "https://evil.example/jwks"},
        {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"x5u": "https://evil.example/x5u"},
        {"cty": "JWT"},
    ],
    ids=str,
)
async def test_another_header_is_refused(client: Client, header: Mapping[str, Any]) -> None:
    claims = part(await access_token(client, await program(client)), 1)
    await assert_refused(client, await signed(client, claims, header))


async def test_forgeries_are_refused(client: Client) -> None:
    token = await access_token(client, await program(client))
    first, claims, signature = token.split(".")
    header, kid = part(token, 0), part(token, 0)["kid"]
    [published] = (await client.http.get("/oauth2/jwks")).json()["keys"]
    pem = RSAKey.import_key(published).as_pem(private=False)

    def hs256(key: bytes) -> str:
        content = f"{encoded(header | {'alg': 'HS256'})}.{claims}"
        return f"{content}.{encoded(hmac.digest(key, content.encode(), hashlib.sha256))}"

    foreign = RSAKey.generate_key(2048)
    forged = [
        *(
            f"{encoded(header | {'alg': alg})}.{claims}.{end}"
            for alg in ("none", "None", "")
            for end in ("", signature)
        ),
        *(hs256(key) for key in (pem, json.dumps(published).encode(), b"")),
        *(f"{encoded(header | {'alg': alg})}.{claims}.{signature}" for alg in ("RS384", "PS256", "ES256")),
        jwt.encode({"typ": "at+jwt", "alg": "RS256", "kid": kid}, part(token, 1), foreign, ["RS256"]),
        f"{first}.{encoded(part(token, 1) | {'scope': 'users.write'})}.{signature}",
        f"{first}.{claims}.",
        f"{first}..{signature}",
        f"{first}.{claims}.{signature[:-4]}AAAA",
        f"{first}.{claims}.{signature}=",
        f"{encoded(header | {'crit': ['x']})}.{claims}.{signature}",
        f"{encoded(header | {'alg': ['RS256']})}.{claims}.{signature}",
        f"{encoded(header | {'kid': [kid]})}.{claims}.{signature}",
        f"{encoded(b'[]')}.{claims}.{signature}",
        f"{encoded(b'7')}.{claims}.{signature}",
        f"{encoded(b'[' * 300)}.{claims}.{signature}",
        f"{encoded(bytes(range(256)))}.{claims}.{signature}",
        f"{first}.{claims}.{signature}{'A' * 8000}",
        "..",
        "a.b.c",
        "." * 2 + "a" * 10_000,
    ]
    for each in forged:
        await assert_refused(client, each)
    assert "services" in await client.data(SERVICES, token)


@given(raw=st.one_of(st.binary(max_size=300), st.text(alphabet="ey.AZ09-_=", max_size=300).map(str.encode)))
@settings(
    max_examples=examples(200),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whatever_is_no_token_of_ours_is_only_ever_refused(client: Client, raw: bytes) -> None:
    for text in (
        raw,
        encoded(raw).encode() + b".e30.AAAA",
        encoded({"alg": raw.hex(), "kid": "x"}).encode() + b".e30.",
    ):
        with pytest.raises(InvalidToken):
            await client.backend.access_tokens.verify(text)


async def test_it_ends_on_time_and_is_not_kept_for_longer(client: Client) -> None:
    claims = part(await access_token(client, await program(client)), 1)
    soon = int(time.time()) + 4
    token = await signed(client, claims | {"exp": soon})
    assert "services" in await client.data(SERVICES, token)
    async with asyncio.timeout(60):
        while (await client.post({"query": SERVICES}, token)).status_code == 200:
            await asyncio.sleep(0.1)
    assert time.time() >= soon
    await assert_refused(client, token)
