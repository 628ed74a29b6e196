"""The output of `portico policy diff` about actors and rows that need not exist: as text, and as JSON."""

from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from app.cli.output import console, count_of, print_whole
from app.cli.policy import predicate_tree
from authz.counterexamples.witness import ROWS, Witness
from authz.counterexamples.words import actor_in_words, rows_in_words
from authz.predicates.nodes import Predicate
from authz.trait_comparison.compare import PolicyComparison, TraitChange, Verdict
from authz.trait_comparison.words import ORDER, actors_in_words, answer_in_words, gathered, summary

COLOURS = {Verdict.WIDER: "green", Verdict.NARROWER: "red", Verdict.BOTH: "magenta", Verdict.UNDECIDED: "yellow"}


def show_comparison(comparison: PolicyComparison, limit: int) -> None:
    """Print the changes, at most `limit`, what crosses the border of an organization first."""
    printer = console()
    printer.print(summary(comparison), style="" if comparison.differs else "green", highlight=False, soft_wrap=True)
    show_crossing(printer, comparison)
    groups = gathered(comparison.of(*ORDER[:-1]))
    for changes in groups[:limit]:
        print_whole(_tree(changes))
    if len(groups) > limit:
        printer.print(f"And {len(groups) - limit:,} more: --limit lists more, --json all.", highlight=False)
    if equal := comparison.of(Verdict.EQUAL):
        printer.print(f"{count_of(len(equal), 'condition')} in other words, proved equal.", highlight=False)
    if comparison.of(Verdict.UNDECIDED):
        printer.print(
            f"Undecided: no example with up to {ROWS[-1]} rows was found in time, and no proof that there is none.",
            highlight=False,
            soft_wrap=True,
        )


def show_crossing(printer: Console, comparison: PolicyComparison) -> None:
    """Print whether anything that is gained crosses the border of an organization."""
    crossing = gathered([change for change in comparison.changes if change.crossing])
    if crossing:
        lets = "lets" if len(crossing) == 1 else "let"
        text = f"{len(crossing)} of these {lets} users or clients reach rows of another organization."
        printer.print(text, style="bold red", highlight=False)


def to_json(comparison: PolicyComparison) -> dict[str, Any]:
    """The comparison as JSON: all changes, each with its examples."""
    return {
        "differs": comparison.differs,
        **{verdict.value: len(comparison.of(verdict)) for verdict in Verdict},
        "crossing": sum(change.crossing is not None for change in comparison.changes),
        "changes": [_change(change) for change in comparison.changes],
    }


def _change(change: TraitChange) -> dict[str, Any]:
    action, _, value = change.action.partition(" ")
    return {
        "actor": change.kind.value,
        "action": action,
        "type": change.model and change.model.__name__,
        "value": value or None,
        "when": [dict(facts) for facts in change.when],
        "verdict": change.verdict.value,
        "was": _condition(change.was),
        "is": _condition(change.becomes),
        "crosses": change.crossing is not None,
        "gained": change.gained and example_json(change.gained),
        "lost": change.lost and example_json(change.lost),
    }


def _condition(answer: Predicate | bool) -> object:
    return answer if isinstance(answer, bool) else predicate_tree.to_json(answer)


def example_json(witness: Witness) -> dict[str, Any]:
    """A made-up world as JSON: its actor, and its rows, the one asked about first."""
    traits = witness.traits
    return {
        "actor": {
            "kind": traits.kind.value,
            "audience": traits.audience.value,
            "permissions": sorted(map(str, traits.permissions)),
            "all_contract_accounts": traits.all_contract_accounts,
            "all_delivery_accounts": traits.all_delivery_accounts,
            "scopes": sorted(map(str, traits.scopes)),
        },
        "rows": [{"type": row.model.__name__, "id": row.name, "values": dict(row.values)} for row in witness.shown],
    }


def _tree(changes: list[TraitChange]) -> Tree:
    change = changes[0]
    of_type = f" {change.model.__name__}" if change.model else ""
    verdict = (change.verdict.value, COLOURS.get(change.verdict, ""))
    root = Tree(Text.assemble((f"{change.action}{of_type}", "bold"), ": ", verdict))
    for facts in dict.fromkeys(facts for each in changes for facts in each.when):
        root.add(actors_in_words(change.kind, facts))
    if change.model is None:
        return root
    if change.was == change.becomes:
        root.add(f"the same condition, but what within_reach_of_actor means changes: {answer_in_words(change.was)}")
    else:
        whose = ", for the actor of the example" if len({(each.was, each.becomes) for each in changes}) > 1 else ""
        root.add(Text.assemble((f"was{whose}: ", "dim"), answer_in_words(change.was)))
        root.add(Text.assemble((f"is{whose}: ", "dim"), answer_in_words(change.becomes)))
    shown = change.crossing or change.gained
    if shown:
        border = ", across the border of an organization" if change.crossing else ""
        _add_example(root, f"denied before, allowed now{border}", shown)
    if change.lost:
        _add_example(root, "allowed before, denied now", change.lost)
    return root


def _add_example(root: Tree, title: str, witness: Witness) -> None:
    example = root.add(Text(f"{title}: for example {actor_in_words(witness.traits)}", "dim"))
    for line in rows_in_words(witness.shown):
        example.add(Text(line))
