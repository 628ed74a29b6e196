"""What an actor may do, as conditions for SQL statements. The only door through which other layers ask.

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
from authz.model.resources import Capability, ResourceFlag
from authz.policy import Policy
from authz.predicates.nodes import Predicate
from authz.predicates.sql import Condition, expression
from authz.within_reach.sql import within_reach
from models import Base

__all__ = ["Access", "Assignable"]


@dataclass(frozen=True, slots=True)
class Access:
    """What `policy` allows to actors with `traits`. Cheap to make; equal accesses share cached statements."""

    policy: Policy
    traits: Traits

    def may(
        self, action: str, model: type[Base], row: FromClause, at: ColumnElement[datetime] | None = None
    ) -> ColumnElement[bool]:
        """The condition under which `action` is allowed on `row`, an alias of `model`'s table.

        With `at`, as far as accounts were given to be had at that moment still: the traits are those of now, and so is
        what the flags of users say.

        `true()` or `false()` where it does not depend on the row. It can be NULL, which means no: use it in WHERE, or
        as `may(...).is_(true())`. The actor's identity is in it as the bind parameters of `authz.actor`, and there are
        no others. Raises KeyError for a type, and ValueError for an action, that is not in the vocabulary.
        """
        decision = self.policy.decision(self.traits, action, model)
        return _bare(expression(decision.where, model, row, self._flag, at=at))

    def holds(self, predicate: Predicate, model: type[Base], row: FromClause) -> ColumnElement[bool]:
        """The condition under which a part of the policy's predicates holds on `row`, as `may` has the whole."""
        return _bare(expression(predicate, model, row, self._flag))

    @property
    def creates_organizations(self) -> bool:
        """Whether the actor may bring a new organization to the platform."""
        return bool(self.policy.answers(self.traits, Capability.CREATES_ORGANIZATIONS))

    @property
    def makes_api_clients(self) -> bool:
        """Whether the actor may make API clients."""
        return bool(self.policy.answers(self.traits, Capability.MAKES_API_CLIENTS))

    @property
    def alive(self) -> bool:
        """Whether the actor may act at all: an API client no more once its owner may not make API clients."""
        owner = self.traits.of_owner
        return owner is self.traits or bool(self.policy.answers(owner, Capability.MAKES_API_CLIENTS))

    @property
    def assignable(self) -> Assignable | None:
        """What the actor may give to other users; None for those who manage no users."""
        return assignable(self.policy, self.traits)

    def _flag(self, name: str, user: FromClause) -> Condition:
        return {ResourceFlag.WITHIN_REACH_OF_ACTOR: self.within_reach}[ResourceFlag(name)](user)

    def within_reach(self, user: FromClause) -> Condition:
        """Whether `user`, an alias of users, has nothing that the actor could not give: the flag of that name."""
        return within_reach(self.assignable, user, partial(self.may, "assign"))


def _bare(condition: Condition) -> Condition:
    # and_() and or_() wrap the constant that is left when they fold, and then it is not `true()` or `false()` any more.
    if isinstance(condition, AsBoolean) and condition.operator is is_true:
        return condition.element
    return condition
