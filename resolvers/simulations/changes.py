"""The changes that can be simulated, and the rows of the database as they would be afterwards: CTEs named like the
tables that they replace.

    WITH services AS (SELECT … FROM services WHERE id <> :changed_id UNION ALL
                      SELECT …, :account_id AS contract_account_id, … FROM services WHERE id = :changed_id)

A CTE is not recursive: its own FROM is the table. Nothing is written. The ids are parameters, so that all changes of
one kind share the text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, FromClause, Select, Uuid, bindparam, cast, func, null, select, union_all

from models import AccountKind, Base, Service, User

CHANGED_ID: Final = bindparam("changed_id", type_=Uuid(), unique=False)
"""The id of the service, the account or the user."""

_ACCOUNT_ID: Final = bindparam("account_id", type_=Uuid(), unique=False)


class Change(Protocol):
    """A kind of change with its ids."""

    @property
    def shape(self) -> tuple[str, ...]:
        """What the text of a statement about the change depends on."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values of the parameters of `rows` and `is_changed`."""
        ...

    @property
    def tables(self) -> frozenset[type[Base]]:
        """The types whose rows change."""
        ...

    def is_changed(self, model: type[Base], row: FromClause) -> ColumnElement[bool]:
        """Whether a row of one of `tables`, as it is now or as it would be, is one that changes."""
        ...

    def rows(self) -> list[CTE]:
        """The rows of `tables` after the change."""
        ...

    @property
    def leaving(self) -> ColumnElement[UUID] | None:
        """The id of the user who would no longer act, if one does."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceMove:
    """A service gets another account of the kind."""

    service_id: UUID
    kind: AccountKind
    account_id: UUID

    @property
    def shape(self) -> tuple[str, ...]:
        """As `Change.shape`."""
        return "service", self.kind.key

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As `Change.parameters`."""
        return {CHANGED_ID.key: self.service_id, _ACCOUNT_ID.key: self.account_id}

    @property
    def tables(self) -> frozenset[type[Base]]:
        """As `Change.tables`."""
        return frozenset({Service})

    def is_changed(self, _model: type[Base], row: FromClause) -> ColumnElement[bool]:
        """As `Change.is_changed`."""
        return row.c.id == CHANGED_ID

    def rows(self) -> list[CTE]:
        """As `Change.rows`."""
        return [_one_changed(Service, lambda _: {self.kind.key: cast(_ACCOUNT_ID, Uuid())})]

    @property
    def leaving(self) -> None:
        """As `Change.leaving`."""
        return


@dataclass(frozen=True, slots=True)
class AccountClosing:
    """An account of the kind goes, with its services and the grants of it."""

    kind: AccountKind
    account_id: UUID

    @property
    def shape(self) -> tuple[str, ...]:
        """As `Change.shape`."""
        return "account", self.kind.key

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As `Change.parameters`."""
        return {CHANGED_ID.key: self.account_id}

    @property
    def tables(self) -> frozenset[type[Base]]:
        """As `Change.tables`."""
        return frozenset({self.kind.accounts, self.kind.grants, Service})

    def is_changed(self, model: type[Base], row: FromClause) -> ColumnElement[bool]:
        """As `Change.is_changed`."""
        is_of_account: ColumnElement[bool] = row.c[self._key(model)] == CHANGED_ID
        return is_of_account

    def rows(self) -> list[CTE]:
        """As `Change.rows`."""
        return [
            _cte(model, select(stored).where(stored.c[self._key(model)] != CHANGED_ID))
            for model in (self.kind.accounts, self.kind.grants, Service)
            for stored in (model.__table__.alias("stored"),)
        ]

    def _key(self, model: type[Base]) -> str:
        return "id" if model is self.kind.accounts else self.kind.key

    @property
    def leaving(self) -> None:
        """As `Change.leaving`."""
        return


@dataclass(frozen=True, slots=True)
class UserLeaving:
    """A user is removed, as by `removeUser`."""

    user_id: UUID

    @property
    def shape(self) -> tuple[str, ...]:
        """As `Change.shape`."""
        return ("user",)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As `Change.parameters`."""
        return {CHANGED_ID.key: self.user_id}

    @property
    def tables(self) -> frozenset[type[Base]]:
        """As `Change.tables`."""
        return frozenset({User})

    def is_changed(self, _model: type[Base], row: FromClause) -> ColumnElement[bool]:
        """As `Change.is_changed`."""
        return row.c.id == CHANGED_ID

    def rows(self) -> list[CTE]:
        """As `Change.rows`."""
        return [_one_changed(User, _removed)]

    @property
    def leaving(self) -> ColumnElement[UUID]:
        """As `Change.leaving`."""
        return CHANGED_ID


def _removed(user: FromClause) -> Mapping[str, ColumnElement[Any]]:
    return {"removed_at": func.coalesce(user.c.removed_at, func.now()), "template_id": cast(null(), Uuid())}


def _one_changed(model: type[Base], new_values: Callable[[FromClause], Mapping[str, ColumnElement[Any]]]) -> CTE:
    stored = model.__table__.alias("stored")
    values = new_values(stored)
    # No policy can name the password.
    columns = [column for column in stored.c if column.name != "password_hash"]
    changed = [values[column.name].label(column.name) if column.name in values else column for column in columns]
    others = select(*columns).where(stored.c.id != CHANGED_ID)
    # With UNION ALL, conditions reach the indexes of the table.
    return _cte(model, union_all(others, select(*changed).where(stored.c.id == CHANGED_ID)))


def _cte(model: type[Base], rows: Any) -> CTE:
    cte: CTE = rows.cte(model.__tablename__).prefix_with("NOT MATERIALIZED")
    return cte


def after(change: Change, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """`query` over the rows after the change: all tables in it, and none outside of it, have these rows."""
    nested = select(query.subquery()).add_cte(*change.rows(), nest_here=True)
    # In a subquery, as a part of a UNION would share its CTEs with the others.
    return select(nested.subquery())
