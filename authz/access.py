"""What an actor may do, as conditions for SQL statements. The only door through which other layers ask.

row = User.__table__.alias()
select(row.c.email).where(access.may("view", User, row))            # lists, counts, node(id)
select(access.may("update", User, row).is_(true()))                 # viewerCan
select(row.c.id).where(row.c.id == id, access.may("remove", User, row)).with_for_update()
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Select, exists, false, literal_column, select, true
from sqlalchemy import and_ as sql_and
from sqlalchemy.sql.elements import AsBoolean
from sqlalchemy.sql.operators import is_true

from authz.actor import Traits
from authz.assignable import Assignable, assignable
from authz.policy import Policy
from authz.sql import Condition, constant, expression
from authz.vocabulary import Flag, Question
from models import (
    Base,
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    Permission,
    UserPermission,
    in_force,
)

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
        return _bare(expression(decision.where, model, row, self._flag, at))

    @property
    def creates_organizations(self) -> bool:
        """Whether the actor may bring a new organization to the platform."""
        return bool(self.policy.answers(self.traits, Question.CREATES_ORGANIZATIONS))

    @property
    def assignable(self) -> Assignable | None:
        """What the actor may give to other users; None for those who manage no users."""
        return assignable(self.policy, self.traits)

    def _flag(self, name: str, user: FromClause) -> Condition:
        return {Flag.WITHIN_REACH_OF_ACTOR: self.within_reach}[Flag(name)](user)

    def within_reach(self, user: FromClause) -> Condition:
        """Whether `user`, an alias of users, has nothing that the actor could not give: the flag of that name.

        "All of the user's grants lie within mine" cannot be said in Polar. Each question inside is answered by the
        policy's own rules, so that there is one truth. Never NULL.
        """
        gives = self.assignable
        if gives is None:
            return false()
        return sql_and(
            user.c.audience.in_(_words(gives.audiences)),
            true() if gives.all_contract_accounts else user.c.all_contract_accounts == false(),
            true() if gives.all_delivery_accounts else user.c.all_delivery_accounts == false(),
            _no_other_permission(gives.permissions, user),
            self._no_other_account(ContractGrant, "contract_account_id", ContractAccount, user),
            self._no_other_account(DeliveryGrant, "delivery_account_id", DeliveryAccount, user),
        )

    def _no_other_account(
        self, grants: type[Base], key: str, accounts: type[Base], user: FromClause
    ) -> ColumnElement[bool]:
        grant, account = grants.__table__.alias(), accounts.__table__.alias()
        assigns = self.may("assign", accounts, account)
        joined = grant.join(account, account.c.id == grant.c[key])
        theirs = sql_and(grant.c.user_id == user.c.id, in_force(grant))
        return ~_per_row(select(1).select_from(joined).where(theirs, assigns.is_not(true())).correlate(user))


def _no_other_permission(permissions: frozenset[Permission], user: FromClause) -> ColumnElement[bool]:
    held = UserPermission.__table__.alias()
    other = held.c.permission.not_in(_words(permissions))
    theirs = sql_and(held.c.user_id == user.c.id, in_force(held))
    return ~_per_row(select(1).select_from(held).where(theirs, other).correlate(user))


def _per_row(found: Select[tuple[int]]) -> Condition:
    # Without OFFSET, PostgreSQL may hash what the subquery finds for all users of all organizations beforehand.
    return exists(found.offset(literal_column("0")))


def _words(words: Iterable[str]) -> list[ColumnElement[str]]:
    return [constant(word) for word in sorted(map(str, words))]


def _bare(condition: Condition) -> Condition:
    # and_() and or_() wrap the constant that is left when they fold, and then it is not `true()` or `false()` any more.
    if isinstance(condition, AsBoolean) and condition.operator is is_true:
        return condition.element
    return condition
