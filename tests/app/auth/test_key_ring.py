"""The keys of access tokens: one at first, however many ask at once; published before it signs, and until its last
token is over; and never to be read from the database."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from typer.testing import CliRunner

from app.auth.key_ring import REFRESH_SECONDS, KeyRing, new_key
from app.cli import program as command
from resolvers.callers.caller import Caller
from resolvers.identity.signing_keys import (
    PUBLICATION_LEAD,
    RETIREMENT_GRACE,
    KeyRotation,
    KeyState,
    StoredKey,
    published_keys,
    rotate_keys,
)
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.oauth import access_token, introspect, program
from tests.support.resolver_fixtures import SECRET_KEY, rows, rules, run
from tests.support.server import Client, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("signing_keys")]

QUERY = "{ __typename }"
TOKENS, LIFETIME = timedelta(minutes=10), timedelta(days=90)
Portico = Callable[..., Awaitable[str]]
ROTATION = KeyRotation(LIFETIME, TOKENS, new_key)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def other(client: Client, shared_demo_database_url: str, tmp_path_factory: Any) -> AsyncIterator[Client]:
    """A second server on the same database."""
    async with serving(shared_demo_database_url, tmp_path_factory.mktemp("other")) as opened:
        yield opened


@pytest.fixture
def portico(shared_demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portico:
    """Runs `portico signing-keys …`, which must end with `code`, and returns what it says."""
    monkeypatch.setenv("DATABASE_URL", shared_demo_database_url)
    monkeypatch.setenv("PORTICO_SECRET_KEY", SECRET_KEY.decode())
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    # It is checked elsewhere, and takes a while.
    monkeypatch.setattr("app.cli.database.load_policy_with_progress", lambda _settings: rules())

    async def run_it(*arguments: str, code: int = 0) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, command, ["signing-keys", *arguments])
        assert result.exit_code == code, result.output
        return result.output

    return run_it


@pytest_asyncio.fixture(loop_scope="module")
async def no_keys(client: Client, other: Client) -> None:
    """Nobody has asked for a key yet."""
    await run(client.backend.mutation_context, "DELETE FROM signing_keys")
    for each in (client, other):
        forget(each)


def forget(client: Client) -> None:
    """As after a while: what is known of the keys is looked up anew."""
    client.backend.access_tokens.keys._loaded_at = float("-inf")


async def later(client: Client, moved: timedelta) -> None:
    """As if so much time had gone by, for the keys."""
    by = "CAST(:moved AS interval)"
    earlier = f"UPDATE signing_keys SET created_at = created_at - {by}, signs_from = signs_from - {by}"
    await run(client.backend.mutation_context, earlier, moved=moved)
    forget(client)


async def kids(client: Client) -> list[str]:
    answer = await client.http.get("/oauth2/jwks")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    return [key["kid"] for key in answer.json()["keys"]]


async def signs(client: Client) -> str:
    return (await client.backend.access_tokens.keys.signer())[0]


async def states(client: Client) -> list[KeyState]:
    return [key.state for key in await published_keys(client.backend.mutation_context, ROTATION)]


@pytest.mark.usefixtures("no_keys")
async def test_of_many_who_need_the_first_key_at_once_one_makes_it(client: Client, other: Client) -> None:
    mine = await program(client)
    tokens = await asyncio.gather(*(access_token(each, mine) for each in (client, other) for _ in range(4)))
    [key] = await rows(client.backend.mutation_context, "SELECT * FROM signing_keys")
    assert await kids(client) == await kids(other) == [key.kid]
    for token in tokens:
        for each in (client, other):
            assert (await each.post({"query": QUERY}, token)).status_code == 200


@pytest.mark.usefixtures("no_keys")
async def test_what_is_published_are_public_keys_that_verify(client: Client) -> None:
    token = await access_token(client, await program(client))
    answer = await client.http.get("/oauth2/jwks")
    [key] = answer.json()["keys"]
    assert key.keys() == {"kty", "n", "e", "kid", "use", "alg"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    assert key["kid"] == RSAKey.import_key(key).thumbprint()
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert jwt.decode(token, KeySet.import_key_set(answer.json()), ["RS256"]).header["kid"] == key["kid"]


@pytest.mark.usefixtures("no_keys")
async def test_the_next_key_is_published_before_it_signs_and_the_former_until_its_tokens_are_over(
    client: Client, other: Client
) -> None:
    mine = await program(client)
    first = await signs(client)
    old = await access_token(client, mine)
    await later(client, LIFETIME - PUBLICATION_LEAD - timedelta(minutes=1))
    assert await kids(client) == [first]
    await later(client, timedelta(minutes=2))
    assert (await kids(client))[:1] == [first]
    assert await states(client) == [KeyState.SIGNING, KeyState.NEXT]
    assert await signs(client) == first
    await later(client, PUBLICATION_LEAD)
    forget(other)
    second = await signs(client)
    assert await kids(client) == await kids(other) == [first, second]
    assert await signs(other) == second != first
    assert await states(client) == [KeyState.FORMER, KeyState.SIGNING]
    assert (await introspect(other, mine, old))["active"]
    await later(client, TOKENS + RETIREMENT_GRACE)
    assert await kids(client) == [second]
    assert (await introspect(client, mine, old)) == {"active": False}


@pytest.mark.usefixtures("no_keys")
async def test_a_key_that_another_server_has_made_is_known_at_once(client: Client, other: Client) -> None:
    mine = await program(client)
    first = await signs(other)
    await run_in_transaction(
        client.backend.mutation_context, Caller(), lambda work: rotate_keys(work, ROTATION, at_once=True)
    )
    forget(client)
    token = await access_token(client, mine)
    assert await signs(client) != first
    other.backend.access_tokens.keys._loaded_at -= 2
    assert (await other.post({"query": QUERY}, token)).status_code == 200


@pytest.mark.usefixtures("no_keys")
async def test_a_flood_of_unknown_keys_reaches_the_database_once_a_second(client: Client) -> None:
    now, looked_up = 1000.0, 0

    class Counting(KeyRing):
        def _store(self, stored: Any, loaded_at: float) -> None:
            nonlocal looked_up
            looked_up += 1
            super()._store(stored, loaded_at)

    ring = Counting(client.backend.mutation_context, ROTATION, lambda: now)
    for _ in range(50):
        assert await ring.find("unknown") is None
    assert looked_up == 1
    now += 1
    await asyncio.gather(*(ring.find("unknown") for _ in range(50)))
    assert looked_up == 2
    now += REFRESH_SECONDS - 1
    assert await ring.published_jwks()
    assert looked_up == 2
    now += 1
    assert await ring.published_jwks()
    assert looked_up == 3


@pytest.mark.usefixtures("no_keys")
async def test_the_database_alone_signs_nothing(client: Client) -> None:
    first = await signs(client)
    [row] = await rows(client.backend.mutation_context, "SELECT * FROM signing_keys")
    stored = StoredKey(row.kid, row.created_at, row.signs_from, KeyState.SIGNING, None, row.public_jwk, row.private_key)
    private = stored.private_key(SECRET_KEY)
    assert private is not None
    assert RSAKey.import_key(private).thumbprint() == first
    assert private[-256:] not in row.private_key
    assert stored.private_key(b"another secret key, of a thief's") is None
    assert replace(stored, kid="another row").private_key(SECRET_KEY) is None
    assert (
        replace(stored, encrypted_private_key=stored.encrypted_private_key[:-1] + b"?").private_key(SECRET_KEY) is None
    )


@pytest.mark.usefixtures("no_keys")
async def test_with_a_new_secret_key_there_is_a_new_signing_key_and_old_tokens_stay_good(
    client: Client, shared_demo_database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine = await program(client)
    old = await access_token(client, mine)
    async with serving(shared_demo_database_url, tmp_path, secret_key="another secret key of the server") as changed:
        new, *_ = await asyncio.gather(*(access_token(changed, mine) for _ in range(4)))
        assert "PORTICO_SECRET_KEY" in caplog.text
        assert (await introspect(changed, mine, old))["active"]
        assert (await introspect(changed, mine, new))["active"]
        assert len(await kids(changed)) == 2


@pytest.mark.usefixtures("no_keys")
async def test_the_command_lists_makes_and_removes_keys(client: Client, portico: Portico) -> None:
    token = await access_token(client, await program(client))
    [first] = json.loads(await portico("list", "--json"))
    assert (first["state"], first["overAt"]) == ("signs", None)
    [former, second] = json.loads(await portico("rotate", "--json"))
    assert (former["kid"], former["state"], second["state"]) == (first["kid"], "signs", "next")
    assert second["kid"] in await portico("list")
    made = json.loads(await portico("rotate", "--at-once", "--json"))
    assert [key["state"] for key in made] == ["former", "signs", "next"]
    left = json.loads(await portico("remove", first["kid"], "--json"))
    assert [key["kid"] for key in left] == [key["kid"] for key in made[1:]]
    forget(client)
    assert (await client.post({"query": QUERY}, token)).status_code == 401
    assert "There is no signing key" in await portico("remove", first["kid"], code=2)
    [next_one] = json.loads(await portico("remove", left[0]["kid"], "--json"))
    assert (next_one["kid"], next_one["state"]) == (left[1]["kid"], "signs")
    [new] = json.loads(await portico("remove", next_one["kid"], "--json"))
    assert new["kid"] not in [key["kid"] for key in made]


@pytest.mark.parametrize(
    "kid", ["-Onx3nEcEXJDyQdUGVSFFP3NoUiMLgvXSaxJqSZn76o", "--help-EcEXJDyQdUGVSFFP3NoUiMLgvXSaxJqSZn"]
)
async def test_the_id_of_a_key_may_begin_with_a_dash(portico: Portico, kid: str) -> None:
    assert f"There is no signing key {kid}" in await portico("remove", kid, "--json", code=2)
