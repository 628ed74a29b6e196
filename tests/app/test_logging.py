"""A log never blocks: if nobody reads it, lines are dropped and counted; every line is bounded."""

import asyncio
import logging
import os
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.http.access_log import MAX_PATH, printable_path
from app.logging import MAX_LINE, BackgroundHandler
from tests.support.paths import ROOT

LINES = 5_000


@contextmanager
def handler(
    max_pending: int = 4_000_000, *, is_full: bool = False
) -> Iterator[tuple[logging.Logger, BackgroundHandler, int]]:
    """A logger that writes to a pipe, its handler, and the end of the pipe to read from. Into a pipe that `is_full`,
    nothing can be written."""
    read_end, write_end = os.pipe()
    if is_full:
        os.set_blocking(write_end, False)
        with suppress(BlockingIOError):
            while True:
                os.write(write_end, bytes(select.PIPE_BUF))
    written = BackgroundHandler(write_end, max_pending)
    logger = logging.Logger("test")  # noqa: LOG001
    logger.addHandler(written)
    root_handlers, logging.root.handlers = logging.root.handlers, [written]
    try:
        yield logger, written, read_end
    finally:
        logging.root.handlers = root_handlers
        os.close(read_end)
        written.close()
        os.close(write_end)


def read_until(read_end: int, text: str) -> str:
    """Reads the pipe until `text` has arrived."""
    received = ""
    while text not in received:
        received += os.read(read_end, 65_536).decode()
    return received


def test_lines_are_written_whole_and_in_order() -> None:
    with handler() as (logger, _, read_end):
        for number in range(LINES):
            logger.info("line %d", number)
        logger.info("end")
        assert read_until(read_end, "end\n").splitlines() == [*(f"line {number}" for number in range(LINES)), "end"]


def test_a_full_pipe_blocks_nobody_and_the_dropped_lines_are_counted() -> None:
    with handler(max_pending=200_000) as (logger, _, read_end):
        for number in range(LINES):
            logger.info("line %d %s", number, "x" * 100)
        text, dropped = "", 0
        while text.count("line ") + dropped < LINES:
            text += os.read(read_end, 65_536).decode()
            dropped = sum(map(int, re.findall(r"(\d+) log lines were dropped", text)))
        assert 0 < dropped < LINES
        assert text.count("line ") + dropped == LINES


def test_a_line_is_bounded() -> None:
    with handler() as (logger, _, read_end):
        logger.info("x" * 1_000_000)
        line = read_until(read_end, "\n")
        assert len(line) < MAX_LINE + 100
        assert line.endswith("more characters)\n")
    path = printable_path({"path": "/", "raw_path": b"/" + b"a" * 60_000})
    assert len(path) <= MAX_PATH + 3


def test_a_line_that_cannot_be_formatted_raises_nothing() -> None:
    with handler() as (logger, _, read_end):
        logger.info("%d", "no number")
        assert "could not be formatted" in read_until(read_end, "\n")


def test_a_reader_that_is_gone_raises_nothing() -> None:
    read_end, write_end = os.pipe()
    written = BackgroundHandler(write_end)
    os.close(read_end)
    logger = logging.Logger("test")  # noqa: LOG001
    logger.addHandler(written)
    logger.info("line")
    written.close()
    os.close(write_end)


PROGRAM = """
import logging, sys, time
from app.logging import configure, log_failures
configure()
log_failures()
for number in range(100_000):
    logging.getLogger("portico").info("line %d", number)
open(sys.argv[1], "w").close()
if sys.argv[2:]:
    import threading, warnings
    threading.Thread(target=lambda: 1 / 0).start()
    warnings.warn("careful")
    while True:
        time.sleep(1)
"""


@pytest.mark.parametrize("how", ["by itself", "by a signal"])
def test_a_process_ends_though_nobody_reads_its_standard_error(tmp_path: Path, how: str) -> None:
    done = tmp_path / "done"
    command = [sys.executable, "-c", PROGRAM, str(done), *(["wait"] if how == "by a signal" else [])]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        if how == "by a signal":
            finished = threading.Event()
            while not done.exists():
                assert process.poll() is None
                finished.wait(0.05)
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == (-signal.SIGTERM if how == "by a signal" else 0)
    finally:
        process.kill()
        process.communicate()


async def test_a_request_is_not_delayed_by_a_full_pipe() -> None:
    with handler(max_pending=10_000, is_full=True) as (logger, written, _):
        logger.info("the line that the thread waits to write")
        while written._lines:
            await asyncio.sleep(0.01)

        async def log_and_yield() -> None:
            for _ in range(LINES):
                logger.info("x" * 100)
                await asyncio.sleep(0)

        async with asyncio.timeout(60):
            await log_and_yield()
        assert written.dropped > 0
