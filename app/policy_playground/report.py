"""What a comparison found, as the API reports it: in words, and bounded."""

from collections.abc import Callable

from authz.counterexamples.witness import Witness
from authz.counterexamples.words import actor_in_words, rows_in_words
from authz.trait_comparison.compare import PolicyComparison, TraitChange
from authz.trait_comparison.words import ORDER, actors_in_words, answer_in_words, gathered
from resolvers.policy_analysis.diff import AccessChange, ChangeCount
from resolvers.policy_analysis.diff_plan import Direction
from resolvers.policy_analysis.edits.diff_result import SUMS, DiffResult
from resolvers.policy_analysis.edits.playground import LiveChange, LiveDifference, Tally, TraitDifference

MAX_TALLIES, MAX_GROUPS, MAX_LINES, MAX_TEXT = 100, 100, 20, 2_000
"""The maximum numbers of tallies of one kind, of differences by traits and of lines in one of these, and the maximum
length of a text."""


def live_report(result: DiffResult) -> LiveDifference:
    """Returns the changes on today's data."""
    return LiveDifference(
        gained=result.total(Direction.GAINED),
        lost=result.total(Direction.LOST),
        crossing=result.crossing(Direction.GAINED),
        by_action=_tallies(result, SUMS["action"]),
        by_organization=_tallies(result, SUMS["organization"]),
        by_kind=_tallies(result, SUMS["kind"]),
        by_rule=_tallies(result, lambda count: str(result.rule(count) or "")),
        changes=tuple(_live_change(result, change) for change in result.listed),
    )


def _tallies(result: DiffResult, by: Callable[[ChangeCount], str]) -> tuple[Tally, ...]:
    return tuple(Tally(_text(name), gained, lost) for name, gained, lost in result.sums(by)[:MAX_TALLIES])


def _live_change(result: DiffResult, change: AccessChange) -> LiveChange:
    rule = result.rule(change)
    return LiveChange(
        gained=change.direction is Direction.GAINED,
        action=change.action,
        type="" if change.model is None else change.model.__name__,
        user=change.email,
        client=change.client or "",
        resource=change.resource,
        organization=change.organization or "",
        rule=_text(rule.name) if rule else "",
        line=rule.source.line if rule else 0,
    )


def trait_reports(comparison: PolicyComparison) -> tuple[TraitDifference, ...]:
    """Returns what changes for actors and rows that could exist: what crosses the border of an organization first."""
    groups = gathered(comparison.of(*ORDER[:-1]))
    return tuple(_difference(changes) for changes in groups[:MAX_GROUPS])


def _difference(changes: list[TraitChange]) -> TraitDifference:
    change = changes[0]
    whose = dict.fromkeys(actors_in_words(change.kind, facts) for each in changes for facts in each.when)
    return TraitDifference(
        verdict=change.verdict.value,
        action=change.action,
        type="" if change.model is None else change.model.__name__,
        actors=tuple(map(_text, list(whose)[:MAX_LINES])),
        was=_text(answer_in_words(change.was)),
        becomes=_text(answer_in_words(change.becomes)),
        crosses=change.crossing is not None,
        gained=_example(change.crossing or change.gained),
        lost=_example(change.lost),
    )


def _example(witness: Witness | None) -> tuple[str, ...]:
    if witness is None:
        return ()
    lines = [actor_in_words(witness.traits), *rows_in_words(witness.shown)]
    return tuple(map(_text, lines[:MAX_LINES]))


def _text(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
