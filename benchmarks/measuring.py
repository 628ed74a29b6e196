"""Rounds of measurements: every contender has its turn at every page in each, so that a noisy moment hits all."""

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
    """What is measured: `seconds` for each measurement, of which every round has one of each kind."""

    pages: Sequence[str]
    rounds: int
    seconds: float


def measure(
    plan: Plan, ports: Mapping[Contender, int], viewer: Viewer, tell: Callable[[str], None] = lambda text: None
) -> Figures:
    """The best of the rounds: what else runs on the machine can only slow a contender down, never help it.

    Each contender is warmed up on each page beforehand, on all connections.
    """
    seen: dict[tuple[str, int, str], list[float]] = {}
    for page in plan.pages:
        for contender, port in ports.items():
            tell(f"warm-up {page} {contender.name}")
            rate(port, max(CONNECTIONS), min(plan.seconds, 1.0), request(contender, page, viewer))
    for number in range(plan.rounds):
        for page in plan.pages:
            for connections in CONNECTIONS:
                for contender, port in ports.items():
                    tell(f"round {number + 1} of {plan.rounds}: {page}, {connections} connections, {contender.name}")
                    got = rate(port, connections, plan.seconds, request(contender, page, viewer))
                    seen.setdefault((page, connections, contender.name), []).append(got)
    figures: Figures = {}
    for (page, connections, name), rates in seen.items():
        figures.setdefault(page, {}).setdefault(str(connections), {})[name] = round(max(rates), 1)
    return figures


def rate(port: int, connections: int, seconds: float, request: bytes) -> float:
    """Requests per second, as a load generator in a process of its own counts them.

    Raises subprocess.CalledProcessError where a request was not answered with 200.
    """
    command = [sys.executable, "-m", "benchmarks.client", str(port), str(connections), str(seconds)]
    done = subprocess.run(
        command, input=request, stdout=subprocess.PIPE, check=True, timeout=seconds + LONGEST_EXTRA_SECONDS
    )
    told = json.loads(done.stdout)
    return float(told["answers"] / told["seconds"])
