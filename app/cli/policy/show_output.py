"""What `portico policy show` prints: each answer as a tree or as JSON, or all of them as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from app.cli.policy import predicate_tree
from app.cli.policy.output import table
from authz.actor import Traits
from authz.predicates.nodes import FALSE, Branch, show
from authz.profiles import DecisionProfile, Facts
from models import Base


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """What the actors of a profile may do `action` to; `user` is the email of the one who was asked for."""

    model: type[Base]
    action: str
    profile: DecisionProfile
    user: str | None = None
    sql: str | None = None
    plan: tuple[str, ...] | None = None

    @property
    def traits(self) -> Traits:
        """Those of the most powerful of the actors. The flag `within_reach_of_actor` is another for each."""
        return max(self.profile.traits, key=lambda traits: (len(traits.permissions), traits.all_contract_accounts))


def overview(answers: Sequence[ShownDecision]) -> Table:
    """A row for each type, action and kind of actor: what decides, and how many predicates came of it."""
    groups: dict[tuple[str, str, str], list[DecisionProfile]] = {}
    for answer in answers:
        key = (answer.model.__name__, answer.action, answer.profile.kind.value)
        groups.setdefault(key, []).append(answer.profile)
    shown = table("Type", "Action", "Actor", "Depends on", "Predicates", "Rules")
    for each, found in groups.items():
        allowed = [profile for profile in found if profile.decision.where != FALSE]
        rules = {branch.sources[0] for profile in allowed for branch in profile.decision.branches}
        names = sorted({name for profile in found for facts in profile.when for name, _ in facts})
        count = str(len(allowed)) if allowed else "never"
        shown.add_row(*each, ", ".join(names), count, ", ".join(map(str, sorted(rules))))
    return shown


def tree(answer: ShownDecision) -> Tree:
    """The answer with its predicate, the ways through the rules, and, where they are there, statement and plan."""
    root = Tree(Text.assemble((f"{answer.model.__name__} {answer.action}", "bold"), ": ", who(answer)))
    decision = answer.profile.decision
    predicate_tree.add(root, decision.where)
    if decision.branches:
        ways = root.add(Text("through", "dim"))
        for branch in decision.branches:
            way = ways.add(Text(" > ".join(map(str, branch.sources)), "cyan"))
            way.add(Text(show(branch.where)))
    if answer.sql is not None:
        root.add(Text("statement", "dim")).add(_highlighted(_commented(answer)))
    if answer.plan is not None:
        root.add(Text("plan", "dim")).add(Text("\n".join(answer.plan)))
    return root


def _highlighted(sql: str) -> Text:
    text = Syntax(sql, "sql", theme="ansi_dark", background_color="default").highlight(sql)
    text.rstrip()
    return text


def who(answer: ShownDecision) -> str:
    """Who gets this answer, in words: `Member if audience DELIVERY, not USER_MANAGEMENT`."""
    kind = answer.profile.kind.value
    if answer.user is not None:
        return f"{answer.user}, {kind} with {_all_of(answer.traits)}"
    when = " or ".join(", ".join(map(_fact, facts)) for facts in answer.profile.when if facts)
    return f"{kind} if {when}" if when else kind


def _fact(fact: tuple[str, str | bool]) -> str:
    name, value = fact
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name} {value}"


def _all_of(traits: Traits) -> str:
    flags = [name for name in ("all_contract_accounts", "all_delivery_accounts") if getattr(traits, name)]
    return ", ".join([f"audience {traits.audience.value}", *flags, *sorted(map(str, traits.permissions))])


def _commented(answer: ShownDecision) -> str:
    return f"-- for an actor with {_all_of(answer.traits)}\n{answer.sql}"


def document(answer: ShownDecision) -> dict[str, Any]:
    """The answer for JSON; `sql` and `plan` are there only when they were asked for."""
    decision = answer.profile.decision
    found: dict[str, Any] = {
        "type": answer.model.__name__,
        "action": answer.action,
        "actor": answer.profile.kind.value,
        "when": [_facts(facts) for facts in answer.profile.when],
        "predicate": show(decision.where),
        "tree": predicate_tree.document(decision.where),
        "branches": [_branch(branch) for branch in decision.branches],
    }
    if answer.sql is not None:
        found["sql"] = answer.sql
    if answer.plan is not None:
        found["plan"] = list(answer.plan)
    return found


def _facts(facts: Facts) -> dict[str, str | bool]:
    return dict(facts)


def _branch(branch: Branch) -> dict[str, Any]:
    return {"predicate": show(branch.where), "rules": list(map(str, branch.sources))}
