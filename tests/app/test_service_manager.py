"""What a process says to the service manager that started it."""

import asyncio
import faulthandler
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.service_manager import SHORTEST_PAUSE, ServiceManager, service_manager
from tests.support.notify_socket import NotifySocket, notify_socket
from tests.support.paths import ROOT

VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


@pytest.fixture(params=["a file", "an abstract name"])
def receiving(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifySocket]:
    path = tmp_path / "notify" if request.param == "a file" else f"@portico-test-{os.getpid()}"
    with notify_socket(path) as receiving:
        yield receiving


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test, or the code under test, changes of the variables and of the fault handler ends with the test."""
    was_enabled = faulthandler.is_enabled()
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    yield
    if was_enabled:
        faulthandler.enable()
    else:
        faulthandler.disable()


def set_variables(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    for name, value in zip(VARIABLES, values, strict=True):
        monkeypatch.setenv(name, value)


async def test_the_messages_are_those_of_the_protocol(receiving: NotifySocket) -> None:
    manager = ServiceManager(receiving.address)
    manager.ready()
    assert await receiving.next() == "READY=1"
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    manager.reloading()
    reloading, microseconds = (await receiving.next()).split("\n")
    assert reloading == "RELOADING=1"
    name, value = microseconds.split("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    manager.stopping()
    assert await receiving.next() == "STOPPING=1"


async def test_a_process_reports_more_often_than_the_watchdog_asks_unless_its_loop_is_blocked(
    receiving: NotifySocket,
) -> None:
    reporting = asyncio.create_task(ServiceManager(receiving.address, 0.15).report_alive())
    for _ in range(5):
        assert await receiving.next() == "WATCHDOG=1"
    receiving.drain()
    time.sleep(0.3)
    assert receiving.drain() == []
    assert await receiving.next() == "WATCHDOG=1"
    reporting.cancel()


async def test_without_a_watchdog_nothing_is_reported(receiving: NotifySocket) -> None:
    await ServiceManager(receiving.address).report_alive()
    assert receiving.drain() == []


def test_without_a_service_manager_nothing_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    manager = service_manager()
    assert manager == ServiceManager(None, None)
    manager.ready()
    assert caplog.records == []


def test_a_manager_that_is_away_is_logged_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager(str(tmp_path / "nowhere")).ready()
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("The service manager can't be told READY=1 (")


async def test_a_manager_that_does_not_read_stops_nothing_and_is_logged_once(
    receiving: NotifySocket, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, suppress(BlockingIOError):
        other.setblocking(False)
        while True:
            other.sendto(b"OTHER=1", receiving.address.replace("@", "\0"))
    waits = []
    sendto = socket.socket.sendto

    class Sender(socket.socket):
        def sendto(self, *arguments: Any) -> int:
            waits.append(self.gettimeout())
            return sendto(self, *arguments)

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(socket, "socket", Sender)
        reporting = asyncio.create_task(ServiceManager(receiving.address, 0.000001).report_alive())
        async with asyncio.timeout(60):
            while len(waits) < 3:
                await asyncio.sleep(0.01)
    assert waits == [0.0] * len(waits)
    [record] = caplog.records
    assert record.getMessage().startswith("The service manager can't be told WATCHDOG=1 (")
    assert set(receiving.drain()) == {"OTHER=1"}
    assert await receiving.next() == "WATCHDOG=1"
    reporting.cancel()


async def test_there_is_a_pause_between_reports_however_little_time_the_watchdog_leaves(
    monkeypatch: pytest.MonkeyPatch, receiving: NotifySocket
) -> None:
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    with monkeypatch.context() as patching:
        patching.setattr(asyncio, "sleep", sleep)
        with pytest.raises(asyncio.CancelledError):
            await ServiceManager(receiving.address, 0.000001).report_alive()
    assert pauses == [SHORTEST_PAUSE] * 3


def test_the_variables_are_read_once_and_no_child_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, "/run/notify", "30000000", str(os.getpid()))
    assert service_manager() == ServiceManager("/run/notify", 30.0)
    assert not {name for name in VARIABLES if name in os.environ}


@pytest.mark.parametrize("microseconds", ["", "0", "-5", "soon", "\u0663", "9" * 5000, str(2**64 - 1)])
def test_what_is_no_time_is_no_watchdog(monkeypatch: pytest.MonkeyPatch, microseconds: str) -> None:
    set_variables(monkeypatch, "/run/notify", microseconds, "")
    assert service_manager() == ServiceManager("/run/notify", None)


def test_a_watchdog_of_another_process_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, "/run/notify", "30000000", "1")
    assert service_manager() == ServiceManager("/run/notify", None)


@pytest.mark.parametrize("address", ["vsock:2:1234", "relative"])
def test_an_address_of_another_kind_is_ignored(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    set_variables(monkeypatch, address, "30000000", "")
    assert service_manager() == ServiceManager()


def test_a_process_that_the_watchdog_aborts_says_where_it_was() -> None:
    program = (
        "import os\nfrom app.service_manager import service_manager\nservice_manager()\ndef hang(): os.abort()\nhang()"
    )
    environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "1000000"}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == -6
    assert "in hang" in ended.stderr
