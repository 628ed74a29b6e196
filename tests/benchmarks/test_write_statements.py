"""The benchmark of the statements of mutations runs all of them, and its table compares two versions."""

from io import StringIO

from rich.console import Console

from app.database.pools import normalize_url
from app.demo import large
from benchmarks.write_statements import MUTATIONS, SEED, Figures, measure, table


def printed(figures: dict[str, list[Figures]]) -> list[str]:
    console = Console(file=StringIO(), width=200)
    console.print(table(figures))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


async def test_each_mutation_is_counted_and_compared(database_url: str) -> None:
    await large.load(normalize_url(database_url), 2, SEED)
    figures = await measure(database_url, 1)
    assert figures.keys() == MUTATIONS.keys()
    assert all(found["statements"] > 2 for found in figures.values())
    statements = figures["createUser"]["statements"]
    slower = {name: {**found, "statements": 2 * found["statements"], "pages": 0} for name, found in figures.items()}
    rows = [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in printed({"portico": [figures], "beside": [slower]})
    ]
    assert ["createUser", "statements", f"{statements:.1f}", f"{2 * statements:.1f}", "0.50"] in rows
