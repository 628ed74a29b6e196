"""The part of `portico policy show` about capabilities: who has them, and through which rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from rich.tree import Tree

from app.cli.policy.show_output import describe_profile
from authz.actor import ActorKind, Traits
from authz.capabilities import Question, derivations, holds, is_fulfilled
from authz.policy import Policy
from authz.profiles import CapabilityProfile, capability_profiles

CAPABILITY_COLUMNS = ("Capability", "Value", "Actor", "Depends on", "May", "Rules")
"""The titles of `rows`."""


@dataclass(frozen=True, slots=True)
class ShownCapability:
    """The answer to `question` for the actors of a profile. `user` is the email of the requested user, if any."""

    question: Question
    profile: CapabilityProfile
    user: str | None = None


def of_kinds(policy: Policy, questions: Iterable[Question], kind: ActorKind | None) -> list[ShownCapability]:
    """The answers for all actors, or for those of `kind`."""
    return [
        ShownCapability(question, profile)
        for question in questions
        for actor_kind in ([kind] if kind else ActorKind)
        for profile in capability_profiles(policy, question, actor_kind)
    ]


def of_user(policy: Policy, questions: Iterable[Question], traits: Traits, email: str) -> list[ShownCapability]:
    """The answers for one user."""
    return [ShownCapability(question, _of_user(policy, question, traits), email) for question in questions]


def _of_user(policy: Policy, question: Question, traits: Traits) -> CapabilityProfile:
    paths = [each.rules for each in derivations(policy, traits.kind, question) if is_fulfilled(each, traits)]
    return CapabilityProfile(traits.kind, ((),), holds(policy, traits, question), tuple(dict.fromkeys(paths)))


def rows(shown: Iterable[ShownCapability]) -> Iterable[tuple[str, ...]]:
    """A row of the overview for each question and kind of actor, as for an action."""
    groups: dict[tuple[str, str, str], list[CapabilityProfile]] = {}
    for each in shown:
        key = (each.question.capability.value, each.question.value, each.profile.kind.value)
        groups.setdefault(key, []).append(each.profile)
    for key, profiles in groups.items():
        names = sorted({name for profile in profiles for facts in profile.when for name, _ in facts})
        rules = sorted({path[0] for profile in profiles for path in profile.paths})
        may = "never" if not any(profile.holds for profile in profiles) else "if" if names else "always"
        yield (*key, ", ".join(names), may, ", ".join(map(str, rules)))


def tree(shown: ShownCapability) -> Tree:
    """The answer as a tree, with the paths through the rules."""
    profile = shown.profile
    actors = describe_profile(profile.kind, profile.when) if shown.user is None else shown.user
    root = Tree(Text.assemble((str(shown.question), "bold"), ": ", actors))
    root.add(Text("yes" if profile.holds else "no"))
    if profile.paths:
        paths = root.add(Text("through", "dim"))
        for path in profile.paths:
            paths.add(Text(" > ".join(map(str, path)), "cyan"))
    return root


def to_json(shown: ShownCapability) -> dict[str, Any]:
    """The answer as JSON."""
    return {
        "capability": shown.question.capability.value,
        "value": shown.question.value or None,
        "actor": shown.profile.kind.value,
        "when": [dict(facts) for facts in shown.profile.when],
        "holds": shown.profile.holds,
        "branches": [{"rules": list(map(str, path))} for path in shown.profile.paths],
    }
