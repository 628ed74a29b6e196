"""Decides what an actor may do, as conditions for SQL statements. Other layers check access only through this module.

row = User.__table__.alias()
select(row.c.email).where(access.may("view", User, row))            # lists, counts, node(id)
select(access.may("update", User, row).is_(true()))                 # viewerCan
select(row.c.id).where(row.c.id == id, access.may("remove", User, row)).with_for_update()
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.sql.elements import AsBoolean
from sqlalchemy.sql.operators import is_true

from authz.actor import Traits
from authz.assignable import Assignable, assignable
from authz.model.actions import Capability
from authz.model.resources import ResourceFlag
from authz.policy import Policy
from authz.predicates.nodes import Predicate
from authz.predicates.sql import Condition, expression
from authz.within_reach.sql import within_reach
from models import Base

__all__ = ["Access", "Assignable"]


@dataclass(frozen=True, slots=True)
class Access:
    """What `policy` allows to actors with `traits`. Cheap to create; equal instances share cached statements."""

    policy: Policy
    traits: Traits

    def may(
        self, action: str, model: type[Base], row: FromClause, at: ColumnElement[datetime] | None = None
    ) -> ColumnElement[bool]:
        """Returns the condition under which `action` is allowed on `row`, an alias of `model`'s table.

        With `at`, account grants count if they have not expired at that moment; traits and users' flags are current.

        Returns `true()` or `false()` if it does not depend on the row. It can be NULL, which means no: use it in WHERE,
        or as `may(...).is_(true())`. Its only bind parameters are the actor's identity (`authz.actor`). Raises KeyError
        for an unknown type, and ValueError for an unknown action.
        """
        decision = self.policy.decision(self.traits, action, model)
        return _bare(expression(decision.where, model, row, self._flag, at=at))

    def holds(self, predicate: Predicate, model: type[Base], row: FromClause) -> ColumnElement[bool]:
        """Returns the condition under which `predicate`, a part of a decision, holds for `row`. Otherwise as `may`."""
        return _bare(expression(predicate, model, row, self._flag))

    @property
    def creates_organizations(self) -> bool:
        """Whether the actor may create organizations."""
        return bool(self.policy.capability_values(self.traits, Capability.CREATES_ORGANIZATIONS))

    @property
    def makes_api_clients(self) -> bool:
        """Whether the actor may create API clients."""
        return bool(self.policy.capability_values(self.traits, Capability.MAKES_API_CLIENTS))

    @property
    def alive(self) -> bool:
        """Whether the actor may act at all: an API client may not if its owner may no longer create API clients."""
        owner = self.traits.owner_traits
        return owner is self.traits or bool(self.policy.capability_values(owner, Capability.MAKES_API_CLIENTS))

    @property
    def assignable(self) -> Assignable | None:
        """What the actor may assign to other users; None if the actor may not manage users."""
        return assignable(self.policy, self.traits)

    def _flag(self, name: str, user: FromClause) -> Condition:
        return {ResourceFlag.WITHIN_REACH_OF_ACTOR: self.within_reach}[ResourceFlag(name)](user)

    def within_reach(self, user: FromClause) -> Condition:
        """Whether `user`, an alias of users, has only access that the actor may assign: the flag of that name."""
        return within_reach(self.assignable, user, partial(self.may, "assign"))


def _bare(condition: Condition) -> Condition:
    # and_() and or_() wrap the constant that remains after folding, so that it is no longer `true()` or `false()`.
    if isinstance(condition, AsBoolean) and condition.operator is is_true:
        return condition.element
    return condition
