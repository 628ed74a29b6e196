"""A worker that serves nothing, for tests of the supervisor.

    python -m tests.app.workers.fake_worker NUMBER LISTENER CHANNEL

Each writes its number and process to `$FOLDER/started`. What it does next, the file `$FOLDER/NUMBER`, or else
`$FOLDER/all`, tells: `fails`, `never ready`, `ends`, `hangs`, `ignores signals`, `sees a policy`; else it runs until it
is ended.
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from app.workers.channel import ALIVE, DRAIN, POLICY, READY, Channel

FOLDER = Path(os.environ["FOLDER"])


def note(event: str, number: str) -> None:
    with (FOLDER / event).open("a") as file:
        file.write(f"{number} {os.getpid()}\n")


def behaviour(number: str) -> str:
    for name in (number, "all"):
        if (FOLDER / name).exists():
            return (FOLDER / name).read_text()
    return ""


async def work(number: str, descriptor: int) -> None:
    end, ended = socket.socket(fileno=descriptor), asyncio.Event()
    end.setblocking(False)
    channel = Channel(end)

    def drain() -> None:
        note("drained", number)
        ended.set()

    listening = asyncio.create_task(channel.listen({DRAIN: drain, POLICY: lambda: note("policy", number)}))
    listening.add_done_callback(lambda _: ended.set())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await asyncio.sleep(0.05)
    how = behaviour(number)
    if how == "fails":
        sys.exit(3)
    if how != "never ready":
        channel.send(READY)
        note("ready", number)
    if how == "ends":
        await asyncio.sleep(0.05)
        return
    if how == "sees a policy":
        channel.send(POLICY)
    while not ended.is_set() or how == "ignores signals":
        if how != "hangs":
            channel.send(ALIVE)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    note("started", sys.argv[1])
    asyncio.run(work(sys.argv[1], int(sys.argv[3])))
