"""Measures in rounds: each round covers every contender and page, so that a noisy moment affects all of them."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.requests import request
from benchmarks.servers import Contender
from benchmarks.world import Viewer

CONNECTIONS = (1, 16)
LONGEST_EXTRA_SECONDS = 120

Figures = dict[str, dict[str, dict[str, float]]]
"""Requests per second by page, number of connections, and contender."""


@dataclass(frozen=True)
class Plan:
    """The measurements: `seconds` each, one of every kind per round."""

    pages: Sequence[str]
    rounds: int
    seconds: float


def measure(
    plan: Plan, ports: Mapping[Contender, int], viewer: Viewer, show_status: Callable[[str], None] = lambda text: None
) -> Figures:
    """The best result of all rounds: other load on the machine can only slow a contender down.

    First, each contender is warmed up on each page, on all connections.
    """
    measured: dict[tuple[str, int, str], list[float]] = {}
    for page in plan.pages:
        for contender, port in ports.items():
            show_status(f"warm-up {page} {contender.name}")
            rate(port, max(CONNECTIONS), min(plan.seconds, 1.0), request(contender, page, viewer))
    for number in range(plan.rounds):
        for page in plan.pages:
            for connections in CONNECTIONS:
                for contender, port in ports.items():
                    show_status(
                        f"round {number + 1} of {plan.rounds}: {page}, {connections} connections, {contender.name}"
                    )
                    result = rate(port, connections, plan.seconds, request(contender, page, viewer))
                    measured.setdefault((page, connections, contender.name), []).append(result)
    figures: Figures = {}
    for (page, connections, name), rates in measured.items():
        figures.setdefault(page, {}).setdefault(str(connections), {})[name] = round(max(rates), 1)
    return figures


@dataclass(frozen=True)
class Sample:
    """One measurement: requests per second, and percentiles of the response times in milliseconds."""

    rate: float
    p50: float
    p99: float


def rate(port: int, connections: int, seconds: float, request: bytes) -> float:
    """Requests per second. Raises like `sample`."""
    return sample(port, connections, seconds, request).rate


def sample(port: int, connections: int, seconds: float, request: bytes) -> Sample:
    """A measurement by a load generator in a separate process.

    Raises subprocess.CalledProcessError if a response has another status than 200.
    """
    command = [sys.executable, "-m", "benchmarks.client", str(port), str(connections), str(seconds)]
    process = subprocess.run(
        command, input=request, stdout=subprocess.PIPE, check=True, timeout=seconds + LONGEST_EXTRA_SECONDS
    )
    result = json.loads(process.stdout)
    return Sample(result["answers"] / result["seconds"], result["p50"], result["p99"])
