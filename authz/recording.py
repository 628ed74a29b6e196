"""Noting what a policy is asked about an actor, so that another policy can be asked the same beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause

from authz.access import Access
from authz.actor import Actor
from authz.assignable import Assignable
from authz.model.resources import CAPABILITIES
from authz.policy import Policy
from models import Base

DecisionRequest = tuple[str, type[Base] | None]
"""An action and a type, or the name of a question about the actor alone and None."""

DecisionCallback = Callable[[Actor, Policy, frozenset[DecisionRequest]], None]
"""Told what a policy was asked about an actor. It must return at once, and raise nothing."""


class DecisionListener:
    """Looks on while the policy is asked, where `observe` is set. All parts of a process share one."""

    def __init__(self) -> None:
        self.callback: DecisionCallback | None = None

    def on_decision(self, actor: Actor, policy: Policy, asked: frozenset[DecisionRequest]) -> None:
        """The policy was asked all this about the actor, in one statement or transaction."""
        if self.callback is not None:
            self.callback(actor, policy, asked)


@dataclass(frozen=True, slots=True)
class RecordingAccess(Access):
    """An access that gathers in `noted` what it is asked."""

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
        self.recorded.update((str(question), None) for question in CAPABILITIES)
        return Access.assignable.fget(self)  # type: ignore[attr-defined, no-any-return]
