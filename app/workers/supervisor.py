"""Keeps a number of workers running: starts them, replaces those that die, restarts all one by one, and ends them.

- *Start.* The first worker starts alone, so that it checks the policy once for all; then the others. If one of them
  doesn't get ready, there is nothing to serve: all end.
- *No process.* If the system refuses a new process, or has no file descriptor left, that counts as a worker that
  doesn't get ready: those that run go on.
- *Crash.* A worker that has ended is started again after a pause, which doubles each time, up to a minute. If no worker
  runs, and none has got ready in `MOST_FAILURES` attempts each, all end.
- *Restart* (SIGHUP). For each worker in turn, a new one is started, and the former one ends when the new one is ready
  and its own connections have ended. A new worker runs the program, and reads the policy, as they are on disk then. If
  one doesn't get ready, the former ones stay. The restart waits for a worker that is being started again after a crash,
  but no longer than a start may take: every attempt after that runs the new program anyway. A SIGHUP during a restart
  is remembered, and several of them count as one.
- *Hang.* A worker whose event loop has not run for `HANG_SECONDS` is ended.
- *End* (SIGTERM, SIGINT). All workers end within the time of a server; what is left is killed.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.background import wait_for_event
from app.service_manager import ServiceManager
from app.workers.process import WorkerProcess, WorkerProgram

log = logging.getLogger("portico.workers")

START_SECONDS: Final = 120.0
"""How long a worker may take until it accepts connections: the checks of a policy take seconds, on a busy machine
more."""

LOCK_SECONDS: Final = START_SECONDS
"""How long a restart waits for a worker that is being started again: as long as an attempt may take that has begun
before the restart."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds until a worker is started again: the pause doubles from one time to the next, up to the longest."""

STEADY_SECONDS: Final = 60.0
"""After a worker has run for this long, its next pause is the first again."""

MOST_FAILURES: Final = 5
"""How often in a row a worker may fail to get ready while no other runs."""

HANG_SECONDS: Final = 60

RETIRE_SECONDS: Final = 95.0
"""How long a worker that is replaced may take to answer the requests that it has accepted."""

END_SECONDS: Final = 4.6
"""How long workers may take to end after SIGTERM. They end themselves a little earlier."""


class WorkersFailed(Exception):
    """The workers can't be started; each has said why in the log."""


@dataclass(eq=False)
class _Slot:
    """The place of one worker. `lock` is held while its process is replaced."""

    number: int
    process: WorkerProcess | None = None
    pause: float = field(default_factory=lambda: FIRST_PAUSE)
    failures: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_serving(self) -> bool:
        """Whether its worker accepts connections."""
        return self.process is not None and self.process.ready.is_set() and not self.process.ended.is_set()


class WorkerSupervisor:
    """Supervises `workers` workers that run `program`. `on_ready` is called once all of them accept connections.
    `manager` is notified then, and when the workers are restarted and ended. Each of `beside` runs beside the workers
    from then on, and its error ends all."""

    def __init__(
        self,
        program: WorkerProgram,
        workers: int,
        on_ready: Callable[[], None],
        manager: ServiceManager,
        beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
    ) -> None:
        self._program, self._on_ready, self._manager, self._beside = program, on_ready, manager, beside
        self._slots = [_Slot(number) for number in range(1, workers + 1)]
        self._processes: set[WorkerProcess] = set()
        self._stop = asyncio.Event()
        self._restart = asyncio.Event()
        self._is_restarting = False
        self._hurry = asyncio.Event()

    async def run(self, on_stop: Callable[[], None]) -> None:
        """Serves until SIGTERM or SIGINT; then calls `on_stop`, and ends all workers. Raises WorkersFailed, and the
        errors of what runs beside."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if not self._stop.is_set():
                on_stop()
                self._manager.stopping()
            self._stop.set()

        def restart() -> None:
            if self._is_restarting:
                log.info("SIGHUP during a restart: once it has ended, the workers are restarted again.")
            self._restart.set()
            self._hurry.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        loop.add_signal_handler(signal.SIGHUP, restart)
        work = asyncio.create_task(self._work())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            for task in (work, stopped):
                task.cancel()
            await self._end_all()

    async def _work(self) -> None:
        first, *others = self._slots
        await self._start_first(first)
        await asyncio.gather(*map(self._start_first, others))
        self._on_ready()
        self._manager.ready()
        work = [
            *map(self._keep_running, self._slots),
            self._restart_on_request(),
            self._end_hung(),
            self._manager.report_alive(),
            *(beside() for beside in self._beside),
        ]
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            await asyncio.gather(*tasks)
        finally:
            # After an error, the others would start workers again that are being ended.
            for task in tasks:
                task.cancel()

    async def _start_first(self, slot: _Slot) -> None:
        if not await self._start(slot):
            raise WorkersFailed(f"worker {slot.number} did not start; what it wrote before says why")

    async def _start(self, slot: _Slot) -> bool:
        """Starts a worker, and puts it into its place once it is ready. Returns whether it is."""
        try:
            process = await WorkerProcess.start(self._program, slot.number, self._reload_policy)
        except OSError as error:
            log.error("The system starts no process for worker %d (%s).", slot.number, error)  # noqa: TRY400
            slot.failures += 1
            return False
        self._processes.add(process)
        if not await process.is_ready_within(START_SECONDS):
            slot.failures += 1
            if not process.ended.is_set():
                log.error("%s was not ready after %g seconds: it is ended.", _capitalized(process), START_SECONDS)
            process.kill()
            await process.ended.wait()
            self._processes.discard(process)
            return False
        slot.process, slot.failures = process, 0
        log.info("%s is ready.", _capitalized(process))
        return True

    async def _keep_running(self, slot: _Slot) -> None:
        loop = asyncio.get_running_loop()
        while True:
            process, begun = slot.process, loop.time()
            assert process is not None
            await process.ended.wait()
            async with slot.lock:
                if slot.process is not process:
                    continue
                self._processes.discard(process)
                if loop.time() - begun >= STEADY_SECONDS:
                    slot.pause = FIRST_PAUSE
                log.error(
                    "%s has ended (%s); it starts again in %g seconds.",
                    _capitalized(process),
                    process.outcome(),
                    slot.pause,
                )
                await self._start_again(slot)

    async def _start_again(self, slot: _Slot) -> None:
        while True:
            # Whoever asks for a restart has perhaps removed what kept the worker from starting.
            await wait_for_event(self._hurry, slot.pause)
            self._hurry.clear()
            slot.pause = min(slot.pause * 2, LONGEST_PAUSE)
            if await self._start(slot):
                # It may have missed a change of the policy, or seen one that the others have not.
                assert slot.process is not None
                self._reload_policy(slot.process)
                return
            log.error("Worker %d did not start; the next attempt is in %g seconds.", slot.number, slot.pause)
            if not any(other.is_serving for other in self._slots) and all(
                other.failures >= MOST_FAILURES for other in self._slots
            ):
                raise WorkersFailed("no worker starts any more; what they wrote before says why")

    async def _restart_on_request(self) -> None:
        while True:
            await self._restart.wait()
            self._restart.clear()
            log.info("Restarting the workers, one after the other.")
            self._is_restarting = True
            self._manager.reloading()
            await self._replace_all()
            self._manager.ready()
            self._is_restarting = False
            self._hurry.clear()

    async def _replace_all(self) -> None:
        """Replaces the workers one after the other, until one doesn't start, and logs the result."""
        left_out = []
        for slot in self._slots:
            if not await self._acquire(slot):
                left_out.append(str(slot.number))
                continue
            try:
                is_replaced = await self._replace(slot)
            finally:
                slot.lock.release()
            if not is_replaced:
                log.error("The restart ends here: a new worker %d did not start. The former ones stay.", slot.number)
                return
        if left_out:
            log.warning(
                "The restart has ended without worker %s, which doesn't start: the supervisor keeps trying.",
                ", ".join(left_out),
            )
        else:
            log.info("All workers have been restarted.")

    async def _acquire(self, slot: _Slot) -> bool:
        """Acquires the lock of a slot. Returns False if its worker has been started again, in vain, for so long that
        every further attempt has begun after the request for a restart."""
        if slot.lock.locked():
            log.info("The restart waits for worker %d, which is being started again.", slot.number)
        try:
            async with asyncio.timeout(LOCK_SECONDS):
                return await slot.lock.acquire()
        except TimeoutError:
            return False

    async def _replace(self, slot: _Slot) -> bool:
        """Replaces a worker whose lock is held. Returns False if the new one doesn't start."""
        former = slot.process
        if not await self._start(slot):
            slot.failures = 0
            return False
        if former is not None:
            await former.retire(RETIRE_SECONDS)
            self._processes.discard(former)
        return True

    def _reload_policy(self, by: WorkerProcess) -> None:
        """Lets the other workers look at the policy file, after one of them has: also those that still answer the last
        request of each of their connections."""
        for process in self._processes:
            if process is not by:
                process.reload_policy()

    async def _end_hung(self) -> None:
        # Looks are counted, not seconds: if the whole machine or session was stopped, no worker hangs because of that.
        while True:
            await asyncio.sleep(1)
            for slot in self._slots:
                if slot.process is not None and slot.is_serving:
                    slot.process.silent += 1
                    if slot.process.silent > HANG_SECONDS:
                        log.error("%s hangs: it is ended.", _capitalized(slot.process))
                        slot.process.kill()

    async def _end_all(self) -> None:
        for process in self._processes:
            process.terminate()
        ends = [asyncio.create_task(process.ended.wait()) for process in self._processes]
        if ends:
            await asyncio.wait(ends, timeout=END_SECONDS)
        for process in self._processes:
            process.kill()
        await asyncio.gather(*(process.closed() for process in self._processes))


def _capitalized(process: WorkerProcess) -> str:
    text = str(process)
    return text[0].upper() + text[1:]
