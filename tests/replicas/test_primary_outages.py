"""While the primary is away, queries go on from the replica if the setting allows it, and changes are refused."""

import asyncio
from pathlib import Path

import pytest

from app.database.pools import normalize_url
from app.database.replication import clock
from app.database.replication.replica import ReplicaState
from app.policy.history import PolicyHistory
from tests.support.databases import execute
from tests.support.oauth import access_token, program
from tests.support.replicas.standby import Standby
from tests.support.replicas.two_servers import LAG, reading_from, replica_of, replicas_of, until, until_state
from tests.support.server import SIGN_IN, Client, codes

ADA, SUE = "ada@acme.example", "sue@acme.example"
ME = "{ viewer { user { email } } }"
SERVICES = "{ services { totalCount } }"
REMOVE = "UPDATE users SET removed_at = now() WHERE email = 'sue@acme.example'"
SIGN_OUT = "mutation { signOut { errors { code } } }"


async def expect_reads_only(client: Client, token: str) -> None:
    answer = await client.post({"query": SIGN_OUT}, token)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["message"].startswith("Nothing can be changed at the moment")


async def test_queries_go_on_and_changes_are_refused(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    url, replica_url = promoted.url(primary_url), replica.url(primary_url)
    async with reading_from(url, replica_url, tmp_path, read_without_primary=600, read_lag=1) as client:
        known, new = await client.sign_in(ADA), await client.sign_in(SUE)
        await client.data(SERVICES, known)
        await asyncio.to_thread(promoted.kill)
        await until_state(client, ReplicaState.ALONE)
        # One whose actor and budget this server has in memory, and one who comes for the first time.
        for token, services in ((known, 6), (new, 3)):
            for _ in range(3):
                assert (await client.data(SERVICES, token))["services"]["totalCount"] == services
        # After what is known has become old, too.
        client.backend.authentication._cache = type(client.backend.authentication._cache)(10, 10)
        for lease in client.backend.leases._leases["user"].values():
            lease.until = 0
        assert (await client.data(ME, new))["viewer"]["user"]["email"] == SUE
        await expect_reads_only(client, known)
        ready = await client.http.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "reads only")
        assert ready.json()["checks"] == {"database": "away", "migrations": "unknown", "replicas": ["in use alone"]}

        await asyncio.to_thread(promoted.start)
        await until_state(client, ReplicaState.IN_USE)
        assert (await client.data(SIGN_OUT, known))["signOut"]["errors"] == []
        assert (await client.data(ME, known))["viewer"] is None


async def test_a_read_between_the_end_and_its_discovery_does_not_fail(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    async with reading_from(
        promoted.url(primary_url), replica.url(primary_url), tmp_path, read_without_primary=600, read_lag=10
    ) as client:
        token = await client.sign_in(ADA)
        await client.data(SERVICES, token)
        await asyncio.to_thread(promoted.kill)
        for _ in range(20):
            assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6


async def test_without_the_setting_queries_end_with_the_lease(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    async with reading_from(promoted.url(primary_url), replica.url(primary_url), tmp_path) as client:
        token = await client.sign_in(ADA)
        await client.data(SERVICES, token)
        await asyncio.to_thread(promoted.kill)
        await until_state(client, ReplicaState.UNKNOWN)
        await until(lambda: not replica_of(client).is_proven())
        assert codes(await client.answer(SERVICES, token)) == ["UNAVAILABLE"]
        assert (await client.http.get("/readyz")).status_code == 503


async def test_queries_alone_end_after_the_set_time(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    async with reading_from(
        promoted.url(primary_url), replica.url(primary_url), tmp_path, read_without_primary=3
    ) as client:
        token = await client.sign_in(ADA)
        await asyncio.to_thread(promoted.kill)
        await asyncio.sleep(3)
        assert codes(await client.answer(SERVICES, token)) == ["UNAVAILABLE"]


async def test_a_server_that_cannot_tell_which_policy_is_in_force_does_not_start(
    primary_url: str, shared_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would read without the primary under its file, although that was rolled back."""

    async def lose(self: PolicyHistory) -> None:
        raise ConnectionError("just gone")

    monkeypatch.setattr(PolicyHistory, "newest_rollback", lose)
    with pytest.raises(ConnectionError, match="just gone"):
        async with reading_from(primary_url, shared_url, tmp_path, read_without_primary=600, used=False):
            pass
    async with reading_from(primary_url, shared_url, tmp_path, used=False) as client:
        assert (await client.http.get("/readyz")).json()["status"] == "ok"


async def test_a_program_goes_on_with_its_access_token(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    async with reading_from(
        promoted.url(primary_url), replica.url(primary_url), tmp_path, read_without_primary=600
    ) as client:
        token = await access_token(client, await program(client))
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        await asyncio.to_thread(promoted.kill)
        await until_state(client, ReplicaState.ALONE)
        client.backend.access_tokens.keys._loaded_at = float("-inf")
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6


async def test_a_primary_that_becomes_a_replica_is_not_written_to(
    primary_url: str, shared_url: str, tmp_path: Path
) -> None:
    """`DATABASE_URL` leads to a server in recovery: nothing can be written, and that is said."""
    async with reading_from(shared_url, shared_url, tmp_path, used=False) as client:
        answer = await client.answer(SIGN_IN, email=ADA, password="portico-demo")
        assert codes(answer) == ["UNAVAILABLE"]
        ready = await client.http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "read-only")
        assert replica_of(client).reads == 0


async def test_a_failover_to_the_replica(primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path) -> None:
    """The primary dies, its replica is promoted, and `DATABASE_URL` names both."""
    both = promoted.url(primary_url) + f",{replica.socket_folder}&target_session_attrs=primary"
    async with reading_from(both, replica.url(primary_url), tmp_path) as client:
        token = await client.sign_in(ADA)
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        await asyncio.to_thread(promoted.kill)
        await asyncio.to_thread(replica.promote)
        await until_state(client, ReplicaState.PROMOTED)
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        assert (await client.data(SIGN_OUT, token))["signOut"]["errors"] == []
        assert (await client.data(ME, token))["viewer"] is None


async def test_queries_go_on_while_the_primary_hangs(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    """It keeps its connections and answers nothing: what waits for it goes on from the replica."""
    async with reading_from(
        promoted.url(primary_url), replica.url(primary_url), tmp_path, read_without_primary=600
    ) as client:
        known, new = await client.sign_in(ADA), await client.sign_in(SUE)
        await client.data(SERVICES, known)
        await asyncio.to_thread(promoted.freeze)
        # One that needs nothing of the primary first, and one that does.
        answers = await asyncio.gather(*(client.data(SERVICES, token) for token in (known, new) for _ in range(3)))
        assert [answer["services"]["totalCount"] for answer in answers] == [6] * 3 + [3] * 3
        assert replica_of(client).state is ReplicaState.ALONE
        # Each time it is asked again, in vain, too: changes are refused at once, and not only when they have waited.
        asked_at, replicas = replicas_of(client).primary.asked_at, replicas_of(client)
        found = set[bool]()

        def seen() -> bool:
            found.add(replicas.reads_alone())
            return replicas.primary.asked_at > asked_at + 4

        await until(seen)
        assert found == {True}
        await expect_reads_only(client, known)
        await asyncio.to_thread(promoted.thaw)
        await until_state(client, ReplicaState.IN_USE)
        assert (await client.data(SIGN_OUT, known))["signOut"]["errors"] == []


async def test_a_failover_from_a_primary_that_hangs(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    """The first host of `DATABASE_URL` takes connections and doesn't answer; the second one is the new primary."""
    both = promoted.url(primary_url) + f",{replica.socket_folder}&target_session_attrs=primary"
    async with reading_from(both, replica.url(primary_url), tmp_path, read_without_primary=600) as client:
        token = await client.sign_in(ADA)
        await client.data(SERVICES, token)
        used, primary = clock.now(), replicas_of(client).primary
        await until(lambda: primary._reached_at > used)
        await asyncio.to_thread(promoted.freeze)
        await asyncio.to_thread(replica.promote)
        await until_state(client, ReplicaState.PROMOTED)
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        assert (await client.data(SIGN_OUT, token))["signOut"]["errors"] == []


async def test_what_the_replica_does_not_have_is_not_denied_while_the_primary_is_away(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    """A session that never reached the replica may be open on the primary: nobody is signed out."""
    async with reading_from(
        promoted.url(primary_url), replica.url(primary_url), tmp_path, read_without_primary=600
    ) as client:
        await client.sign_in(ADA)
        await asyncio.to_thread(replica.pause)
        token = await client.session(SUE)
        await asyncio.to_thread(promoted.kill)
        await until_state(client, ReplicaState.ALONE)
        assert codes(await client.answer(ME, token)) == ["UNAVAILABLE"]


async def test_a_replica_that_was_behind_is_not_read_from_when_the_primary_goes_away(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    """It has all that was read from it, but not what has been taken away since it was left out."""
    async with reading_from(
        promoted.url(primary_url), replica.url(primary_url), tmp_path, read_without_primary=600
    ) as client:
        token = await client.sign_in(SUE)
        assert (await client.data(ME, token))["viewer"]["user"]["email"] == SUE
        await asyncio.to_thread(replica.pause)
        await until_state(client, ReplicaState.LAGGING)
        await execute(normalize_url(promoted.url(primary_url)), REMOVE)
        assert (await client.data(ME, token))["viewer"] is None
        await asyncio.to_thread(promoted.kill)
        await until_state(client, ReplicaState.UNKNOWN)
        assert codes(await client.answer(ME, token)) == ["UNAVAILABLE"]


async def test_a_replica_that_was_down_before_the_primary_is_not_read_from_when_it_returns(
    primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path
) -> None:
    """It doesn't know that a user was removed meanwhile."""
    url, replica_url = promoted.url(primary_url), replica.url(primary_url)
    async with reading_from(url, replica_url, tmp_path, read_without_primary=600) as client:
        token = await client.sign_in(SUE)
        assert (await client.data(ME, token))["viewer"]["user"]["email"] == SUE
        await asyncio.to_thread(replica.kill)
        await until(lambda: not replica_of(client).is_proven())
        await execute(normalize_url(url), REMOVE)
        assert (await client.data(ME, token))["viewer"] is None
        ended, primary = clock.now() + LAG, replicas_of(client).primary
        await until(lambda: primary.reached_at > ended)
        await asyncio.to_thread(promoted.kill)
        await asyncio.to_thread(replica.start)
        await until_state(client, ReplicaState.UNKNOWN)
        assert codes(await client.answer(ME, token)) == ["UNAVAILABLE"]
