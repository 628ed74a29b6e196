"""How a test says what is asked, in words: `view contract accounts`, `assign permission`, `manages users`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.policy.testing.named_world import NamedWorld
from authz.model.resources import ACTIONS, CAPABILITIES, Capability
from authz.predicates.evaluate import Row
from models import Base

_PREPOSITIONS = ("", "of ", "in ", "for ", "to ")
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """An action on things of a type, or, without a type, a question about the actor alone."""

    action: str
    model: type[Base] | None

    def __str__(self) -> str:
        words = self.action.replace("_", " ")
        return words if self.model is None else f"{words} {plural(self.model.__name__)}"

    def about(self, thing: str) -> str:
        """What is asked, of the `thing` called so."""
        words = self.action.replace("_", " ")
        asked = words if self.model is None else f"{words} {singular(self.model.__name__)}"
        return f"{asked} {thing}".strip()


def singular(type_name: str) -> str:
    """`ContractAccount` in words: contract account."""
    return re.sub(r"(?<!^)([A-Z])", r" \1", type_name).lower()


def plural(type_name: str) -> str:
    """`ContractAccount` in words, for many: contract accounts."""
    return re.sub(r"ys$", "ies", f"{singular(type_name)}s")


def every_asked() -> Iterator[CaseRequest]:
    """All that can be asked of a policy."""
    for model, actions in ACTIONS.items():
        for action in actions:
            yield CaseRequest(str(action), model)
    for question in CAPABILITIES:
        yield CaseRequest(str(question), None)


def phrases(*, many: bool) -> dict[str, CaseRequest]:
    """All ways to say what is asked, of many things or of one."""
    found: dict[str, CaseRequest] = {}
    for asked in every_asked():
        words = asked.action.replace("_", " ")
        if asked.model is None:
            found[words] = asked
            continue
        name = (plural if many else singular)(asked.model.__name__)
        found |= {f"{words} {preposition}{name}": asked for preposition in _PREPOSITIONS}
    return found


def answers(asked: CaseRequest, named: NamedWorld) -> dict[str, Row | str]:
    """What the answer can hold, by name: things of the world, or words."""
    if asked.model is not None:
        return {named.label(row): row for row in named.known(asked.model).values()}
    words = CAPABILITIES[Capability(asked.action)]
    if words is None:
        return {YES: ""}
    return {word if str(word).isupper() else plural(word): str(word) for word in words}
