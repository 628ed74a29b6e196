"""Noting what a policy is asked about an actor, so that another policy can be asked the same beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause

from authz.access import Access
from authz.actor import Actor
from authz.assignable import Assignable
from authz.model.resources import QUESTIONS
from authz.policy import Policy
from models import Base

Asked = tuple[str, type[Base] | None]
"""An action and a type, or the name of a question about the actor alone and None."""

Observe = Callable[[Actor, Policy, frozenset[Asked]], None]
"""Told what a policy was asked about an actor. It must return at once, and raise nothing."""


class Onlooker:
    """Looks on while the policy is asked, where `observe` is set. All parts of a process share one."""

    def __init__(self) -> None:
        self.observe: Observe | None = None

    def saw(self, actor: Actor, policy: Policy, asked: frozenset[Asked]) -> None:
        """The policy was asked all this about the actor, in one statement or transaction."""
        if self.observe is not None:
            self.observe(actor, policy, asked)


@dataclass(frozen=True, slots=True)
class NotingAccess(Access):
    """An access that gathers in `noted` what it is asked."""

    noted: set[Asked] = field(default_factory=set, compare=False)

    def may(
        self, action: str, model: type[Base], row: FromClause, at: ColumnElement[datetime] | None = None
    ) -> ColumnElement[bool]:
        """As `Access.may`."""
        self.noted.add((str(action), model))
        return Access.may(self, action, model, row, at)

    @property
    def assignable(self) -> Assignable | None:
        """As `Access.assignable`."""
        self.noted.update((str(question), None) for question in QUESTIONS)
        return Access.assignable.fget(self)  # type: ignore[attr-defined, no-any-return]
