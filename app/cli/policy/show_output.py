"""The output of `portico policy show`: each decision as a tree or as JSON, or all of them as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from app.cli.output import table
from app.cli.policy import predicate_tree
from authz.actor import ActorKind, Traits
from authz.predicates.nodes import FALSE, Branch, show
from authz.profiles import DecisionProfile
from authz.trait_facts import Facts
from models import Base


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """The decision on `action` for the actors of a profile. `user` is the email of the requested user, if any."""

    model: type[Base]
    action: str
    profile: DecisionProfile
    user: str | None = None
    sql: str | None = None
    plan: tuple[str, ...] | None = None

    @property
    def traits(self) -> Traits:
        """The traits of the most powerful of the actors. The flag `within_reach_of_actor` differs for each actor."""
        return max(self.profile.traits, key=lambda traits: (len(traits.permissions), traits.all_contract_accounts))


def overview(decisions: Sequence[ShownDecision]) -> Table:
    """A row for each type, action and kind of actor: the traits that it depends on, and the number of predicates."""
    groups: dict[tuple[str, str, str], list[DecisionProfile]] = {}
    for shown in decisions:
        key = (shown.model.__name__, shown.action, shown.profile.kind.value)
        groups.setdefault(key, []).append(shown.profile)
    result = table("Type", "Action", "Actor", "Depends on", "Predicates", "Rules")
    for key, profiles in groups.items():
        allowed = [profile for profile in profiles if profile.decision.where != FALSE]
        rules = {branch.sources[0] for profile in allowed for branch in profile.decision.branches}
        names = sorted({name for profile in profiles for facts in profile.when for name, _ in facts})
        count = str(len(allowed)) if allowed else "never"
        result.add_row(*key, ", ".join(names), count, ", ".join(map(str, sorted(rules))))
    return result


def tree(shown: ShownDecision) -> Tree:
    """The decision as a tree: its predicate, the paths through the rules and, if present, statement and plan."""
    root = Tree(Text.assemble((f"{shown.model.__name__} {shown.action}", "bold"), ": ", describe_actors(shown)))
    decision = shown.profile.decision
    predicate_tree.add(root, decision.where)
    if decision.branches:
        paths = root.add(Text("through", "dim"))
        for branch in decision.branches:
            path = paths.add(Text(" > ".join(map(str, branch.sources)), "cyan"))
            path.add(Text(show(branch.where)))
    if shown.sql is not None:
        root.add(Text("statement", "dim")).add(_highlighted(_commented(shown)))
    if shown.plan is not None:
        root.add(Text("plan", "dim")).add(Text("\n".join(shown.plan)))
    return root


def _highlighted(sql: str) -> Text:
    text = Syntax(sql, "sql", theme="ansi_dark", background_color="default").highlight(sql)
    text.rstrip()
    return text


def describe_actors(shown: ShownDecision) -> str:
    """The actors that the decision is for: `Member if audience DELIVERY, not USER_MANAGEMENT`."""
    if shown.user is not None:
        return f"{shown.user}, {shown.profile.kind.value} with {_all_of(shown.traits)}"
    return describe_profile(shown.profile.kind, shown.profile.when)


def describe_profile(kind: ActorKind, when: Sequence[Facts]) -> str:
    """The actors of `kind` for whom all of one of the sets of facts `when` hold."""
    described = " or ".join(", ".join(map(_fact, facts)) for facts in when if facts)
    return f"{kind.value} if {described}" if described else kind.value


def _fact(fact: tuple[str, str | bool]) -> str:
    name, value = fact
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name} {value}"


def _all_of(traits: Traits) -> str:
    flags = [name for name in ("all_contract_accounts", "all_delivery_accounts") if getattr(traits, name)]
    return ", ".join([f"audience {traits.audience.value}", *flags, *sorted(map(str, traits.permissions))])


def _commented(shown: ShownDecision) -> str:
    return f"-- for an actor with {_all_of(shown.traits)}\n{shown.sql}"


def to_json(shown: ShownDecision) -> dict[str, Any]:
    """The decision as JSON, with `sql` and `plan` if they are present."""
    decision = shown.profile.decision
    document: dict[str, Any] = {
        "type": shown.model.__name__,
        "action": shown.action,
        "actor": shown.profile.kind.value,
        "when": [_facts(facts) for facts in shown.profile.when],
        "predicate": show(decision.where),
        "tree": predicate_tree.to_json(decision.where),
        "branches": [_branch(branch) for branch in decision.branches],
    }
    if shown.sql is not None:
        document["sql"] = shown.sql
    if shown.plan is not None:
        document["plan"] = list(shown.plan)
    return document


def _facts(facts: Facts) -> dict[str, str | bool]:
    return dict(facts)


def _branch(branch: Branch) -> dict[str, Any]:
    return {"predicate": show(branch.where), "rules": list(map(str, branch.sources))}
