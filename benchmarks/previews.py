"""`python -m benchmarks previews`: what an access preview costs beside the same page, read by the user themselves.

An admin previews an edit of the limited admin that changes nothing, and the limited admin reads the page: both show
the same rows, which is checked first. Each time is that of the fastest of several requests; the two alternate, so that
other load on the machine meets both.
"""

import asyncio
import json
from argparse import ArgumentParser
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from app.data_folder import default_data_dir
from benchmarks import world
from benchmarks.requests import AnswersDiffer
from benchmarks.servers import PORTICO, serving
from benchmarks.stopwatch import Stopwatch

PAGES: Final = {
    "the counts of accounts and services": "contractAccounts { totalCount } services { totalCount }",
    "25 accounts and 25 services": """
        contractAccounts(first: 25) { totalCount nodes { id name } }
        services(first: 25) { totalCount nodes { id code name } }""",
    "20 accounts with 10 services each": """
        contractAccounts(first: 20) { nodes { id name services(first: 10) {
          nodes { id code name status deliveryAccount { id name } } } } }""",
    "20 accounts with 100 services each": """
        contractAccounts(first: 20) { nodes { id name services(first: 100) {
          nodes { id code name status site { city country } deliveryAccount { id name } } } } }""",
    "50 users with their accounts": """
        users(first: 50) { nodes { id email displayName status permissions
          contractAccounts(first: 5) { nodes { id name } } deliveryAccounts(first: 5) { nodes { id name } } } }""",
}
"""The fields of both, by name."""

PREVIEW: Final = "query ($input: AccessPreviewInput!) { accessPreview(input: $input) { errors { code } after { %s } } }"

TARGET: Final = 2.0
"""A preview takes at most so many times the page."""


def main(arguments: list[str]) -> None:
    """Measure access previews beside the pages that they show, and print both."""
    parser = ArgumentParser(prog="python -m benchmarks previews", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="number of rounds (default 5)")
    parser.add_argument("--seconds", type=float, default=0.3, help="seconds per measurement (default 0.3)")
    parser.add_argument("--organizations", type=int, default=200, help="size of the data set (default 200)")
    options = parser.parse_args(arguments)
    folder, console = default_data_dir() / "benchmarks", Console()
    with world.database(None, folder) as url:
        viewers = asyncio.run(world.prepare(url, options.organizations, console))
        tokens = {viewer.name: viewer.token for viewer in viewers}
        with serving([PORTICO], world.environment(url, viewers, folder), folder) as ports:
            port = ports[PORTICO]
            with Stopwatch(port, tokens[world.ADMIN]) as admin, Stopwatch(port, tokens[world.LIMITED]) as limited:
                console.print(_measured(admin, limited, options.rounds, options.seconds))


def _measured(admin: Stopwatch, limited: Stopwatch, rounds: int, seconds: float) -> Table:
    """Raises AnswersDiffer."""
    table = Table("page", "rows", "page, ms", "preview, ms", "ratio", title="The same rows, read and previewed")
    user = limited.data("{ viewer { user { id } } }", {})["viewer"]["user"]["id"]
    change = {"input": {"user": user}}
    for name, fields in PAGES.items():
        rows = _same_rows(limited.data(f"{{ {fields} }}", {}), admin.data(PREVIEW % fields, change))
        pairs = []
        for _ in range(rounds):
            page = limited.time(f"{{ {fields} }}", {}, seconds).milliseconds
            preview = admin.time(PREVIEW % fields, change, seconds).milliseconds
            assert page is not None
            assert preview is not None
            pairs.append((page, preview))
        ratio = median(preview / page for page, preview in pairs)
        mark = "✓" if ratio <= TARGET else "✗"
        times = (f"{median(each):.2f}" for each in zip(*pairs, strict=True))
        table.add_row(name, str(rows), *times, f"{ratio:.1f} {mark}")
    return table


def _same_rows(page: Any, preview: Any) -> int:
    """The number of rows of both."""
    ids = [_ids(page), _ids(preview["accessPreview"]["after"])]
    if ids[0] != ids[1]:
        raise AnswersDiffer(json.dumps(ids)[:1000])
    return sum(len(rows) for _, rows in ids[0].values())


def _ids(view: dict[str, Any]) -> dict[str, tuple[int | None, list[str]]]:
    """The count and the ids in each list of a view; what its nodes contain is as visible to whoever asks."""
    return {
        field: (page.get("totalCount"), [node["id"] for node in page.get("nodes", ())]) for field, page in view.items()
    }
