"""Runs the processes that try out edits of the policy, one after the other and never in the event loop."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from app.policy_playground.limits import (
    COMPARE_SECONDS,
    LINT_SECONDS,
    LIVE_SECONDS,
    TIMES_AS_LONG,
    without_answer,
)
from authz.language.diagnostics import Diagnostic, from_json
from authz.policy import Policy, prohibitions_beside, version_of
from resolvers.fair_queue import FairQueue, Flow
from resolvers.policy_analysis.edits.playground import PolicyEdit

WAITING: Final = 16
"""How many callers may wait for each of the two, a quarter of them of one caller."""

LINT_PATIENCE, COMPARE_PATIENCE = 20.0, 120.0
"""How long a caller waits for their turn, in seconds."""

IDLE_SECONDS = 300.0
"""How long the linting process is kept after its last use."""

_LINE: Final = 4_000_000
"""More bytes than any answer has."""

_EDIT: Final = TypeAdapter(PolicyEdit)


class PolicyPlayground:
    """The processes of one server: one that lints, and one for each comparison, of which one runs at a time.
    `database_url` is where the comparison reads; beside `path`, the policy's file, are the prohibitions."""

    def __init__(self, database_url: str, path: Path) -> None:
        self._database_url, self._path = database_url, path
        self._lint_places = FairQueue("the linter of policies", 1, WAITING, LINT_PATIENCE)
        self._compare_places = FairQueue("the comparison of policies", 1, WAITING, COMPARE_PATIENCE)
        self._linter: Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def check(self, file: str, source: str, flow: Flow) -> Sequence[Diagnostic]:
        """Returns what the linter finds. Raises QueueFull."""
        async with self._lint_places.place(flow):
            answer = await self._lint({"file": file, "source": source})
        return from_json(answer.decode()) if answer else (without_answer(file, "The check", LINT_SECONDS),)

    async def compare(self, policy: Policy, source: str, flow: Flow) -> PolicyEdit:
        """Checks the source, and compares it with `policy`. Raises QueueFull, and PolicyError and OSError if the
        prohibitions can't be read."""
        text, file = policy.source
        if found := await self.check(file, source, flow):
            return PolicyEdit(version_of(source), tuple(found))
        async with self._compare_places.place(flow):
            prohibitions = await asyncio.to_thread(prohibitions_beside, self._path)
            request = {"text": text, "file": file, "source": source, "prohibitions": prohibitions}
            answer = await _run("app.policy_playground.compare_child", request | {"database_url": self._database_url})
        if not answer:
            return PolicyEdit(version_of(source), (without_answer(file, "The comparison", COMPARE_SECONDS),))
        return _EDIT.validate_json(answer)

    async def close(self) -> None:
        """Ends the linting process. A comparison ends with the request that waits for it."""
        if self._idle is not None:
            self._idle.cancel()
        linter, self._linter = self._linter, None
        if linter is not None:
            await _end(linter)

    def _end_idle(self) -> None:
        if self._linter is not None:
            _kill(self._linter)

    async def _lint(self, request: Mapping[str, str]) -> bytes:
        """The answer of the linting process; empty if it took too long or died. The caller holds the only place."""
        if self._idle is not None:
            self._idle.cancel()
        if self._linter is None or self._linter.returncode is not None:
            self._linter = await _start("app.policy_playground.lint_child")
        answer = b""
        try:
            async with asyncio.timeout(LINT_SECONDS * TIMES_AS_LONG):
                answer = await _ask(self._linter, json.dumps(request))
        except (TimeoutError, ConnectionError):
            pass
        finally:
            if not answer:
                await self.close()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end_idle)
        return answer


async def _ask(process: Process, request: str) -> bytes:
    """The line with which the process answers; empty if it has died."""
    assert process.stdin is not None, "it is a pipe"
    assert process.stdout is not None, "it is a pipe"
    process.stdin.write(request.encode() + b"\n")
    await process.stdin.drain()
    return await process.stdout.readline()


async def _run(module: str, request: Mapping[str, str]) -> bytes:
    """The answer of a process of its own; empty if it took too long or died. It ends with the task that waits."""
    process = await _start(module)
    try:
        async with asyncio.timeout(COMPARE_SECONDS * TIMES_AS_LONG + LIVE_SECONDS):
            answer, _ = await process.communicate(json.dumps(request).encode())
    except TimeoutError:
        return b""
    finally:
        await _end(process)
    return answer if process.returncode == 0 else b""


async def _start(module: str) -> Process:
    options: Any = {"stdin": PIPE, "stdout": PIPE, "stderr": DEVNULL, "limit": _LINE, "start_new_session": True}
    return await asyncio.create_subprocess_exec(sys.executable, "-m", module, env=_environment(), **options)


def _environment() -> dict[str, str]:
    """The environment without the settings, among which are secrets."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}
    inherited.pop("DATABASE_URL", None)
    return inherited | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


async def _end(process: Process) -> None:
    _kill(process)
    await process.wait()


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
