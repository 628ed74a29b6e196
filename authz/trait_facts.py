"""Describes sets of traits by few facts, such as `audience DELIVERY, not USER_MANAGEMENT`."""

from collections.abc import Iterable

from authz.actor import Traits
from authz.lint.trait_dependence import Dependence
from authz.model.actor_attributes import LIST_ATTRIBUTES, traits_of

Facts = tuple[tuple[str, str | bool], ...]
"""Values of traits, sorted by name. For permissions and scopes: whether the actor has them, and whether it has
`other permissions` or `other scopes` if the rules check those."""


def facts_of(traits: Traits, dependence: Dependence) -> Facts:
    """Returns the facts about `traits` that the rules can tell apart."""
    facts: dict[str, str | bool] = {}
    for name in dependence.traits:
        if name not in LIST_ATTRIBUTES:
            value = getattr(traits, name)
            facts[name] = value if isinstance(value, bool) else str(value)
    for name, values in LIST_ATTRIBUTES.items():
        values_held, named = getattr(traits, name), dependence.values_of(values)
        facts |= {str(value): value in values_held for value in named}
        if values in dependence.whole_lists and name in traits_of(traits.kind):
            facts[f"other {name}"] = bool(values_held - set(named))
    return tuple(sorted(facts.items()))


def described(group: Iterable[Facts], others: list[Facts]) -> tuple[Facts, ...]:
    """Distinguishes `group` from `others` by few facts: each member has all facts of one of the descriptions."""
    descriptions: list[Facts] = []
    for member in group:
        if any(set(description) <= set(member) for description in descriptions):
            continue
        needed = member
        for fact in member:
            fewer = tuple(other_fact for other_fact in needed if other_fact != fact)
            if not any(set(fewer) <= set(other) for other in others):
                needed = fewer
        descriptions.append(needed)
    return tuple(dict.fromkeys(descriptions))
