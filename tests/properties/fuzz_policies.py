"""Compares as many random policies with the interpreter as fit into the time: `make fuzz ARGS="--seed 7"`.

It ends with 1 at the first difference, and prints the smallest policy and world that show it.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random, SystemRandom

import asyncpg

from app import embedded
from tests.support.databases import UNSAFE_BUT_QUICK, build, fresh_database, in_new_loop
from tests.support.interpreter.agreement import POLICIES_A_WORLD, Difference, Tally, first_difference, smallest


async def search(url: str, seed: int, policies: int, seconds: float) -> tuple[Tally, Difference | None]:
    """Returns what was compared, and the first difference."""
    connection = await asyncpg.connect(url)
    random, tally, until = Random(seed), Tally(), time.monotonic() + seconds
    difference: Difference | None = None
    try:
        while difference is None and tally.loaded < policies and time.monotonic() < until:
            most = min(policies, tally.loaded + POLICIES_A_WORLD)
            difference = await first_difference(connection, random, most, tally)
        return tally, difference and await smallest(connection, difference)
    finally:
        await connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="default: a random one")
    parser.add_argument("--policies", type=int, default=5000, help="how many to compare (default: 5000)")
    parser.add_argument("--seconds", type=float, default=600, help="how long at most (default: 600)")
    wanted = parser.parse_args()
    sys.stdout.write(f"Seed {wanted.seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(prefix="portico-fuzz-") as folder:
        Path(folder).chmod(0o711)
        with (
            embedded.running(Path(folder) / "data", UNSAFE_BUT_QUICK) as server,
            fresh_database(server, "template0") as url,
        ):
            in_new_loop(build(url))
            tally, difference = asyncio.run(search(url, wanted.seed, wanted.policies, wanted.seconds))
    decisions = sum(tally.answers.values())
    sys.stdout.write(f"{tally.loaded} policies, {decisions} decisions ({tally.answers[True]} allowed). ")
    sys.stdout.write(f"{tally.refused} policies were refused.\n")
    sys.stdout.write("No difference.\n" if difference is None else f"A difference:\n\n{difference}\n")
    return 0 if difference is None else 1


if __name__ == "__main__":
    sys.exit(main())
