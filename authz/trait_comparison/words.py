"""Says in words what changes for actors and rows that could exist."""

from collections.abc import Iterable

from authz.actor import ActorKind
from authz.counterexamples.words import listed, trait_in_words
from authz.predicates.nodes import FALSE, TRUE, Predicate, show
from authz.trait_comparison.compare import PolicyComparison, TraitChange, Verdict
from authz.trait_facts import Facts

ORDER = (Verdict.BOTH, Verdict.WIDER, Verdict.UNDECIDED, Verdict.NARROWER, Verdict.EQUAL)
PLURALS = {ActorKind.MEMBER: "Members", ActorKind.STAFF: "Staff", ActorKind.CLIENT: "Clients"}


def summary(comparison: PolicyComparison) -> str:
    """One sentence about what changes for actors and rows that could exist."""
    if not comparison.differs:
        return "By traits, nothing changes: no user, client or row could exist for which the two decide differently."
    counts = [
        f"{len(groups)} {verdict.value}"
        for verdict in ORDER
        if verdict is not Verdict.EQUAL and (groups := gathered(comparison.of(verdict)))
    ]
    return f"By traits, for all users, clients and rows that could exist: {', '.join(counts)}."


def gathered(changes: Iterable[TraitChange]) -> list[list[TraitChange]]:
    """The changes of one verdict on one action for one kind of actor together, the smallest example first."""
    groups: dict[tuple[object, ...], list[TraitChange]] = {}
    for change in changes:
        groups.setdefault((change.kind, change.action, change.model, change.verdict), []).append(change)
    return sorted(
        (sorted(group, key=_size) for group in groups.values()),
        key=lambda group: (all(change.crossing is None for change in group), ORDER.index(group[0].verdict)),
    )


def answer_in_words(answer: Predicate | bool) -> str:
    """Returns which rows a predicate allows, and `yes` or `no` for a capability."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return "no row" if answer == FALSE else "every row" if answer == TRUE else show(answer)


def actors_in_words(kind: ActorKind, facts: Facts) -> str:
    """The actors of whom all `facts` hold: `Members of audience DELIVERY, with A and without B`."""
    audience = [f"of audience {value}" for _, value in facts if not isinstance(value, bool)]
    held, missing = ([trait_in_words(name) for name, value in facts if value is has] for has in (True, False))
    parts = [f"{word} {listed(names)}" for word, names in (("with", held), ("without", missing)) if names]
    return " ".join(("all" if not facts else "", PLURALS[kind], *audience, " and ".join(parts))).strip()


def _size(change: TraitChange) -> tuple[bool, int, int]:
    rows = sum(len(witness.shown) for witness in (change.gained, change.lost) if witness)
    return change.crossing is None, rows, len(change.traits.permissions)
