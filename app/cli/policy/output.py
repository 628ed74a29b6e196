"""What all verbs of `portico policy` have in common: the option --json, tables, and what shows progress.

Standard output holds the answer and nothing else: a table for people, without colours where it is no terminal or where
NO_COLOR is set, or one JSON document. What goes on meanwhile is shown on standard error, on terminals only.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from authz.predicates.nodes import Source

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
RulesFile = Annotated[
    Path | None, typer.Argument(exists=True, dir_okay=False, help="The file with the rules; else PORTICO_POLICY.")
]

WIDTH_OF_FILES = 160


def console() -> Console:
    """Standard output. What is no terminal gets long lines, so that `grep` finds what it looks for."""
    printer = Console()
    return printer if printer.is_terminal else Console(width=WIDTH_OF_FILES)


def print_whole(shown: RenderableType) -> None:
    """Print `shown` with its lines as long as they are: a terminal wraps what does not fit, and nothing is cut."""
    printer = console()
    longest = printer.measure(shown, options=printer.options.update(width=sys.maxsize)).maximum
    Console(width=max(printer.width, longest)).print(shown, crop=False)


def print_json(value: Any) -> None:
    """Print `value` as the one JSON document of the command; what JSON does not know (ids, times) as text."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def trail(rules: Sequence[Source]) -> str:
    """The rules that something comes through, the outermost first: `policies.polar:61 → 238 → 65`."""
    return " → ".join((*map(str, rules[:1]), *(str(rule.line) for rule in rules[1:])))


def table(*titles: str, rows: Iterable[Iterable[object]] = ()) -> Table:
    """A table with these columns, in the style of all. The cells of `rows` are plain text; None is an empty cell."""
    made = Table(box=box.SIMPLE, pad_edge=False)
    for title in titles:
        made.add_column(title, overflow="fold")
    for row in rows:
        made.add_row(*map(cell, row))
    return made


def cell(value: object, style: str = "") -> str:
    """`value` as the text of a cell in which nothing is taken for markup but `style`, such as "red"."""
    text = "" if value is None else escape(str(value))
    return f"[{style}]{text}[/]" if style and text else text


@contextmanager
def working(text: str) -> Iterator[None]:
    """Shows that something goes on whose end nobody knows."""
    waiting = Console(stderr=True)
    if not waiting.is_terminal:
        yield
        return
    with waiting.status(text):
        yield


def progress() -> Progress:
    """A bar, for `with`; `track(things, description="Asking")` moves it through them."""
    waiting = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=waiting, disable=not waiting.is_terminal, transient=True)
