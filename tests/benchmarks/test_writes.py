"""The table of the mutations' benchmark shows medians, and how two versions compare."""

from io import StringIO

from rich.console import Console

from benchmarks.writes import table


def printed(figures: dict[tuple[str, ...], list[float]], versions: list[str]) -> list[list[str]]:
    console = Console(file=StringIO(), width=200)
    console.print(table(figures, versions))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]


def test_the_table_shows_medians_and_the_ratio_to_the_other_version() -> None:
    figures = {
        ("createUser", "admin", "portico", "cpu", "4"): [5.0, 4.0, 90.0],
        ("createUser", "admin", "beside", "cpu", "4"): [20.0],
        ("createUser", "admin", "portico", "round trips"): [10.0],
        ("createUser", "admin", "beside", "round trips"): [20.0],
    }
    assert printed(figures, ["portico", "beside"]) == [
        ["createUser", "admin", "CPU, ms", "4", "5.0", "20.0", "0.25"],
        ["createUser", "admin", "round trips", "1", "10.0", "20.0", "0.50"],
    ]
    assert printed(figures, ["portico"])[0] == ["createUser", "admin", "CPU, ms", "4", "5.0"]
