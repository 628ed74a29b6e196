"""A server that starts while the primary is away takes over from one that was reading from replicas, or doesn't
start."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import migrations
from app.backend import handover_file
from app.cli import opening
from app.cli.opening import prepare_when_back
from app.database.pools import normalize_url
from app.database.replication import clock
from app.database.replication.handover import WATCH_SECONDS, Handover
from app.database.replication.handover_file import HandoverFile
from app.database.replication.replica import ReplicaState
from app.database.replication.start import PrimaryAway
from app.settings import Settings, SettingsError
from app.takeover import take_over_if_away
from authz.policy import version_of
from resolvers.policy_analysis import history
from resolvers.prepared_statement import single_statements
from tests.support.databases import execute
from tests.support.monitoring.metrics import metrics_of
from tests.support.oauth import access_token, program
from tests.support.policies.check_cache import check_form
from tests.support.policies.narrower import NARROWER, SHIPPED
from tests.support.replicas.standby import Standby
from tests.support.replicas.takeovers import ALONE, alone_settings, starting_alone, until_written
from tests.support.replicas.two_servers import reading_from, replica_of, replicas_of, until, until_state
from tests.support.server import SIGN_IN, Client, codes

ADA, SUE = "ada@acme.example", "sue@acme.example"
ME = "{ viewer { user { email } } }"
SERVICES = "{ services { totalCount } }"
SIGN_OUT = "mutation { signOut { errors { code } } }"
REMOVE = "UPDATE users SET removed_at = now() WHERE email = 'sue@acme.example'"


class Outage:
    """A primary with a replica, and the settings of the servers on it."""

    def __init__(self, primary_url: str, promoted: Standby, replica: Standby, folder: Path) -> None:
        self.primary, self.replica, self.folder = promoted, replica, folder
        self.url, self.replica_url = promoted.url(primary_url), replica.url(primary_url)

    @property
    def settings(self) -> Settings:
        return alone_settings(self.url, self.replica_url, self.folder)

    async def begin(self, client: Client) -> Handover:
        """Kill the primary. Returns what the server has written down."""
        await asyncio.to_thread(self.primary.kill)
        return await until_written(client, self.settings)

    async def refusal(self) -> str:
        """Why a server that starts now doesn't."""
        with pytest.raises(PrimaryAway) as refused:
            await take_over_if_away(self.settings)
        return str(refused.value)


@pytest.fixture
def outage(primary_url: str, promoted: Standby, replica: Standby, tmp_path: Path) -> Outage:
    return Outage(primary_url, promoted, replica, tmp_path)


async def test_it_reads_and_when_the_primary_is_back_it_writes(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        known, new = await client.sign_in(ADA), await client.session(SUE)
        program_token = await access_token(client, await program(client))
        # A change for which the replica is waited.
        await client.sign_in(ADA)
        handover = await outage.begin(client)
    caplog.set_level(logging.WARNING, "portico.replicas")
    async with starting_alone(outage.url, outage.replica_url, outage.folder) as client:
        assert "another process, from which this one takes over: queries go on from read replicas for" in caplog.text
        for token, services in ((known, 6), (new, 3), (program_token, 6)):
            assert (await client.data(SERVICES, token))["services"]["totalCount"] == services
        answer = await client.post({"query": SIGN_OUT}, known)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        [error] = answer.json()["errors"]
        assert (error["extensions"]["code"], error["message"].partition(",")[0]) == (
            "UNAVAILABLE",
            "Nothing can be changed at the moment",
        )
        assert codes(await client.answer(SIGN_IN, email=ADA, password="portico-demo")) == ["UNAVAILABLE"]
        # The time counts from when the former process reached the primary.
        assert replicas_of(client).primary.reached_at == handover.reached_at
        ready = await client.http.get("/readyz")
        body = ready.json()
        assert (ready.status_code, body["status"]) == (200, "reads only")
        assert body["checks"] == {"database": "away", "migrations": "unknown", "replicas": ["in use alone"]}
        assert body["readsOnly"].keys() == {"secondsLeft", "startedMeanwhile"}
        assert body["readsOnly"]["startedMeanwhile"]
        assert body["readsOnly"]["secondsLeft"] < ALONE
        assert "\nportico_reads_only_seconds_left 5" in await metrics_of(client)

        await asyncio.to_thread(outage.primary.start)
        await until_state(client, ReplicaState.IN_USE)
        assert (await client.data(SIGN_OUT, known))["signOut"]["errors"] == []
        assert (await client.data(ME, known))["viewer"] is None
        body = (await client.http.get("/readyz")).json()
        assert (body["status"], "readsOnly" in body) == ("ok", False)
        assert "\nportico_reads_only_seconds_left " not in await metrics_of(client)
        # What was written down must not be taken over any more.
        file = handover_file(outage.settings)
        await until(lambda: not file.path.exists())


async def test_one_after_the_other(outage: Outage) -> None:
    """Each takes over from the one before, and none prolongs the time."""
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        token = await client.sign_in(ADA)
        first = await outage.begin(client)
    for _ in range(2):
        async with starting_alone(outage.url, outage.replica_url, outage.folder) as client:
            assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
            # Also one that sees the replica restart.
            await asyncio.to_thread(outage.replica.kill)
            await until_state(client, ReplicaState.AWAY)
            await asyncio.to_thread(outage.replica.start)
            last = await until_written(client, outage.settings)
            assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
    assert last.reached_at == first.reached_at
    assert last.asked_at > first.asked_at
    assert last.replicas.keys() == first.replicas.keys()


async def test_a_removal_that_the_replica_does_not_have(outage: Outage) -> None:
    """The replica is behind, so nobody reads from it when the primary goes away, and nobody may begin to."""
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        token = await client.sign_in(SUE)
        await asyncio.to_thread(outage.replica.pause)
        await until_state(client, ReplicaState.LAGGING)
        await execute(normalize_url(outage.url), REMOVE)
        assert (await client.data(ME, token))["viewer"] is None
        await asyncio.to_thread(outage.primary.kill)
        await until_state(client, ReplicaState.UNKNOWN)
        assert "no process on this machine was reading from replicas just before" in await outage.refusal()


async def test_a_removal_after_a_former_outage(outage: Outage) -> None:
    """The handover of the former outage is gone, so a replica without the removal isn't taken for one that has it."""
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        await client.sign_in(SUE)
        await outage.begin(client)
        await asyncio.to_thread(outage.replica.pause)
        await asyncio.to_thread(outage.primary.start)
        file = handover_file(outage.settings)
        await until(lambda: not file.path.exists())
        await until_state(client, ReplicaState.LAGGING)
        await execute(normalize_url(outage.url), REMOVE)
        removed, primary = clock.now(), replicas_of(client).primary
        await until(lambda: primary.reached_at > removed)
        await asyncio.to_thread(outage.primary.kill)
        await until_state(client, ReplicaState.UNKNOWN)
    assert "no process on this machine was reading from replicas just before" in await outage.refusal()


async def test_a_replica_that_is_older_than_what_was_read_from_it(outage: Outage) -> None:
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        await client.sign_in(ADA)
        handover = await outage.begin(client)
    file = handover_file(outage.settings)
    newer = {key: replace(standing, position=standing.position + 1) for key, standing in handover.replicas.items()}
    file.write(replace(handover, replicas=newer))
    with pytest.MonkeyPatch.context() as patience:
        patience.setattr("app.takeover.SETTLE_SECONDS", 3)
        assert "no replica is as recent as those that were read from before" in await outage.refusal()
    file.write(handover)
    async with starting_alone(outage.url, outage.replica_url, outage.folder) as client:
        assert replica_of(client).is_alone()


async def test_a_broken_watch(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        await client.sign_in(ADA)
        await outage.begin(client)
    later = clock.now() + WATCH_SECONDS + 1
    monkeypatch.setattr("app.takeover.now", lambda: later)
    assert "no process on this machine has asked the primary in the last 30 seconds" in await outage.refusal()


async def test_a_time_that_ends_while_the_server_starts(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        await client.sign_in(ADA)
        await outage.begin(client)
    times = iter((clock.now(), clock.now() + ALONE))
    monkeypatch.setattr("app.takeover.now", lambda: next(times))
    assert "the time of PORTICO_READ_WITHOUT_PRIMARY is over" in await outage.refusal()


async def test_a_full_disk(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read suffices."""

    def fail(self: HandoverFile, handover: Handover) -> None:
        raise OSError(28, "No space left on device")

    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        token = await client.sign_in(ADA)
        await outage.begin(client)
    monkeypatch.setattr(HandoverFile, "write", fail)
    async with starting_alone(outage.url, outage.replica_url, outage.folder) as client:
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6


async def test_a_primary_that_hangs(outage: Outage) -> None:
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        token = await client.sign_in(ADA)
        await asyncio.to_thread(outage.primary.freeze)
        await until_written(client, outage.settings)
        # While another server goes on watching, as the other workers do.
        async with starting_alone(outage.url, outage.replica_url, outage.folder) as started:
            assert (await started.data(SERVICES, token))["services"]["totalCount"] == 6
            await asyncio.to_thread(outage.primary.thaw)
            await until_state(started, ReplicaState.IN_USE)
            assert (await started.data(SIGN_OUT, token))["signOut"]["errors"] == []


async def test_a_schema_on_which_this_version_does_not_serve(outage: Outage) -> None:
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        async with client.backend.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        # A change for which the replica is waited.
        await client.sign_in(ADA)
        await outage.begin(client)
    needed = f"the database has the migration 0001, and this version of Portico needs {migrations.head()}"
    assert needed in await outage.refusal()


async def test_a_rollback_of_the_policy_holds(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of the rollback is read from the replica, whatever the file contains."""
    monkeypatch.setattr("authz.policy.check", check_form)
    file = outage.folder / "policies.polar"
    file.write_text(SHIPPED)
    more: dict[str, Any] = {"read_without_primary": ALONE, "policy": file, "policy_watch": False}
    async with reading_from(outage.url, outage.replica_url, outage.folder, **more) as client:
        token = await client.sign_in(ADA)
        policy_file = client.application.state.policy_file
        await _written(client, 1)
        file.write_text(NARROWER)
        await policy_file.reload()
        await _written(client, 2)
        async with single_statements(client.backend.engine) as connection:
            await history.roll_back(connection, version_of(SHIPPED), "Jane")
        await policy_file.reload()
        assert client.backend.policy.version == version_of(SHIPPED)
        handover = await outage.begin(client)
    async with starting_alone(outage.url, outage.replica_url, outage.folder, **more) as client:
        assert client.backend.policy.version == version_of(SHIPPED)
        assert (await client.data(SERVICES, token))["services"]["totalCount"] == 6
        assert (await client.http.get("/readyz")).json()["policyRolledBackAt"] is not None
    # A replica that doesn't have the rollback of which others know.
    handover_file(outage.settings).write(replace(handover, rollback="another one", asked_at=clock.now()))
    assert "the replica doesn't have the rollback of the policy" in await outage.refusal()


async def _written(client: Client, number: int) -> None:
    async with asyncio.timeout(60), single_statements(client.backend.engine) as connection:
        while len(await history.activations(connection, 10)) < number:
            await asyncio.sleep(0.02)


async def test_other_settings_find_nothing(outage: Outage) -> None:
    """Another key, another database, or no replica of before: nothing is known of those."""
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        await client.sign_in(ADA)
        await outage.begin(client)
    for url, replica_url, more, reason in (
        (outage.url, outage.replica_url, {"secret_key": "another key, long enough for one"}, "PORTICO_SECRET_KEY"),
        (f"{outage.url}&application_name=other", outage.replica_url, {}, "it is about another DATABASE_URL"),
        (outage.url, f"{outage.replica_url}&application_name=other", {}, "no replica of PORTICO_READ_DATABASE_URL"),
        (outage.url, outage.replica_url, {"read_without_primary": 0.001}, "PORTICO_READ_WITHOUT_PRIMARY is over"),
    ):  # fmt: skip
        with pytest.raises(PrimaryAway, match=reason):
            await take_over_if_away(alone_settings(url, replica_url, outage.folder, **more))


async def test_the_primary_is_prepared_when_it_is_back(
    outage: Outage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(opening, "BACK_SECONDS", 0.05)
    caplog.set_level(logging.INFO, "portico")
    await asyncio.to_thread(outage.primary.kill)
    too_many = alone_settings(outage.url, outage.replica_url, outage.folder, workers=64)
    preparing = [asyncio.create_task(prepare_when_back(settings)) for settings in (outage.settings, too_many)]
    # A replica is no primary: there is nothing to prepare yet.
    replica = alone_settings(outage.replica_url, outage.replica_url, outage.folder)
    waiting = asyncio.create_task(prepare_when_back(replica))
    done, _ = await asyncio.wait([*preparing, waiting], timeout=0.5)
    assert not done
    await asyncio.to_thread(outage.primary.start)
    async with asyncio.timeout(60):
        await preparing[0]
        # What would have refused the start.
        with pytest.raises(SettingsError, match="PORTICO_WORKERS: 64 workers"):
            await preparing[1]
    assert "The primary is back: the database has been checked as at a start." in caplog.text
    assert not waiting.done()
    waiting.cancel()


async def test_a_primary_that_is_there_is_used(outage: Outage) -> None:
    """Also with a handover in the data folder."""
    async with reading_from(outage.url, outage.replica_url, outage.folder, read_without_primary=ALONE) as client:
        await client.sign_in(ADA)
        await outage.begin(client)
    await asyncio.to_thread(outage.primary.start)
    assert await take_over_if_away(outage.settings) is None


async def test_without_the_setting_nothing_is_written_and_nothing_taken_over(outage: Outage) -> None:
    async with reading_from(outage.url, outage.replica_url, outage.folder) as client:
        await client.sign_in(ADA)
        await asyncio.to_thread(outage.primary.kill)
        await until_state(client, ReplicaState.UNKNOWN)
    assert not handover_file(outage.settings).path.exists()
    without = alone_settings(outage.url, outage.replica_url, outage.folder, read_without_primary=0)
    assert await take_over_if_away(without) is None
