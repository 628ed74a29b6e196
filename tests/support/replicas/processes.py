"""The processes of a PostgreSQL server, with which a test does what happens to a machine: it kills or freezes them."""

import os
import signal
from contextlib import suppress

import psutil

from app.embedded.cluster import Cluster


def processes_of(cluster: Cluster) -> list[psutil.Process]:
    """All processes of the server, which are those that work in its data folder."""
    data, found = os.fspath(cluster.data.resolve()), []
    for process in psutil.process_iter(["name", "cwd", "status"], ad_value=None):
        info = process.info
        if info["name"] == "postgres" and info["cwd"] == data and info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def send(cluster: Cluster, number: signal.Signals) -> bool:
    """Send a signal to all processes of the server. Returns whether there are any."""
    processes = processes_of(cluster)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    return bool(processes)


def freeze(cluster: Cluster) -> None:
    """Stop all processes of the server, which keep their connections and whatever they have locked."""
    send(cluster, signal.SIGSTOP)


def thaw(cluster: Cluster) -> None:
    """Let them go on."""
    send(cluster, signal.SIGCONT)
