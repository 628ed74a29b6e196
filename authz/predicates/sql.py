"""Translates a predicate to a SQLAlchemy expression on a row, in the form that PostgreSQL evaluates fastest.

The actor's own rows, such as grants to the actor, are fetched once per statement, regardless of how many rows are
tested, because the inner list does not depend on the row:

    service.contract_account_id =
        ANY (ARRAY(SELECT g.contract_account_id FROM contract_grants g WHERE g.user_id = :actor_id))

Other relations become a correlated EXISTS on indexed columns. One that is an alternative is evaluated for each row, so
that a page of 25 rows costs 25 of them, unless the condition is for all rows of a table: then PostgreSQL may hash the
subquery's rows instead (`Scope`). A relation to many rows inside of another (the services of the accounts of a user's
grants) is a set that depends on the actor alone; it is computed once, and each of the many rows looks itself up:

    g.delivery_account_id IN (SELECT s.delivery_account_id FROM services s WHERE s.contract_account_id = ANY (…))

Comparisons are plain `=` and `<>`, and the only NOT is
that of an EXISTS, so that NULL can only deny. Relations to grants contain only grants in force. A relation is joined by
the nearest column that holds its key: a service's grants by `services.contract_account_id`, without contract_accounts
in between.

Each row that a condition joins is of the organization of the actor, or of the row that it belongs to (`border.py`).

If actors are rows, too, and their identity is columns (`routes.py`), nothing is fetched once; and `joined_expression`
returns the same condition with tables to join, instead of an EXISTS that would run for every pair of actor and row.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any as Anything

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    any_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import and_ as sql_and
from sqlalchemy.sql import operators

from authz.actor import ACTOR_CLIENT_ID, ACTOR_ID, ACTOR_ORGANIZATION_ID, Identity
from authz.model.resources import Relation, attributes, organization_key
from authz.predicates.border import is_said, same_organization
from authz.predicates.nodes import (
    All,
    Any,
    Compare,
    Constant,
    Exists,
    Flag,
    NotNull,
    Null,
    OneOf,
    Operator,
    Path,
    Predicate,
    any_leaf,
    ordered,
)
from authz.predicates.own_sets import OwnSet
from authz.predicates.relations import first_step, is_actor_only, is_bounded, joined_relation, without_first_step
from models import GRANTS, Base, is_of, not_expired

Condition = ColumnElement[bool]
FlagExpression = Callable[[str, FromClause], Condition]
Identities = Mapping[Identity, ColumnElement[Anything]]

CURRENT_ACTOR: Identities = {
    Identity.ID: ACTOR_ID,
    Identity.ORGANIZATION_ID: ACTOR_ORGANIZATION_ID,
    Identity.CLIENT_ID: ACTOR_CLIENT_ID,
}
"""The identity of the actor of the request: bind parameters."""

_OPERATORS: dict[Operator, Callable[[Anything, Anything], Anything]] = {
    Operator.EQUAL: operators.eq,
    Operator.UNEQUAL: operators.ne,
    Operator.LESS: operators.lt,
    Operator.AT_MOST: operators.le,
    Operator.GREATER: operators.gt,
    Operator.AT_LEAST: operators.ge,
}


class Scope(Enum):
    """For which rows of a large organization a condition is evaluated: it decides between forms that mean the same."""

    UNKNOWN = "any rows: PostgreSQL chooses"
    ROW = "one row, or the few that belong to another row"
    PAGE = "a page of a table's rows, in the order of an index"
    ALL = "all rows of a table, to count or sort them"


@dataclass(frozen=True, slots=True)
class Joins:
    """The tables to join for relations whose condition `should_join` accepts; filled while translating a predicate."""

    should_join: Callable[[Predicate], bool]
    tables: list[tuple[type[Base], FromClause]] = field(default_factory=list)


def expression(
    predicate: Predicate,
    model: type[Base],
    row: FromClause,
    flag: FlagExpression,
    *,
    identity: Identities = CURRENT_ACTOR,
    at: ColumnElement[datetime] | None = None,
    scope: Scope = Scope.UNKNOWN,
    organization: ColumnElement[Anything] | None = None,
) -> Condition:
    """Returns the SQL condition on `row`, an alias of `model`'s table, that means the same as `predicate`.

    `flag` returns the SQL of a virtual flag of users, `identity` that of the actor's identity. Only grants in force at
    the time `at` count; None means now. All rows that the condition joins are of the `organization`, if given. The
    condition may be NULL, which means false.
    """
    return _Translation(flag, identity, at, scope=scope, organization=organization).condition(predicate, model, row)


def joined_expression(
    predicate: Predicate,
    model: type[Base],
    row: FromClause,
    flag: FlagExpression,
    *,
    identity: Identities,
    joins: Joins,
) -> Condition:
    """Returns the same condition for a statement that cross-joins the tables added to `joins`.

    A pair of actor and row is selected once for each element that satisfies the condition.
    """
    return _Translation(flag, identity, joins=joins).condition(predicate, model, row)


@dataclass(frozen=True, slots=True)
class _Translation:
    flag: FlagExpression
    identity: Identities
    at: ColumnElement[datetime] | None = None
    joins: Joins | None = None
    scope: Scope = Scope.UNKNOWN
    is_alternative: bool = False
    in_many: bool = False
    organization: ColumnElement[Anything] | None = None

    def condition(self, predicate: Predicate, model: type[Base], row: FromClause) -> Condition:
        match predicate:
            case Any(items):
                if (bounded := self._in_bounded_sets(ordered(items), model, row)) is not None:
                    return bounded
                # An alternative may lack its row although another one holds, so it can't be joined.
                without_joins = replace(self, joins=None, is_alternative=True)
                return or_(false(), *(without_joins.condition(item, model, row) for item in ordered(items)))
            case All(items):
                return self._all(ordered(items), model, row)
            case Exists(path, where):
                return self._exists(path, where, model, row)
            case _ if len(predicate.path) > 1:
                return self._all([predicate], model, row)
            case Flag((name,)):
                return self.flag(name, row)
            case Null((name,)) | NotNull((name,)) if (
                row_exists := _unconstrained_exists(name, model, row)
            ) is not None:
                return row_exists if isinstance(predicate, NotNull) else ~row_exists
            case _:
                return _leaf(predicate, model, row, self.identity)

    def _all(self, items: list[Predicate], model: type[Base], row: FromClause) -> Condition:
        """Joins `items` by AND; those over the same to-one relation become conditions on one joined row."""
        conditions: list[Condition] = []
        by_relation: defaultdict[str, list[Predicate]] = defaultdict(list)
        for item in items:
            step = joined_relation(item, model)
            if step is None:
                conditions.append(self.condition(item, model, row))
            else:
                by_relation[step].append(without_first_step(item))
        conditions += [self._joined(step, wheres, model, row) for step, wheres in by_relation.items()]
        return sql_and(true(), *conditions)

    def _joined(self, step: str, wheres: list[Predicate], model: type[Base], row: FromClause) -> Condition:
        return self._exists((step,), All(frozenset(wheres)), model, row)

    def _in_bounded_sets(self, items: list[Predicate], model: type[Base], row: FromClause) -> Condition | None:
        """Returns the condition that a key of the row is in one of several sets that depend on the actor, such as the
        accounts granted to the actor, and those that their services lead to. For a page, PostgreSQL may start from the
        sets, which are small for most actors, or from the rows. Returns None if `items` are anything else."""
        if self.scope not in (Scope.PAGE, Scope.ALL) or self.in_many or len(items) < 2:
            return None
        steps = [first_step(item.path, item.where, model) for item in items if isinstance(item, Exists)]
        keys = {key for key, _, _ in steps}
        if len(steps) < len(items) or len(keys) > 1 or not all(is_bounded(w, r.target) for _, r, w in steps):
            return None
        sets = [self._keys(relation, where, model) for _, relation, where in steps]
        in_sets = row.c[keys.pop()].in_(union_all(*sets))
        # With IS TRUE, PostgreSQL computes the sets once. Where it expects one row that passes a filter, it would do so
        # for each of thousands.
        return in_sets.is_(true()) if self.scope is Scope.ALL else in_sets

    def _keys(self, relation: Relation, where: Predicate, model: type[Base]) -> Select[Anything]:
        """The keys of all rows of the relation that satisfy `where`."""
        other = relation.target.__table__.alias()
        inside = self._inside(other, None, relation, model)
        current = not_expired(other, self.at) if relation.target in GRANTS else true()
        inner = replace(self, joins=None, is_alternative=False, in_many=False)
        condition = inner.condition(where, relation.target, other)
        return select(other.c[relation.remote]).where(condition, inside, current).correlate_except(other)

    def _inside(
        self, other: FromClause, row: FromClause | None, relation: Relation, model: type[Base]
    ) -> ColumnElement[bool]:
        """The condition that `other`, a row of the relation, lies on the same side of the border as `row`, of `model`.
        If that is None, only the organization of all rows can tell."""
        if relation.unconstrained or (self.organization is None and is_said(relation, model)):
            return true()
        return same_organization(other, row, self.organization)

    def _exists(self, path: Path, where: Predicate, model: type[Base], row: FromClause) -> Condition:
        key, relation, inner = first_step(path, where, model)
        return self._some(model, row, key, relation, inner)

    def _some(self, model: type[Base], row: FromClause, key: str, relation: Relation, where: Predicate) -> Condition:
        other = relation.target.__table__.alias()
        joined = other.c[relation.remote] == row.c[key]
        current = not_expired(other, self.at) if relation.target in GRANTS else true()
        if self.joins is not None and self.joins.should_join(where):
            self.joins.tables.append((relation.target, other))
            inside = self._inside(other, row, relation, model)
            return sql_and(joined, inside, self.condition(where, relation.target, other), current)
        in_many = self.in_many and self.scope is not Scope.UNKNOWN
        is_set_of_many = in_many and relation.many and self.identity is CURRENT_ACTOR
        # The rows of the set are found by an index, however many look themselves up in it.
        inner_in_many = not is_set_of_many and (self.in_many or relation.many)
        inner = replace(self, joins=None, is_alternative=False, in_many=inner_in_many)
        inside = self._inside(other, None, relation, model)
        condition = sql_and(inner.condition(where, relation.target, other), inside, current)
        is_own = self.identity is CURRENT_ACTOR and is_actor_only(where, relation.target)
        if is_set_of_many or is_own:
            keys = select(other.c[relation.remote]).where(condition).correlate_except(other)
            if in_many:
                # Many services lead to the same account.
                keys = keys.distinct()
            # PostgreSQL finds the rows with the keys of an array by an index, and hashes the rows of IN to look one up.
            if self.scope is Scope.ALL or not in_many:
                return row.c[key] == any_(OwnSet(keys) if is_own else func.array(keys.scalar_subquery()))
            # Without IS TRUE, PostgreSQL may join the set, and compute it again for each row.
            return row.c[key].in_(keys).is_(true())
        for_all = self.identity is CURRENT_ACTOR and self.is_alternative and self.scope is Scope.ALL
        if for_all and not any_leaf(where, lambda leaf: isinstance(leaf, Flag)):
            # As IN, PostgreSQL hashes the keys however few rows it expects. As EXISTS, it may evaluate it for each row.
            # A flag takes long to evaluate, so not for all keys.
            return row.c[key].in_(select(other.c[relation.remote]).where(condition).correlate_except(other))
        if self.organization is None:
            condition = sql_and(condition, self._inside(other, row, relation, model))
        matches = select(1).select_from(other).where(joined, condition).correlate_except(other)
        for_each_row = self.identity is CURRENT_ACTOR and self.is_alternative and self.scope in (Scope.ROW, Scope.PAGE)
        # With OFFSET, PostgreSQL doesn't hash the subquery's rows.
        return exists(matches.offset(literal_column("0")) if for_each_row else matches)


def _leaf(leaf: Predicate, model: type[Base], row: FromClause, identity: Identities) -> Condition:
    match leaf:
        case Compare((name,), Operator.EQUAL, bool() as value):
            return row.c[name] if value else row.c[name] == false()
        case Compare((name,), Operator.EQUAL, Identity.ORGANIZATION_ID) if name == organization_key(model):
            return is_of(row, identity[Identity.ORGANIZATION_ID])
        case Compare((name,), operator, value):
            column: Anything = row.c[name]
            if operator not in (Operator.EQUAL, Operator.UNEQUAL) and isinstance(value, str):
                # Polar orders text by code point, and so must PostgreSQL, whatever the locale of the database.
                column = column.collate("C")
            comparison: Condition = _OPERATORS[operator](column, _value(value, identity))
            return comparison
        case OneOf((name,), values):
            return row.c[name].in_([constant(value) for value in sorted(values)])
        case Null((name,)):
            return _stored(name, model, row).is_(None)
        case NotNull((name,)):
            return _stored(name, model, row).is_not(None)
    raise AssertionError(f"not a leaf: {leaf}")


def _value(value: Constant | Identity, identity: Identities) -> ColumnElement[Anything]:
    return identity[value] if isinstance(value, Identity) else constant(value)


def constant(value: Constant) -> ColumnElement[Anything]:
    """Returns `value` as a literal of the statement.

    So it belongs to the statement's shape, and the text can run anywhere without a bind value for it.
    """
    match value:
        case bool():
            return true() if value else false()
        case int():
            return literal_column(str(value), Integer)
        case str():
            return literal_column("'" + value.replace("'", "''") + "'", Text)


def _unconstrained_exists(name: str, model: type[Base], row: FromClause) -> Condition | None:
    """Returns the condition that a relation without a foreign key has a row; None for any other attribute."""
    relation = attributes(model)[name]
    if not isinstance(relation, Relation) or not relation.unconstrained:
        return None
    other = relation.target.__table__.alias()
    return exists(select(1).select_from(other).where(other.c[relation.remote] == row.c[relation.local]).correlate(row))


def _stored(name: str, model: type[Base], row: FromClause) -> ColumnElement[Anything]:
    attribute = attributes(model)[name]
    return row.c[attribute.local if isinstance(attribute, Relation) else name]
