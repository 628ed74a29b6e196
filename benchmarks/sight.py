"""`python -m benchmarks sight`: the cost of metrics, traces and the JSON log.

It compares the smallest page (Q1) on a server with the default settings, so without metrics and traces and with a text
log, with servers that have metrics; and metrics, a JSON log and traces, one operation in a hundred of which is sampled
and exported. All write their logs to a file.

Processor time is that of the server's process for one request, which other load changes least. Rounds alternate, and
each is compared with the server without in the same round, so that other load meets all of them. One process is up to
some percent faster than another of the same program for as long as it runs, depending on where its memory lies: so
all are started anew several times, and a second server without is measured like the others. Its ratio would be 1
without noise.

Prometheus reads metrics every fifteen seconds, so most measurements would contain no reading. So its processor time is
measured on its own, and divided among the requests of fifteen seconds.
"""

import asyncio
import threading
import time
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

SCRAPE_SECONDS: Final = 15.0
"""How often Prometheus reads the metrics: the interval in its own example of a configuration."""

SCRAPES: Final = 20
"""How many times the metrics are read to measure what that takes."""


@dataclass
class Watched:
    """A server and its figures, one of each round: requests per second, processor seconds per request, and those of one
    time that its metrics are read, or 0 if it has none."""

    contender: Contender
    metrics_port: int = 0
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    scrapes: list[float] = field(default_factory=list)

    def shared_costs(self) -> list[float]:
        """Processor seconds per request in each round, with its share of the time that reading the metrics takes."""
        scrape = median(self.scrapes) if self.scrapes else 0.0
        return [cost + scrape / (SCRAPE_SECONDS * rate) for cost, rate in zip(self.costs, self.rates, strict=True)]


def main(arguments: list[str]) -> None:
    """Measure Q1 with and without metrics, traces and the JSON log, and print both."""
    parser = ArgumentParser(prog="python -m benchmarks sight", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="seconds per measurement (default 1)")
    parser.add_argument("--rounds", type=int, default=10, help="rounds after each start (default 10)")
    parser.add_argument("--starts", type=int, default=5, help="how many times the servers are started (default 5)")
    parser.add_argument("--organizations", type=int, default=20, help="size of the data set (default 20)")
    parser.add_argument("--database-url", help="a database to load the data set into, instead of an embedded one")
    options = parser.parse_args(arguments)
    console = Console()
    folder = default_data_dir() / "benchmarks"
    with world.database(options.database_url, folder) as url, _collector() as collector:
        (viewer, *_) = asyncio.run(world.prepare(url, options.organizations, console))
        environment = world.environment(url, [viewer], folder)
        watched = contenders(collector)
        for _ in range(options.starts):
            with serving([each.contender for each in watched], environment, folder) as ports:
                measure(watched, ports, viewer, options.rounds, options.seconds)
                measure_scrapes(watched, ports)
    console.print(table(watched))


def contenders(collector: int) -> list[Watched]:
    """A server without anything, another one, and those that are watched. `collector` is the port that traces are sent
    to."""
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
        Watched(Contender("portico again", PORTICO.command)),
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
            before = _processor_seconds(process)
            result = sample(port, CONNECTIONS, seconds, request(each.contender, PAGE, viewer))
            used = _processor_seconds(process) - before
            if number:
                each.rates.append(result.rate)
                each.costs.append(used / (result.rate * seconds))


def measure_scrapes(watched: Sequence[Watched], ports: Mapping[Contender, int]) -> None:
    """Read the metrics of each server that has some, and add the processor seconds of one time to its figures."""
    for each in watched:
        if each.metrics_port:
            process = _listening_on(ports[each.contender])
            before = _processor_seconds(process)
            with httpx.Client() as prometheus:
                for _ in range(SCRAPES):
                    prometheus.get(f"http://127.0.0.1:{each.metrics_port}/metrics").raise_for_status()
            each.scrapes.append((_processor_seconds(process) - before) / SCRAPES)


def _listening_on(port: int) -> int:
    """The id of the process that listens on a port of this machine."""
    listening = (each for each in psutil.net_connections("tcp4") if each.status == psutil.CONN_LISTEN)
    return next(each.pid for each in listening if each.pid and each.laddr and each.laddr.port == port)


def _processor_seconds(process: int) -> float:
    """The processor time of a process so far, by its clock (clock_getcpuclockid(3), of Linux): the figures that others
    show of a process are rounded to hundredths of a second."""
    return time.clock_gettime((~process << 3) | 2)


def table(watched: Sequence[Watched]) -> Table:
    """A table of the figures. Ratios are medians over the rounds, each compared with the first server in that round."""
    plain, again = watched[:2]
    result = Table("server", "requests/s", "ratio", "µs of processor time", "ratio", "reading the metrics, ms")
    for each in watched:
        throughput = median(rate / other for rate, other in zip(each.rates, plain.rates, strict=True))
        costs = each.shared_costs()
        ratio = median(cost / other for cost, other in zip(costs, plain.costs, strict=True))
        mark = "" if each in (plain, again) else f" {'✓' if ratio <= TARGET else '✗'} (at most {TARGET:g})"
        figures = f"{median(each.rates):,.0f}", f"{throughput:.3f}", f"{median(costs) * 1e6:.0f}", f"{ratio:.3f}{mark}"
        result.add_row(each.contender.name, *figures, f"{median(each.scrapes) * 1e3:.1f}" if each.scrapes else "")
    return result


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
