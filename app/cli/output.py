"""The option `--json`, tables, counted nouns and progress, as all commands print them.

Standard output holds the result and nothing else: a table for people, or one JSON document. It has colours only on a
terminal and unless NO_COLOR is set. Progress goes to standard error: a spinner or a bar on a terminal, else one line.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.data_folder import policy_check_cache
from app.policy.policy_file import load_policy_file
from app.settings import Settings
from authz.checks.cache import entry_path
from authz.language.ast import Source
from authz.policy import PROHIBITIONS_FILE, Policy, PolicyError, prohibitions_beside, read

log = logging.getLogger("portico")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
RulesFile = Annotated[
    Path | None, typer.Argument(exists=True, dir_okay=False, help="The policy file. Default: that of PORTICO_POLICY.")
]

WIDTH_OF_FILES = 160
CHECK_TIME = "about 5 seconds"
"""How long the checks of a policy take on two cores."""


def console() -> Console:
    """The console of standard output. Anything but a terminal gets long lines, so that `grep` finds whole entries."""
    printer = Console()
    return printer if printer.is_terminal else Console(width=WIDTH_OF_FILES)


def print_whole(content: RenderableType) -> None:
    """Print `content` without cutting its lines: a terminal wraps those that don't fit."""
    printer = console()
    longest = printer.measure(content, options=printer.options.update(width=sys.maxsize)).maximum
    Console(width=max(printer.width, longest)).print(content, crop=False)


def print_json(value: Any) -> None:
    """Print `value` as the command's one JSON document. Values that JSON lacks (ids, times) become text."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def count_of(number: int, noun: str, plural: str | None = None) -> str:
    """`number` with its noun: "1 event", "2,000 events". `plural` is for nouns that don't just take an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def rule_path(rules: Sequence[Source]) -> str:
    """The rules of a derivation, outermost first: `policies.polar:61 → 238 → 65`."""
    return " → ".join((*map(str, rules[:1]), *(str(rule.line) for rule in rules[1:])))


def table(*titles: str, rows: Iterable[Iterable[object]] = ()) -> Table:
    """A table with these columns, in the style of all commands. Cells are plain text; None is an empty cell."""
    result = Table(box=box.SIMPLE, pad_edge=False)
    for title in titles:
        result.add_column(title, overflow="fold")
    for row in rows:
        result.add_row(*map(cell, row))
    return result


def cell(value: object, style: str = "") -> str:
    """`value` as the text of a cell, with markup escaped; `style` is that of the whole cell, such as "red"."""
    text = "" if value is None else escape(str(value))
    return f"[{style}]{text}[/]" if style and text else text


@contextmanager
def show_spinner(text: str) -> Iterator[None]:
    """Show `text` on standard error while the block runs: with a spinner on a terminal, else as one line."""
    printer = Console(stderr=True)
    if not printer.is_terminal:
        print_progress_line(text)
        yield
        return
    with printer.status(f"{text}…"):
        yield


def progress_bar(text: str = "") -> Progress:
    """A bar on standard error, for `with`; `track(items, description=…)` advances it. Without a terminal, prints
    `text`, if any, as one line instead."""
    printer = Console(stderr=True)
    if text and not printer.is_terminal:
        print_progress_line(text)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=printer, disable=not printer.is_terminal, transient=True)


@contextmanager
def byte_progress(text: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the bytes processed so far, and shows them on standard error: on a terminal, with a
    bar if `total` is known. Without a terminal, prints `text` as one line."""
    printer = Console(stderr=True)
    if not printer.is_terminal:
        print_progress_line(text)
        yield lambda _: None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn(), console=printer,
        transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task(text, total=total)
        yield lambda done: progress.update(task, completed=done)


def print_progress_line(text: str) -> None:
    """Print `text` on standard error, for readers of a log who would else think that the command hangs."""
    typer.echo(f"{text}…", err=True)


def note_missing_prohibitions(path: Path) -> None:
    """Say on standard error that the policy `path` is held to no prohibitions, if there are none beside it: the
    servers' own may prohibit what it allows."""
    with suppress(PolicyError, OSError):
        if not prohibitions_beside(path).strip():
            name = path.with_name(PROHIBITIONS_FILE).name
            typer.echo(f"There is no {name} beside {path}: it is held to no prohibitions.", err=True)


def load_policy_with_progress(settings: Settings, file: Path | None = None, *, logged: bool = False) -> Policy:
    """`load_policy(settings, file)`, with progress on standard error if the policy has to be checked first: in the log,
    if this command has one (`logged`) and each of its lines must be JSON."""
    path = file or settings.policy
    if entry_path(read(path), path.name, prohibitions_beside(path), policy_check_cache(settings.data_dir)).exists():
        return load_policy_file(settings, file)
    text = f"Checking {path.name} ({CHECK_TIME})"
    if logged and settings.log_format == "json":
        log.info("%s…", text)
        return load_policy_file(settings, file)
    with show_spinner(text):
        return load_policy_file(settings, file)
