"""Records which decisions are requested for an actor: for a shadow policy, which is compared on the same ones, and for
the decision log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause

from authz.access import Access, Scope
from authz.actor import Actor
from authz.assignable import Assignable
from authz.model.actions import ACTIONS, ASSIGN, CAPABILITIES, Capability
from authz.model.resources import ResourceFlag
from authz.policy import Policy
from authz.predicates.nodes import Flag, Predicate, any_leaf
from authz.within_reach.templates import TEMPLATE_WITHIN_REACH
from models import ACCOUNT_KINDS, Base

_WITHIN_REACH = (ResourceFlag.WITHIN_REACH_OF_ACTOR, TEMPLATE_WITHIN_REACH)

DecisionRequest = tuple[str, type[Base] | None]
"""An action and a type, or the name of a capability and None."""

DecisionCallback = Callable[[Actor, Policy, frozenset[DecisionRequest]], None]
"""Called with the decisions that were requested for an actor. It must return at once and not raise."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the actor was allowed to perform `action` on the row `key` of `model`."""

    action: str
    model: type[Base]
    key: UUID
    allowed: bool


DecisionLogger = Callable[[Actor, Policy, frozenset[DecisionRequest], Sequence[Check]], None]
"""As `DecisionCallback`, with the checks of single rows that were made."""


class DecisionListener:
    """Passes requested decisions to `callback` and `log`, if set. One instance is shared by the whole process."""

    def __init__(self) -> None:
        self.callback: DecisionCallback | None = None
        self.log: DecisionLogger | None = None

    def on_decision(
        self, actor: Actor, policy: Policy, requests: frozenset[DecisionRequest], checks: Sequence[Check] = ()
    ) -> None:
        """Reports the decisions requested for the actor in one statement or transaction."""
        if self.callback is not None:
            self.callback(actor, policy, requests)
        if self.log is not None:
            self.log(actor, policy, requests, checks)


@dataclass(frozen=True, slots=True)
class RecordingAccess(Access):
    """An access that collects the requested decisions in `recorded`."""

    recorded: set[DecisionRequest] = field(default_factory=set, compare=False)

    @classmethod
    def of(cls, access: Access) -> "RecordingAccess":
        """Returns a recording access of the same actor, viewed by the same admin, if any; sessions don't matter."""
        return cls(
            access.policy,
            access.traits,
            viewed_by=access.viewed_by,
            must_have_second_factor=access.must_have_second_factor,
        )

    def decide(self, action: str, model: type[Base]) -> Predicate:
        """As `Access.decide`."""
        if model in ACTIONS:
            self.recorded.add((str(action), model))
        return Access.decide(self, action, model)

    def holds(
        self, predicate: Predicate, model: type[Base], row: FromClause, *, scope: Scope = Scope.UNKNOWN
    ) -> ColumnElement[bool]:
        """As `Access.holds`."""
        if any_leaf(predicate, lambda leaf: isinstance(leaf, Flag) and leaf.path[-1] in _WITHIN_REACH):
            self.recorded.update((ASSIGN, kind.accounts) for kind in ACCOUNT_KINDS)
            self._record_capabilities()
        return Access.holds(self, predicate, model, row, scope=scope)

    @property
    def creates_organizations(self) -> bool:
        """As `Access.creates_organizations`."""
        self.recorded.add((str(Capability.CREATES_ORGANIZATIONS), None))
        return Access.creates_organizations.fget(self)  # type: ignore[attr-defined, no-any-return]

    @property
    def makes_api_clients(self) -> bool:
        """As `Access.makes_api_clients`."""
        self.recorded.add((str(Capability.MAKES_API_CLIENTS), None))
        return Access.makes_api_clients.fget(self)  # type: ignore[attr-defined, no-any-return]

    @property
    def assignable(self) -> Assignable | None:
        """As `Access.assignable`."""
        self._record_capabilities()
        return Access.assignable.fget(self)  # type: ignore[attr-defined, no-any-return]

    def _record_capabilities(self) -> None:
        self.recorded.update((str(capability), None) for capability in CAPABILITIES)
