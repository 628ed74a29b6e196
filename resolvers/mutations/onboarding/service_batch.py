"""Imports services from a part of a CSV file on behalf of a caller: all of the part, or nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.mutations.onboarding import service_csv
from resolvers.mutations.onboarding.service_import import (
    ImportColumn,
    ImportCounts,
    ImportOptions,
    ServiceLine,
    ServiceLines,
    import_as_actor,
)
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

MAX_LINES = 1_000
"""How many services one part may have."""

MAX_REFUSALS, MAX_VALUE = 1_000, 60
"""How many refusals are returned, and how much of a refused value, in characters."""

NOTHING = ImportCounts(0, 0, 0)

_CSV = ("input", "csv")
_ONE_REFUSED = "One line is refused, so nothing was imported."


@dataclass(frozen=True, slots=True)
class ServiceBatch:
    """The text of the part: the lines before the first service of the file, then some services. `skipped` lines of the
    file lie between the two."""

    csv: str
    skipped: int = 0
    options: ImportOptions = field(default_factory=ImportOptions)


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """Why a line is refused. `column` and `value` are "" if it is about the whole line."""

    line: int
    column: str
    value: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What was stored, or would have been; or all problems, of which those about lines are also `refused`."""

    counts: ImportCounts = NOTHING
    refused: Sequence[RefusedValue] = ()
    problems: Sequence[Problem] = ()


async def import_service_batch(
    context: MutationContext, caller: Caller, organization_id: UUID | None, batch: ServiceBatch
) -> BatchOutcome:
    """Stores the services. The problems of the outcome are UNAUTHENTICATED, NOT_FOUND or FORBIDDEN (alone), or INVALID
    at `csv`."""
    lines = _read(batch)
    try:
        counts = await run_in_transaction(
            context, caller, lambda work: import_as_actor(work, organization_id, lines, batch.options)
        )
    except MutationRejected as rejected:
        return _refusal(lines.lines, rejected.problems)
    return BatchOutcome(counts)


def _read(batch: ServiceBatch) -> ServiceLines:
    found = service_csv.read(batch.csv.encode(errors="replace"), batch.skipped)
    if len(found.lines) + len(found.problems) <= MAX_LINES:
        return found
    # Too many are not looked up.
    return ServiceLines((), (Problem(ErrorCode.INVALID, f"Import at most {MAX_LINES:,} services at once.", _CSV),))


def _refusal(lines: Sequence[ServiceLine], problems: Sequence[Problem]) -> BatchOutcome:
    by_number = {line.number: line for line in lines}
    of_lines = sorted((problem for problem in problems if problem.path[:1] == ("lines",)), key=_number)
    refused = [_refused(by_number.get(_number(problem)), problem) for problem in of_lines[:MAX_REFUSALS]]
    others = [problem for problem in problems if problem.path[:1] != ("lines",)]
    if of_lines:
        count = len({_number(problem) for problem in of_lines})
        message = f"{count:,} lines are refused, so nothing was imported." if count > 1 else _ONE_REFUSED
        others.append(Problem(ErrorCode.INVALID, message, _CSV))
    return BatchOutcome(refused=refused, problems=others)


def _number(problem: Problem) -> int:
    return int(problem.path[1])


def _refused(line: ServiceLine | None, problem: Problem) -> RefusedValue:
    column = problem.path[-1]
    value = "" if line is None or not column else str(getattr(line, ImportColumn(column).value))
    return RefusedValue(_number(problem), column, value[:MAX_VALUE], replace(problem, path=_CSV))
