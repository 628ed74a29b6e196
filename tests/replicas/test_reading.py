"""Queries go to the replica, and see all that was changed before, whichever server changed it."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg

from app.database.pools import normalize_url
from app.demo.fixed_ids import named_key
from models import User
from resolvers.public_id import encode
from tests.support.replicas.standby import Standby
from tests.support.replicas.two_servers import reading_from, replica_of, replicas_of, two_servers
from tests.support.server import Client, codes

ADA, SUE = "ada@acme.example", "sue@acme.example"
ME = "{ viewer { user { email } } }"
SERVICES = "{ services { nodes { code } } }"
NAME = "query ($id: ID!) { node(id: $id) { ... on User { firstName version } } }"
RENAME = """mutation ($id: ID!, $version: Int!, $name: String!) {
  updateUser(input: {id: $id, version: $version, firstName: $name}) { user { firstName } errors { code message } } }"""
REMOVE = "mutation ($id: ID!) { removeUser(input: {id: $id}) { errors { code } } }"
FREE = '{ emailAvailability(email: "free@acme.example") { state } }'
SIGN_OUT = "mutation { signOut { errors { code } } }"
READING = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'portico reading'"""


async def sessions_for_reading(url: str) -> int:
    connection = await asyncpg.connect(normalize_url(url))
    try:
        return int(await connection.fetchval(READING))
    finally:
        await connection.close()


async def sue(client: Client, token: str) -> dict[str, Any]:
    """Sue's first name and version, as a server reads them."""
    user: dict[str, Any] = (await client.data(NAME, token, id=encode(User, named_key(SUE))))["node"]
    return user


async def rename(client: Client, token: str, version: int, name: str) -> None:
    answer = await client.data(RENAME, token, id=encode(User, named_key(SUE)), version=version, name=name)
    assert answer["updateUser"] == {"user": {"firstName": name}, "errors": []}


async def test_queries_go_to_the_replica_and_nowhere_else(primary_url: str, shared_url: str, tmp_path: Path) -> None:
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        token = await client.session(ADA)
        for _ in range(20):
            assert len((await client.data(SERVICES, token))["services"]["nodes"]) == 6
        assert replica_of(client).reads == 20
        assert replicas_of(client).primary_reads == replica_of(client).retries
        assert await sessions_for_reading(shared_url) >= 1
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        token = await client.sign_in(ADA)
        for _ in range(20):
            await client.data(SERVICES, token)
        assert replicas_of(client).primary_reads == 0
        assert await sessions_for_reading(primary_url) == 0


async def test_a_session_that_the_replica_does_not_know_is_read_from_the_primary(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with reading_from(primary_url, shared_url, tmp_path, read_lag=10) as client:
        shared_standby.pause()
        # Written past the server, so nobody has waited.
        token = await client.session(ADA)
        assert (await client.data(ME, token))["viewer"]["user"]["email"] == ADA
        assert replica_of(client).retries == replicas_of(client).primary_reads == 1


async def test_what_one_server_writes_all_of_them_read(primary_url: str, shared_url: str, tmp_path: Path) -> None:
    async with two_servers(primary_url, shared_url, tmp_path, read_lag=10) as (one, other):
        token, sues = await one.sign_in(ADA), await other.sign_in(SUE)
        found = await sue(other, token)
        for number in range(25):
            writer, reader = (one, other) if number % 2 else (other, one)
            await rename(writer, token, found["version"], f"Sue {number}")
            seen = await asyncio.gather(sue(reader, token), sue(writer, token), sue(reader, sues))
            assert [user["firstName"] for user in seen] == [f"Sue {number}"] * 3
            found = seen[0]
        # Only Sue's, who was cached as she was before.
        assert [replicas_of(client).primary_reads for client in (one, other)] == [
            replica_of(client).retries for client in (one, other)
        ]


async def test_a_write_is_read_even_while_the_replica_does_not_replay(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with two_servers(primary_url, shared_url, tmp_path) as (one, other):
        token = await one.sign_in(ADA)
        found = await sue(other, token)
        shared_standby.pause()
        await rename(one, token, found["version"], "Susan")
        assert [(await sue(client, token))["firstName"] for client in (other, one)] == ["Susan"] * 2


async def test_a_user_who_is_removed_at_one_server_reads_nothing_at_the_other_while_the_replica_does_not_replay(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with two_servers(primary_url, shared_url, tmp_path) as (one, other):
        adas, sues = await one.sign_in(ADA), await other.sign_in(SUE)
        assert (await other.data(ME, sues))["viewer"]["user"]["email"] == SUE
        shared_standby.pause()
        removed = await one.data(REMOVE, adas, id=encode(User, named_key(SUE)))
        assert removed["removeUser"]["errors"] == []
        assert (await other.data(ME, sues))["viewer"] is None


async def test_a_session_that_ends_at_one_server_is_refused_at_the_other(
    primary_url: str, shared_standby: Standby, shared_url: str, tmp_path: Path
) -> None:
    async with two_servers(primary_url, shared_url, tmp_path) as (one, other):
        token = await one.sign_in(SUE)
        assert (await other.data(ME, token))["viewer"]["user"]["email"] == SUE
        shared_standby.pause()
        assert (await one.data(SIGN_OUT, token))["signOut"]["errors"] == []
        assert (await other.data(ME, token))["viewer"] is None


async def test_a_denied_query_is_denied_and_recorded(primary_url: str, shared_url: str, tmp_path: Path) -> None:
    async with reading_from(primary_url, shared_url, tmp_path) as client:
        answer = await client.answer(FREE, await client.sign_in(SUE))
        assert codes(answer) == ["FORBIDDEN"]
