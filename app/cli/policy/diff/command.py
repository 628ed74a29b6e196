"""`portico policy diff`."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.csv_safety import csv_row_writer
from app.cli.output import (
    AsJson,
    console,
    load_policy_with_progress,
    note_missing_prohibitions,
    print_json,
    progress_bar,
    show_spinner,
)
from app.cli.output_files.report import STANDARD_OUTPUT, report_stream
from app.cli.policy.database_context import ACTIVE, database_with_data, run_query
from app.cli.policy.diff import live, traits
from app.cli.policy.versions import find_version, is_version, load_version
from app.settings import Settings, load
from authz.policy import Policy
from authz.trait_comparison.compare import PolicyComparison, compare
from authz.trait_comparison.words import summary
from resolvers.policy_analysis.edits.diff_result import DiffResult, compare_on_live_data

Version = Annotated[str, typer.Argument(help="A policy file, `active`, or a version of the history.")]
Limit = Annotated[int, typer.Option(help="How many gained and how many lost changes to list.", min=0)]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show all rules of the derivation of each change.")]
ByTraits = Annotated[
    bool, typer.Option("--by-traits", help="Compare only for users and rows that could exist, without a database.")
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", help="Write all changes to this file, replacing another; - is standard output.")
]

DIFFERS = 3


def diff(
    old: Version,
    new: Version,
    *,
    limit: Limit = 20,
    csv_file: CsvFile = None,
    by_traits: ByTraits = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Show who gains and who loses access by an edit of the policy, on live data and by traits.

    By traits means: for all users, clients and rows that could exist. Exits with 3 if something
    changes, with 0 if nothing does.
    """
    if as_json and csv_file == STANDARD_OUTPUT:
        raise typer.BadParameter("Standard output can't hold both JSON and CSV.", param_hint="--csv")
    for name, hint in ((old, "old"), (new, "new")):
        _check_name(name, hint)
    if by_traits:
        _diff_by_traits(old, new, limit, csv_file, as_json=as_json)
    with database_with_data() as settings:
        before, after = _load(settings, old, "old"), _load(settings, new, "new")
        result = run_query(settings, lambda connection: _compare(connection, before, after, limit, csv_file))
    comparison = _by_traits(before, after)
    if as_json:
        print_json(_document(before, after, result, comparison))
    elif csv_file != STANDARD_OUTPUT:
        _show(result, comparison, verbose=verbose)
    raise typer.Exit(DIFFERS if result.counts or comparison.differs else 0)


def _diff_by_traits(old: str, new: str, limit: int, csv_file: Path | None, *, as_json: bool) -> NoReturn:
    """Show the comparison for all users and rows that could exist. Only a version of the history needs a database."""
    if csv_file:
        raise typer.BadParameter("--csv is for live data and can't be combined with --by-traits.", param_hint="--csv")
    is_stored = any(name != ACTIVE and not Path(name).is_file() for name in (old, new))
    with database_with_data() if is_stored else nullcontext(load()) as settings:
        comparison = _by_traits(_load(settings, old, "old"), _load(settings, new, "new"))
    if as_json:
        print_json(traits.to_json(comparison))
    else:
        traits.show_comparison(comparison, limit)
    raise typer.Exit(DIFFERS if comparison.differs else 0)


def _by_traits(old: Policy, new: Policy) -> PolicyComparison:
    with show_spinner("Comparing by traits"):
        return compare(old, new)


def _check_name(name: str, hint: str) -> None:
    """Raises BadParameter unless `name` is `active`, a file, or may be a version."""
    if name != ACTIVE and not Path(name).is_file() and not is_version(name):
        raise typer.BadParameter(f"File {name!r} does not exist.", param_hint=hint)


def _load(settings: Settings, name: str, hint: str) -> Policy:
    """The policy that `name` stands for: a file comes before a version. Raises BadParameter."""
    if name == ACTIVE:
        return load_policy_with_progress(settings)
    if Path(name).is_file():
        note_missing_prohibitions(Path(name))
        return load_policy_with_progress(settings, Path(name))
    return load_version(settings, find_version(settings, name, hint))


async def _compare(
    connection: AsyncConnection, old: Policy, new: Policy, limit: int, csv_file: Path | None
) -> DiffResult:
    with ExitStack() as stack:
        write_row = _csv_writer(stack, csv_file)
        bar = stack.enter_context(progress_bar("Comparing the policies"))
        return await compare_on_live_data(
            connection,
            old,
            new,
            limit,
            track=lambda steps: bar.track(steps, description="Comparing"),
            write=write_row and (lambda result, change: write_row(live.row(result, change))),
        )


def _csv_writer(stack: ExitStack, csv_file: Path | None) -> Callable[[Iterable[str]], object] | None:
    if csv_file is None:
        return None
    write = csv_row_writer(stack.enter_context(report_stream(csv_file)))
    write(live.COLUMNS)
    return write


def _document(old: Policy, new: Policy, result: DiffResult, comparison: PolicyComparison) -> dict[str, Any]:
    versions = {"old": old.version, "new": new.version}
    return {**versions, **live.to_json(result), "byTraits": traits.to_json(comparison)}


def _show(result: DiffResult, comparison: PolicyComparison, *, verbose: bool) -> None:
    printer = console()
    if result.counts:
        live.show_changes(printer, result, verbose=verbose)
    else:
        printer.print("Nobody's access changes on today's data.", style="green")
    printer.print(summary(comparison), highlight=False, soft_wrap=True)
    traits.show_crossing(printer, comparison)
    if comparison.differs:
        printer.print("--by-traits lists these, with examples.", highlight=False)
