"""The statement of a preview: one SELECT of the facts that decide whether the change is allowed, and of the JSON of its
rows, which PostgreSQL only builds if all accounts may be assigned."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    null,
    select,
)

from authz.hypothetical import SUBJECT_ID, SUBJECT_ORGANIZATION_ID, HypotheticalAccess
from authz.model.actions import VIEW, UserAction
from authz.predicates.sql_template import Substitution
from authz.recording import RecordingAccess
from models import ACCOUNT_KINDS, Audience, User
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import assignment_facts, facts_parameters
from resolvers.access_preview import changed_rows
from resolvers.access_preview.found_user import USER_ID, found_columns
from resolvers.access_preview.views import PreviewPlanner, Sides
from resolvers.mutations.users.insert import creation_facts
from resolvers.mutations.users.last_admin import other_admins
from resolvers.query.registry import Registry
from resolvers.query.selection import Selection

_NEW_ACCESS: Final = Substitution(changed_rows.REPLACED)
"""The admin, as stored, and the rows after the change."""


class Facts(Enum):
    """The SELECT of the facts about the access that the user gets, if it is new."""

    CREATION = "creation"
    ASSIGNMENT = "assignment"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PreviewStatement:
    """A variant of the statement of a selection (`resolvers.query.statement.Variant`). It has the row of the user with
    whom the actor may perform `action`, which is None for a new user. Without `rows`, it has only the facts."""

    sides: Sides
    action: UserAction | None
    facts: Facts
    rows: bool

    @property
    def parameters(self) -> frozenset[str]:
        """As `Variant.parameters`."""
        of_facts = {"emails", *facts_parameters(AccountAccess(Audience.ORGANIZATION)), *map(_count_name, _FIELDS)}
        return changed_rows.PARAMETERS | of_facts | {USER_ID}

    def select(
        self, registry: Registry, access: RecordingAccess, selection: Selection, *, large: bool
    ) -> Select[*tuple[Any, ...]]:
        """As `Variant.select`."""
        columns, tables, conditions = self._facts(access)
        if self.action is not None:
            found, table, is_allowed = found_columns(access, self.action)
            columns, tables, conditions = [*found, *columns], [*tables, table], [is_allowed, *conditions]
        rows: ColumnElement[Any] = cast(null(), Text)
        if self.rows:
            rows = PreviewPlanner(registry, access, self.sides, large=large).plan(selection)
        if conditions:
            rows = case((and_(*conditions), rows))
        statement = select(*columns, rows.label("rows")).select_from(*tables)
        if self.facts is not Facts.NONE:
            statement = statement.add_cte(*changed_rows.changed_rows(is_new=self.sides.is_new))
        return statement

    def _facts(
        self, access: RecordingAccess
    ) -> tuple[list[ColumnElement[Any]], list[FromClause], list[ColumnElement[bool]]]:
        """The columns of the facts, their tables, and the conditions for the rows."""
        columns: list[ColumnElement[Any]] = []
        if not self.sides.is_new:
            other_admin = other_admins(SUBJECT_ORGANIZATION_ID, SUBJECT_ID).exists()
            columns.append(other_admin.label("has_other_admin"))
        if self.facts is Facts.NONE:
            return columns, [], []
        select_facts = creation_facts if self.facts is Facts.CREATION else assignment_facts
        facts = select_facts(access).subquery("facts")
        sees_user = _sees_user(access)
        conditions = [sees_user, *(_may_assign_all(facts, field) for field in _FIELDS)]
        if self.facts is Facts.CREATION:
            conditions.append(facts.c.organization_id.is_not(None))
        return [*columns, *facts.c, sees_user.label("sees_user")], [facts], conditions


_FIELDS: Final = tuple(kind.field for kind in ACCOUNT_KINDS)


def _count_name(field: str) -> str:
    return f"{field}_count"


def _may_assign_all(facts: FromClause, field: str) -> ColumnElement[bool]:
    """Whether the admin may assign all listed accounts, for as long as they would be granted. Otherwise not even the
    time of the statement may tell what belongs to them."""
    number = bindparam(_count_name(field), type_=Integer())
    return and_(func.cardinality(facts.c[field]) == number, facts.c[f"{field}_late"].is_(None))


def _sees_user(access: RecordingAccess) -> ColumnElement[bool]:
    """Whether the admin sees the user after the change, as `reject_unseen` asks once it is stored."""
    own, after = changed_rows.own_row(), HypotheticalAccess(access.policy, access.traits, _NEW_ACCESS)
    is_own = select(own.c.id).where(own.c.id == SUBJECT_ID, after.may(VIEW, User, own))
    return exists(is_own.correlate_except(own))


def parameters_of_facts(after: AccountAccess, before: AccountAccess | None) -> dict[str, Any]:
    """The values of the parameters of the facts about a user who gets `after` in place of `before`."""
    counts = {_count_name(kind.field): len(set(getattr(after, kind.field))) for kind in ACCOUNT_KINDS}
    return {"emails": [], **facts_parameters(after, before), **counts}
