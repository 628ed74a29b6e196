"""Prints the figures as a table and writes them to a file."""

import json
from pathlib import Path

from rich.table import Table

from benchmarks.measuring import Figures
from benchmarks.pages import ABOUT

OF_CEILING = {"Q1": 0.55, "Q2": 0.85, "Q3": 0.85, "Q4": 0.85}
"""The target share of the ceiling at 16 connections."""
TIMES_ORDINARY = {"Q2": 25.0, "Q3": 25.0, "Q4": 25.0}
"""The target multiple of the ordinary way at 16 connections."""
TARGET_CONNECTIONS = "16"


def table(figures: Figures, sizes: dict[str, int], viewer: str) -> Table:
    """One line per page and number of connections. `sizes` are those of the responses, in bytes."""
    result = Table(title=f"Requests per second, viewer: {viewer}", caption="✓ ✗: the targets at 16 connections")
    result.add_column("page")
    for name in ("connections", "portico", "ordinary", "ceiling", "of ceiling", "x ordinary"):
        result.add_column(name, justify="right")
    for page, by_connections in figures.items():
        for place, (connections, rates) in enumerate(by_connections.items()):
            title = f"{page}, {sizes[page] / 1000:,.1f} kB" if place == 0 else ""
            has_target = connections == TARGET_CONNECTIONS
            result.add_row(
                title,
                connections,
                *(f"{rates[name]:,.0f}" if name in rates else "" for name in ("portico", "ordinary", "ceiling")),
                _ratio(rates, "ceiling", OF_CEILING.get(page) if has_target else None, 2),
                _ratio(rates, "ordinary", TIMES_ORDINARY.get(page) if has_target else None, 1),
            )
        result.add_section()
    return result


def legend(figures: Figures) -> str:
    """The descriptions of the pages, one per line."""
    return "\n".join(f"{page}: {ABOUT[page]}" for page in figures)


def _ratio(rates: dict[str, float], other: str, target: float | None, digits: int) -> str:
    if other not in rates:
        return ""
    ratio = rates["portico"] / rates[other]
    return f"{ratio:.{digits}f}" if target is None else marked(ratio, reached=ratio >= target, digits=digits)


def marked(ratio: float, *, reached: bool, digits: int) -> str:
    """A ratio with a mark: whether it reaches its target."""
    return f"{ratio:.{digits}f} {'[green]✓[/]' if reached else '[red]✗[/]'}"


def write(figures: Figures, path: Path) -> None:
    """Write the figures as JSON: `{"Q1": {"1": {"portico": …, "ordinary": …, "ceiling": …}, "16": …}, …}`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
