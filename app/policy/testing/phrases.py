"""Maps the phrases of a test file to requests: `view contract accounts`, `assign permission`, `manages users`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.policy.testing.named_world import NamedWorld
from authz.model.actions import ACTIONS, CAPABILITIES, Capability
from authz.predicates.evaluate import Row
from models import Base

_PREPOSITIONS = ("", "of ", "in ", "for ", "to ")
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """An action on resources of a type, or, without a type, a capability of the actor."""

    action: str
    model: type[Base] | None

    def __str__(self) -> str:
        words = self.action.replace("_", " ")
        return words if self.model is None else f"{words} {plural(self.model.__name__)}"

    def about(self, name: str) -> str:
        """Returns the phrase of the request for the resource `name`."""
        words = self.action.replace("_", " ")
        phrase = words if self.model is None else f"{words} {singular(self.model.__name__)}"
        return f"{phrase} {name}".strip()


def singular(type_name: str) -> str:
    """Returns the words of a type name: contract account for `ContractAccount`."""
    return re.sub(r"(?<!^)([A-Z])", r" \1", type_name).lower()


def plural(type_name: str) -> str:
    """Returns the plural words of a type name: contract accounts for `ContractAccount`."""
    return re.sub(r"ys$", "ies", f"{singular(type_name)}s")


def all_requests() -> Iterator[CaseRequest]:
    """Yields all requests that a policy decides: every action of every type, and every capability."""
    for model, actions in ACTIONS.items():
        for action in actions:
            yield CaseRequest(str(action), model)
    for capability in CAPABILITIES:
        yield CaseRequest(str(capability), None)


def phrases(*, many: bool) -> dict[str, CaseRequest]:
    """Returns all phrases for requests, with the type in plural (`many`) or singular."""
    by_phrase: dict[str, CaseRequest] = {}
    for request in all_requests():
        words = request.action.replace("_", " ")
        if request.model is None:
            by_phrase[words] = request
            continue
        name = (plural if many else singular)(request.model.__name__)
        by_phrase |= {f"{words} {preposition}{name}": request for preposition in _PREPOSITIONS}
    return by_phrase


def answers(request: CaseRequest, named: NamedWorld) -> dict[str, Row | str]:
    """Returns the possible targets of a request by name: resources of the world, or values of the capability."""
    if request.model is not None:
        return {named.label(row): row for row in named.by_key(request.model).values()}
    values = CAPABILITIES[Capability(request.action)]
    if values is None:
        return {YES: ""}
    return {value if str(value).isupper() else plural(value): str(value) for value in values}
