"""Decides what an actor may do, as conditions for SQL statements. Other layers check access only through this module.

row = User.__table__.alias()
select(row.c.email).where(access.may("view", User, row))            # lists, counts, node(id)
select(access.may("update", User, row).is_(true()))                 # viewerCan
select(row.c.id).where(row.c.id == id, access.may("remove", User, row)).with_for_update()

Whatever the policy says, nobody but staff gets across the border of their organization (`predicates/border.py`):

select(grant.c.ends_at).where(grant.c.user_id == row.c.id, access.same_organization(grant, row))

An admin may *view as* a user: read what the user sees. Whatever such a read is allowed must be allowed to both, under
any policy, and neither may change anything by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, true
from sqlalchemy.sql.elements import AsBoolean
from sqlalchemy.sql.operators import is_true

from authz.actor import ACTOR_ID, ACTOR_ORGANIZATION_ID, VIEWING_ID, VIEWING_ORGANIZATION_ID, ActorKind, Traits
from authz.assignable import Assignable, assignable
from authz.model.actions import ACTIONS, VIEW, AccessRequestAction, Capability, OrganizationAction
from authz.model.resources import ResourceFlag
from authz.policy import Policy
from authz.predicates.border import same_organization, within
from authz.predicates.nodes import FALSE, TRUE, Predicate
from authz.predicates.simplify import any_of, factor, given
from authz.predicates.sql import Condition, Scope, expression
from authz.predicates.sql_template import UNCHANGED, SqlTemplate, Substitution, compile_template
from authz.within_reach.sql import within_reach
from authz.within_reach.templates import TEMPLATE_VISIBLE, TEMPLATE_WITHIN_REACH, template_within_reach
from models import AccessRequest, AccessTemplate, Base, Organization

__all__ = ["Access", "Assignable", "Scope"]

_AS_ADMIN = Substitution(
    parameters=((ACTOR_ID.key, VIEWING_ID.key), (ACTOR_ORGANIZATION_ID.key, VIEWING_ORGANIZATION_ID.key))
)


@dataclass(frozen=True, slots=True)
class VisibleActions:
    """What is allowed on a row that the actor sees: `always`, and if `shared` holds, the actions whose `rest` does."""

    always: frozenset[str]
    shared: ColumnElement[bool]
    rest: Mapping[str, ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Access:
    """What `policy` allows to actors with `traits`. Cheap to create; equal instances share cached statements.

    `viewed_by` are the traits of an admin who reads as the actor, if one does: then it is what the policy allows to
    both, and the identity of the admin is among the bind parameters of the conditions.

    `by_scim_token` says that a SCIM token acts for the user. It may do the same; only its session is another.

    `must_have_second_factor` says that the operator requires a second factor of the actor, who may do the same: it is
    for showing it to them.
    """

    policy: Policy
    traits: Traits
    viewed_by: Traits | None = field(default=None, kw_only=True)
    by_scim_token: bool = field(default=False, kw_only=True)
    must_have_second_factor: bool = field(default=False, kw_only=True)

    def may(
        self,
        action: str,
        model: type[Base],
        row: FromClause,
        at: ColumnElement[datetime] | None = None,
        *,
        scope: Scope = Scope.UNKNOWN,
    ) -> ColumnElement[bool]:
        """Returns the condition under which `action` is allowed on `row`, an alias of `model`'s table.

        `scope` says for which rows it is evaluated; a wrong one is only slow.

        With `at`, account grants count if they have not expired at that moment; traits and users' flags are current.

        Returns `true()` or `false()` if it does not depend on the row. It can be NULL, which means no: use it in WHERE,
        or as `may(...).is_(true())`. Its only bind parameters are the actor's identity (`authz.actor`). Raises KeyError
        for an unknown type, and ValueError for an unknown action.
        """
        if at is not None:
            assert self.viewed_by is None, "nobody grants anything as somebody else"
            where, organization = self.decide(action, model), self._organization
            return _bare(expression(where, model, row, self._flag, at=at, organization=organization))
        allowed = self._may_alone(action, model, row, scope=scope)
        return allowed if self.admin is None else _both(allowed, self.admin.may(action, model, row, scope=scope))

    def _may_alone(
        self, action: str, model: type[Base], row: FromClause, *, scope: Scope = Scope.UNKNOWN
    ) -> ColumnElement[bool]:
        """The same for the actor alone, whoever views as them: the conditions that templates are kept of."""
        return self.holds(self.decide(action, model), model, row, scope=scope)

    def may_any_visible(self, actions: Iterable[str], model: type[Base], row: FromClause) -> ColumnElement[bool]:
        """Returns the condition under which one of `actions` is allowed on `row`, which the actor sees. As `may`."""
        if self.viewed_by is not None:
            return _any(self.may(action, model, row) for action in actions)
        return self.holds(any_of((self._on_visible(action, model) for action in actions), model), model, row)

    def each_visible(self, actions: Iterable[str], model: type[Base], row: FromClause) -> "VisibleActions":
        """Returns the conditions under which each of `actions` is allowed on `row`, which the actor sees. As `may`.
        To an admin who views as the actor, nothing but seeing it is."""
        if self.viewed_by is not None:
            return VisibleActions(frozenset({VIEW}), true(), {})
        wheres = {action: self._on_visible(action, model) for action in actions}
        dependent = {action: where for action, where in wheres.items() if where not in (TRUE, FALSE)}
        always = frozenset(action for action, where in wheres.items() if where == TRUE)
        shared, rest = factor(dependent.values())
        conditions = {action: self.holds(rest(where), model, row) for action, where in dependent.items()}
        return VisibleActions(always, self.holds(shared, model, row), conditions)

    def decide(self, action: str, model: type[Base]) -> Predicate:
        """Returns the condition under which `action` is allowed on rows of `model`: that of the policy, and for all but
        staff, that the row is of the actor's organization."""
        if model is AccessTemplate:
            return TEMPLATE_VISIBLE if self.assignable is not None else FALSE
        allowed = self.policy.decision(self.traits, action, model).where
        return allowed if self._organization is None else within(allowed, model)

    def same_organization(
        self, row: FromClause, of: FromClause | None = None, *, checked: bool = False
    ) -> ColumnElement[bool]:
        """Returns the condition that `row`, which belongs to the row `of`, does not lie beyond the border of an
        organization: for all but staff, that it is of the actor's organization, and for staff, that it is of the same
        one as `of`. Every row of an organization needs it. If it is `checked`, because `may` is about the row as well,
        that says it for all but staff."""
        if checked and self._organization is not None:
            return true()
        return same_organization(row, of, self._organization)

    @property
    def _organization(self) -> ColumnElement[UUID] | None:
        """The only organization whose rows the actor can reach; None for staff."""
        return None if self.traits.kind is ActorKind.STAFF else ACTOR_ORGANIZATION_ID

    def _on_visible(self, action: str, model: type[Base]) -> Predicate:
        return given(self.decide(action, model), self.decide(VIEW, model), model)

    def holds(
        self, predicate: Predicate, model: type[Base], row: FromClause, *, scope: Scope = Scope.UNKNOWN
    ) -> ColumnElement[bool]:
        """Returns the condition under which `predicate`, a part of a decision, holds for `row`. Otherwise as `may`."""
        templates, key = self.policy.templates, (self.traits, predicate, model, scope, self.substitution)
        template = templates.get(key)
        if template is None:
            template = compile_template(
                lambda row: _bare(
                    expression(predicate, model, row, self._flag, scope=scope, organization=self._organization)
                ),
                model.__table__,
                substitution=self.substitution,
            )
            templates.put(key, template)
        return template.on(row) if isinstance(template, SqlTemplate) else template

    @property
    def substitution(self) -> Substitution:
        """What replaces the stored rows and the identity of the actor in the conditions of `may`, if anything."""
        return UNCHANGED

    @property
    def admin(self) -> "Access | None":
        """What the policy allows to the admin who views as the actor, if one does, by the parameters `VIEWING_ID` and
        `VIEWING_ORGANIZATION_ID`."""
        return None if self.viewed_by is None else _AdminAccess(self.policy, self.viewed_by)

    @property
    def creates_organizations(self) -> bool:
        """Whether the actor may create organizations."""
        return bool(self.policy.capability_values(self.traits, Capability.CREATES_ORGANIZATIONS))

    @property
    def reads_policy(self) -> bool:
        """Whether the actor may read the policy and see what an edit of it would change for whom: staff who may view
        every row and review everybody's access."""
        review = OrganizationAction.REVIEW_ACCESS
        return (
            self.traits.kind is ActorKind.STAFF
            and all(self.decide(VIEW, model) == TRUE for model in ACTIONS)
            and self.decide(review, Organization) == TRUE
        )

    @property
    def makes_api_clients(self) -> bool:
        """Whether the actor may create API clients."""
        return bool(self.policy.capability_values(self.traits, Capability.MAKES_API_CLIENTS))

    @property
    def requests_access(self) -> bool:
        """Whether the actor may request access at all: there are requests that they could withdraw."""
        return self.decide(AccessRequestAction.WITHDRAW, AccessRequest) != FALSE

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
        if name == TEMPLATE_WITHIN_REACH:
            return template_within_reach(
                self.assignable, user, partial(self.may, "assign"), partial(self.same_organization, of=user)
            )
        return {ResourceFlag.WITHIN_REACH_OF_ACTOR: self.within_reach}[ResourceFlag(name)](user)

    def within_reach(self, user: FromClause) -> Condition:
        """Whether `user`, an alias of users, has only access that the actor may assign: the flag of that name."""
        return within_reach(
            self.assignable, user, partial(self._may_alone, "assign"), partial(self.same_organization, of=user)
        )


@dataclass(frozen=True, slots=True)
class _AdminAccess(Access):
    @property
    def substitution(self) -> Substitution:
        """As `Access.substitution`."""
        return _AS_ADMIN


def _both(one: ColumnElement[bool], other: ColumnElement[bool]) -> ColumnElement[bool]:
    if one is false() or other is true():
        return one
    return other if one is true() or other is false() else and_(one, other)


def _any(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    possible = [condition for condition in conditions if condition is not false()]
    if not possible:
        return false()
    return true() if any(condition is true() for condition in possible) else or_(*possible)


def _bare(condition: Condition) -> Condition:
    # and_() and or_() wrap the constant that remains after folding, so that it is no longer `true()` or `false()`.
    if isinstance(condition, AsBoolean) and condition.operator is is_true:
        return condition.element
    return condition
