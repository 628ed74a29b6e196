"""`python -m benchmarks sight`: what it costs to watch a server.

It compares the smallest page (Q1) on a server without metrics and traces with servers that have metrics, which are read
every second; and metrics, a JSON log and traces, one operation in a hundred of which is sampled and exported. Rounds
alternate, and each is compared with the server without in the same round, so that other load meets all of them.
Processor time is that of the server's process for one request, which other load changes least.
"""

import asyncio
import threading
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from typing import Final

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from app.data_folder import default_data_dir
from benchmarks import world
from benchmarks.measuring import sample
from benchmarks.requests import request
from benchmarks.servers import PORTICO, Contender, free_port, serving
from benchmarks.world import Viewer

PAGE: Final = "Q1"
CONNECTIONS: Final = 16
TARGET: Final = 1.03
"""At most so many times the processor time of a server without."""


@dataclass
class Watched:
    """A server and its figures, one of each round: requests per second, and processor seconds per request."""

    contender: Contender
    metrics_port: int = 0
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


def main(arguments: list[str]) -> None:
    """Measure Q1 with and without metrics, traces and the JSON log, and print both."""
    parser = ArgumentParser(prog="python -m benchmarks sight", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds per measurement (default 3)")
    parser.add_argument("--rounds", type=int, default=8, help="number of rounds (default 8)")
    parser.add_argument("--organizations", type=int, default=20, help="size of the data set (default 20)")
    parser.add_argument("--database-url", help="a database to load the data set into, instead of an embedded one")
    options = parser.parse_args(arguments)
    console = Console()
    folder = default_data_dir() / "benchmarks"
    with world.database(options.database_url, folder) as url, _collector() as collector:
        (viewer, *_) = asyncio.run(world.prepare(url, options.organizations, console))
        watched = contenders(collector)
        with (
            serving([each.contender for each in watched], world.environment(url, [viewer], folder), folder) as ports,
            _scraping([each.metrics_port for each in watched if each.metrics_port]),
        ):
            measure(watched, ports, viewer, options.rounds, options.seconds)
    console.print(table(watched))


def contenders(collector: int) -> list[Watched]:
    """A server without anything, and those that are watched. `collector` is the port that traces are sent to."""
    metrics_port, all_port = free_port(), free_port()
    traces = {
        "PORTICO_LOG_FORMAT": "json",
        "PORTICO_TRACES": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector}",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.01",
    }
    return [
        Watched(PORTICO),
        _watched("portico with metrics", metrics_port, {}),
        _watched("portico with metrics, traces and JSON log", all_port, traces),
    ]


def _watched(name: str, metrics_port: int, settings: Mapping[str, str]) -> Watched:
    values = {"PORTICO_METRICS_PORT": str(metrics_port), **settings}
    return Watched(Contender(name, PORTICO.command, settings=tuple(values.items())), metrics_port)


def measure(
    watched: Sequence[Watched], ports: Mapping[Contender, int], viewer: Viewer, rounds: int, seconds: float
) -> None:
    """Measure each server in each round, and add to its figures. The first round warms up and doesn't count."""
    for number in range(rounds + 1):
        # Another one begins each round.
        turn = number % len(watched)
        for each in (*watched[turn:], *watched[:turn]):
            port = ports[each.contender]
            process = _listening_on(port)
            before = process.cpu_times()
            result = sample(port, CONNECTIONS, seconds, request(each.contender, PAGE, viewer))
            after = process.cpu_times()
            if number:
                each.rates.append(result.rate)
                used = after.user + after.system - before.user - before.system
                each.costs.append(used / (result.rate * seconds))


def _listening_on(port: int) -> psutil.Process:
    """The process that listens on a port of this machine."""
    listening = (each for each in psutil.net_connections("tcp4") if each.status == psutil.CONN_LISTEN)
    return psutil.Process(next(each.pid for each in listening if each.pid and each.laddr and each.laddr.port == port))


def table(watched: Sequence[Watched]) -> Table:
    """A table of the figures. Ratios are medians over the rounds, each compared with the first server in that round."""
    plain = watched[0]
    result = Table("server", "requests/s", "ratio", "µs of processor time", "ratio")
    for each in watched:
        throughput = median(rate / other for rate, other in zip(each.rates, plain.rates, strict=True))
        cost = median(cost / other for cost, other in zip(each.costs, plain.costs, strict=True))
        mark = "" if each is plain else f" {'✓' if cost <= TARGET else '✗'} (at most {TARGET:g})"
        figures = f"{median(each.rates):,.0f}", f"{throughput:.3f}", f"{median(each.costs) * 1e6:.0f}"
        result.add_row(each.contender.name, *figures, f"{cost:.3f}{mark}")
    return result


@contextmanager
def _scraping(ports: Sequence[int]) -> Iterator[None]:
    """Read the metrics of all these ports every second, as Prometheus would every fifteen."""
    ended = threading.Event()

    def scrape() -> None:
        while not ended.wait(1.0):
            for port in ports:
                httpx.get(f"http://127.0.0.1:{port}/metrics").raise_for_status()

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _Collector(BaseHTTPRequestHandler):
    """Takes traces and throws them away."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _collector() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
