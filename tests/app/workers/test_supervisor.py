"""The supervisor keeps workers running, whatever becomes of them, and ends where none can run."""

import asyncio
import errno
import logging
import os
import signal
from pathlib import Path
from typing import NoReturn

import pytest

from app.workers import supervisor as supervision
from app.workers.supervisor import WorkersFailed
from tests.app.workers.supervised import is_running, supervised


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.1)


async def test_the_first_worker_starts_alone_and_then_the_others(tmp_path: Path) -> None:
    async with supervised(tmp_path, workers=3) as running:
        ready = await running.until_ready(3)
        assert [number for number, _ in ready[:1]] == ["1"]
        assert {number for number, _ in ready} == {"1", "2", "3"}
        await running.until(lambda: running.banners == 1)


async def test_what_runs_beside_begins_when_all_are_ready_and_its_error_ends_all(tmp_path: Path) -> None:
    seen, fails = list[int](), asyncio.Event()

    async def beside() -> None:
        seen.append(len(running.lines("started")))
        await fails.wait()
        raise OSError("the database is an older one")

    async with supervised(tmp_path, beside=[beside]) as running:
        await running.until(lambda: seen)
        assert seen == [2]
        fails.set()
        with pytest.raises(OSError, match="the database is an older one"):
            await running.running
    # None is started again while the others end.
    assert len(running.lines("started")) == 2


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGKILL, "SIGKILL"), (signal.SIGRTMIN + 6, f"signal {signal.SIGRTMIN + 6}")]
)
async def test_a_worker_that_is_killed_is_started_again_and_the_others_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, number: int, said: str
) -> None:
    async with supervised(tmp_path) as running:
        ready = dict(await running.until_ready(2))
        await running.until(lambda: running.banners)
        os.kill(ready["2"], number)
        assert (await running.until_ready(3))[2][0] == "2"
        await running.until(lambda: len(caplog.records) > 0)
        assert is_running(ready["1"])
    assert len(running.lines("started")) == 3
    assert f"Worker 2 (process {ready['2']}) has ended ({said}); it starts again in 0.02 seconds." in caplog.text


async def test_pauses_grow_while_a_worker_keeps_ending(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with supervised(tmp_path) as running:
        await running.until_ready(2)
        await running.until(lambda: running.banners)
        running.behave("2", "ends")
        os.kill(dict(running.lines("ready"))["2"], signal.SIGKILL)
        await running.until_ready(7)
    pauses = [record.args[2] for record in caplog.records if "starts again" in record.msg and record.args]  # type: ignore[index]
    assert pauses[:5] == [0.02, 0.04, 0.08, 0.1, 0.1]


async def test_a_failing_start_ends_everything(tmp_path: Path) -> None:
    async with supervised(tmp_path, how="fails") as running:
        with pytest.raises(WorkersFailed, match="worker 1 did not start; what it wrote before says why"):
            await running.running
    assert len(running.lines("started")) == 1
    assert running.banners == 0


async def test_a_failing_start_of_a_later_worker_ends_all(tmp_path: Path) -> None:
    (tmp_path / "2").write_text("fails")
    async with supervised(tmp_path) as running:
        with pytest.raises(WorkersFailed, match="worker 2 did not start"):
            await running.running
    assert len(running.lines("started")) == 2


async def test_a_worker_that_does_not_get_ready_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "START_SECONDS", 0.5)
    async with supervised(tmp_path, how="never ready") as running:
        with pytest.raises(WorkersFailed, match="worker 1 did not start"):
            await running.running


async def test_where_no_worker_starts_any_more_all_ends(tmp_path: Path) -> None:
    async with supervised(tmp_path) as running:
        ready = await running.until_ready(2)
        await running.until(lambda: running.banners)
        running.behave("all", "fails")
        for _, pid in ready:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkersFailed, match="no worker starts any more"):
            await running.running
    starts = [number for number, _ in running.lines("started")[2:]]
    assert min(starts.count("1"), starts.count("2")) == supervision.MOST_FAILURES


async def test_while_one_worker_serves_the_other_is_tried_again_and_again(tmp_path: Path) -> None:
    async with supervised(tmp_path) as running:
        await running.until_ready(2)
        await running.until(lambda: running.banners)
        running.behave("2", "fails")
        os.kill(dict(running.lines("ready"))["2"], signal.SIGKILL)
        await running.until(lambda: len(running.lines("started")) > supervision.MOST_FAILURES + 5)
        running.behave("2", "")
        await running.until_ready(3)


async def test_a_restart_replaces_the_workers_one_after_the_other(tmp_path: Path) -> None:
    async with supervised(tmp_path) as running:
        former = await running.until_ready(2)
        await running.until(lambda: running.banners)
        os.kill(os.getpid(), signal.SIGHUP)
        ready = await running.until_ready(4)
        await running.until(lambda: len(running.lines("drained")) == 2)
        assert [number for number, _ in ready[2:]] == ["1", "2"]
        assert [pid for _, pid in running.lines("drained")] == [pid for _, pid in sorted(former)]
        await running.until(lambda: not any(is_running(pid) for _, pid in former))
    assert running.banners == 1


async def test_a_restart_that_fails_keeps_the_former_workers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with supervised(tmp_path) as running:
        former = await running.until_ready(2)
        await running.until(lambda: running.banners)
        running.behave("1", "fails")
        os.kill(os.getpid(), signal.SIGHUP)
        await running.until(lambda: "The former ones stay." in caplog.text)
        assert all(is_running(pid) for _, pid in former)
        assert running.lines("drained") == []
        running.behave("1", "")
        os.kill(os.getpid(), signal.SIGHUP)
        await running.until_ready(4)


async def test_a_restart_does_not_wait_for_a_long_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with supervised(tmp_path) as running:
        await running.until_ready(2)
        await running.until(lambda: running.banners)
        monkeypatch.setattr(supervision, "LONGEST_PAUSE", 10_000)
        running.supervisor._slots[1].pause = 10_000
        os.kill(dict(running.lines("ready"))["2"], signal.SIGKILL)
        await running.until(running.supervisor._slots[1].lock.locked)
        os.kill(os.getpid(), signal.SIGHUP)
        await running.until_ready(5)


async def test_a_second_request_during_a_restart_is_logged_and_done_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with supervised(tmp_path) as running:
        await running.until_ready(2)
        await running.until(lambda: running.banners)
        os.kill(os.getpid(), signal.SIGHUP)
        await running.until(lambda: len(running.lines("started")) == 3)
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0)
        await running.until(lambda: caplog.text.count("All workers have been restarted.") == 2)
        assert "SIGHUP during a restart: once it has ended, the workers are restarted again." in caplog.text
        assert len(running.lines("ready")) == 6


async def test_a_restart_does_not_wait_forever_for_a_worker_that_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with supervised(tmp_path) as running:
        ready = dict(await running.until_ready(2))
        await running.until(lambda: running.banners)
        running.behave("1", "fails")
        os.kill(ready["1"], signal.SIGKILL)
        await running.until(lambda: len(running.lines("started")) > 3)
        monkeypatch.setattr(supervision, "LOCK_SECONDS", 0.5)
        os.kill(os.getpid(), signal.SIGHUP)
        await running.until(lambda: "The restart has ended without worker 1, which doesn't start" in caplog.text)
        assert "The restart waits for worker 1, which is being started again." in caplog.text
        # The other one has been replaced, and the first is still tried.
        assert not is_running(ready["2"])
        assert dict(running.lines("ready"))["2"] != ready["2"]
        running.behave("1", "")
        await running.until(lambda: [number for number, _ in running.lines("ready")] == ["1", "2", "2", "1"])


async def test_a_worker_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "HANG_SECONDS", 1)
    (tmp_path / "2").write_text("hangs")
    async with supervised(tmp_path) as running:
        hanging = dict(await running.until_ready(2))["2"]
        await running.until(lambda: running.banners)
        running.behave("2", "")
        assert (await running.until_ready(3))[2][0] == "2"
        assert not is_running(hanging)


async def test_all_other_workers_look_at_a_policy_that_one_has_seen(tmp_path: Path) -> None:
    (tmp_path / "1").write_text("sees a policy")
    async with supervised(tmp_path, workers=3) as running:
        await running.until_ready(3)
        await running.until(lambda: running.banners)
        # One that is started again may have missed it, or seen one that the others have not.
        os.kill(dict(running.lines("ready"))["1"], signal.SIGKILL)
        await running.until_ready(4)
        await running.until(lambda: {number for number, _ in running.lines("policy")} >= {"2", "3"})
        assert "1" not in {number for number, _ in running.lines("policy")}


async def test_a_worker_that_is_starting_looks_at_a_policy_that_another_has_seen(tmp_path: Path) -> None:
    """It may have read the former one already."""
    async with supervised(tmp_path) as running:
        ready = dict(await running.until_ready(2))
        await running.until(lambda: running.banners)
        running.behave("2", "never ready")
        os.kill(ready["2"], signal.SIGKILL)
        await running.until(lambda: len(running.lines("started")) == 3)
        running.behave("1", "sees a policy")
        os.kill(ready["1"], signal.SIGKILL)
        await running.until(lambda: running.lines("started")[2] in running.lines("policy"))


async def test_a_worker_that_is_replaced_looks_at_a_policy_that_another_has_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers the next request of each connection that it has."""
    monkeypatch.setattr(supervision, "END_SECONDS", 0.2)
    (tmp_path / "1").write_text("ignores signals")
    async with supervised(tmp_path) as running:
        former = dict(await running.until_ready(2))["1"]
        await running.until(lambda: running.banners)
        running.behave("1", "sees a policy")
        os.kill(os.getpid(), signal.SIGHUP)
        await running.until(
            lambda: ("1", former) in running.lines("policy") and ("1", former) in running.lines("drained")
        )


async def test_a_system_that_starts_no_process_ends_no_worker_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with supervised(tmp_path) as running:
        ready = dict(await running.until_ready(2))
        await running.until(lambda: running.banners)
        with monkeypatch.context() as refusing:
            refusing.setattr(asyncio, "create_subprocess_exec", refuse)
            os.kill(os.getpid(), signal.SIGHUP)
            await running.until(lambda: "The restart ends here" in caplog.text)
            assert all(map(is_running, ready.values()))
            os.kill(ready["2"], signal.SIGKILL)
            await running.until(lambda: "Worker 2 did not start; the next attempt is in" in caplog.text)
            assert is_running(ready["1"])
        assert (await running.until_ready(3))[2][0] == "2"
    assert "The system starts no process for worker 1 ([Errno 11] no more processes)." in caplog.text


async def test_a_system_that_starts_no_first_worker_ends_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    async with supervised(tmp_path) as running:
        with pytest.raises(WorkersFailed, match="worker 1 did not start"):
            await running.running


async def refuse(*_command: str, **_options: object) -> NoReturn:
    """What the system says to one who has too many processes."""
    raise BlockingIOError(errno.EAGAIN, "no more processes")


async def test_workers_that_do_not_end_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "END_SECONDS", 0.5)
    async with supervised(tmp_path, how="ignores signals") as running:
        await running.until_ready(2)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(60):
            await running.running


async def test_workers_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    async with supervised(tmp_path) as running:
        ready = await running.until_ready(2)
        await running.until(lambda: running.banners)
        # What the kernel does for a process that is killed: it closes the channels.
        for process in list(running.supervisor._processes):
            process._channel.close()
        await running.until(lambda: not any(is_running(pid) for _, pid in ready))
