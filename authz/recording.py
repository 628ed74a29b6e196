"""Records which decisions are requested for an actor, so that a shadow policy can be compared on the same ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause

from authz.access import Access
from authz.actor import Actor
from authz.assignable import Assignable
from authz.model.actions import CAPABILITIES
from authz.policy import Policy
from models import Base

DecisionRequest = tuple[str, type[Base] | None]
"""An action and a type, or the name of a capability and None."""

DecisionCallback = Callable[[Actor, Policy, frozenset[DecisionRequest]], None]
"""Called with the decisions that were requested for an actor. It must return at once and not raise."""


class DecisionListener:
    """Passes requested decisions to `callback`, if one is set. One instance is shared by the whole process."""

    def __init__(self) -> None:
        self.callback: DecisionCallback | None = None

    def on_decision(self, actor: Actor, policy: Policy, requests: frozenset[DecisionRequest]) -> None:
        """Reports the decisions requested for the actor in one statement or transaction."""
        if self.callback is not None:
            self.callback(actor, policy, requests)


@dataclass(frozen=True, slots=True)
class RecordingAccess(Access):
    """An access that collects the requested decisions in `recorded`."""

    recorded: set[DecisionRequest] = field(default_factory=set, compare=False)

    def may(
        self, action: str, model: type[Base], row: FromClause, at: ColumnElement[datetime] | None = None
    ) -> ColumnElement[bool]:
        """As `Access.may`."""
        self.recorded.add((str(action), model))
        return Access.may(self, action, model, row, at)

    @property
    def assignable(self) -> Assignable | None:
        """As `Access.assignable`."""
        self.recorded.update((str(capability), None) for capability in CAPABILITIES)
        return Access.assignable.fget(self)  # type: ignore[attr-defined, no-any-return]
