"""Says a made-up world in words: the actor, and the rows that matter."""

from collections.abc import Iterable, Iterator

from authz.actor import ActorKind, Traits
from authz.counterexamples.witness import ShownRow


def rows_in_words(rows: Iterable[ShownRow]) -> Iterator[str]:
    """Yields a line for each row: its name or type, and its columns that matter."""
    for row in rows:
        values = ", ".join(f"{name}: {'null' if value is None else value}" for name, value in row.values.items())
        yield f"{row.name or row.model.__name__}" + (f" ({values})" if values else "")


def actor_in_words(traits: Traits) -> str:
    """Returns one actor: `a Member of audience DELIVERY with SUPPORT_VIEW`."""
    if traits.kind is ActorKind.STAFF:
        return "a Staff user"
    held = [*sorted(map(str, traits.scopes)), *sorted(map(str, traits.permissions))]
    flags = ("all_contract_accounts", "all_delivery_accounts")
    held += [trait_in_words(name) for name in flags if getattr(traits, name)]
    owner = " whose owner is" if traits.kind is ActorKind.CLIENT else ""
    holds = f" with {listed(held)}" if held else ""
    return f"a {traits.kind.value}{owner} of audience {traits.audience.value}{holds}"


def trait_in_words(name: str) -> str:
    """Returns `all contract accounts` for a flag, and any other name as it is."""
    return name.replace("_", " ") if name.startswith("all_") else name


def listed(words: list[str]) -> str:
    """Returns `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
