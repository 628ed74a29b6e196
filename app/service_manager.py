"""Reports the state of this process to the service manager that started it, by the protocol of sd_notify(3).

A unit of systemd with `Type=notify` has started once the process has sent `READY=1`. With `WatchdogSec=`, the process
must also send `WATCHDOG=1` again and again; if it is silent for that long, systemd ends it and starts it anew. A
message is a datagram to the Unix socket in `NOTIFY_SOCKET`. Without that variable, nothing is sent.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import asyncio
import faulthandler
import logging
import os
import re
import socket
import time
from dataclasses import dataclass
from typing import Final

log = logging.getLogger("portico")

SEND_SECONDS: Final = 1.0
"""How long a message may wait for a service manager that doesn't read. One that says that the process is alive doesn't
wait: another follows, and meanwhile all requests would wait, too."""

MESSAGES_PER_TIMEOUT: Final = 3
"""How often the process reports that it is alive within the time of the watchdog."""

SHORTEST_PAUSE: Final = 0.02
"""Seconds between two such reports, however little time the watchdog leaves."""

_MICROSECONDS: Final = re.compile("[0-9]{1,19}")
"""The times that sd_watchdog_enabled(3) accepts, apart from 0: those of 64 bits, without the one that means never."""


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The service manager of this process. `address` is that of its socket, None if there is no manager.
    `watchdog_seconds` is the time after which it ends a process that doesn't report, None if it has no watchdog."""

    address: str | None = None
    watchdog_seconds: float | None = None

    def ready(self) -> None:
        """Reports that the process has started, or that it has been reloaded."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Reports that the process is being reloaded, until `ready` is called."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """Reports that the process has begun to end."""
        self._send("STOPPING=1")

    async def report_alive(self) -> None:
        """Reports again and again that the event loop runs, until cancelled. Returns at once without a watchdog."""
        was_sent = True
        while self.watchdog_seconds is not None:
            error = self._try_to_send("WATCHDOG=1", wait_seconds=0)
            # A manager that is away would be a line every few seconds.
            if error is not None and was_sent:
                _log_failure("WATCHDOG=1", error)
            was_sent = error is None
            await asyncio.sleep(max(self.watchdog_seconds / MESSAGES_PER_TIMEOUT, SHORTEST_PAUSE))

    def _send(self, message: str) -> None:
        error = self._try_to_send(message, SEND_SECONDS)
        if error is not None:
            _log_failure(message, error)

    def _try_to_send(self, message: str, wait_seconds: float) -> OSError | None:
        """Sends a message, if there is a manager. Returns what went wrong."""
        if self.address is None:
            return None
        # A name in the abstract namespace begins with a zero byte, which the variable writes as @.
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(wait_seconds)
                sender.sendto(message.encode(), address)
        except OSError as error:
            return error
        return None


def _log_failure(message: str, error: OSError) -> None:
    log.warning("The service manager can't be told %s (%s).", message.partition("\n")[0], error)


def service_manager() -> ServiceManager:
    """Returns the service manager that the environment names, and removes its variables, so that no child process
    reports for this one. If it has a watchdog, a process that it aborts writes its traceback to standard error."""
    address = os.environ.pop("NOTIFY_SOCKET", "")
    microseconds, watched = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
    if not address.startswith(("/", "@")):
        return ServiceManager()
    timeout = int(microseconds) if _MICROSECONDS.fullmatch(microseconds) else 0
    if timeout == 0 or watched not in ("", str(os.getpid())):
        return ServiceManager(address)
    faulthandler.enable()
    return ServiceManager(address, timeout / 1_000_000)
