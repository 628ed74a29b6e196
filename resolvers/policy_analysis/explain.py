"""Explains why an actor may or may not perform an action on a resource: every derivation, each condition true or false.

The conditions are those of the policy's source (`authz/explain/derivations.py`). One statement evaluates all of them;
the detail of each (the row that links the two, the value that differs) is then looked up separately.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, Text, Uuid, and_, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import ACTOR_ID, ActorKind, Identity
from authz.explain.derivations import Derivation
from authz.explain.diagnosis import ConditionGroup, DerivationResult, condition_groups, diagnose
from authz.language.ast import Source
from authz.model.actions import ACTIONS
from authz.model.resources import Relation, attributes
from authz.policy import Policy
from authz.predicates.nodes import (
    FALSE,
    TRUE,
    Compare,
    Exists,
    Flag,
    NotNull,
    Null,
    OneOf,
    Path,
    Predicate,
    ordered,
)
from models import GRANTS, Base, ConditionKind, User, is_of_same, not_expired, tenant_of
from resolvers.fair_queue import SERVER, Flow
from resolvers.placed_rows import is_distributed
from resolvers.policy_analysis.assumption import NOTHING, Assumption
from resolvers.policy_analysis.condition_kind import is_own_grant, kind_of
from resolvers.policy_analysis.excess_privileges import excess_privileges
from resolvers.policy_analysis.explained_actor import ExplainedActor
from resolvers.policy_analysis.question_cache import QUESTIONS
from resolvers.policy_analysis.resource_lookup import Resource, name_of
from resolvers.policy_analysis.row_labels import row_label, without_noun
from resolvers.prepared_statement import PreparedStatement

BYTES_PER_DERIVATION = 4_000

MAX_ROWS = 3
"""The maximum number of rows named for one condition."""

_PLACE: Final = bindparam("resource_tenant", type_=Uuid(), unique=False)
"""The tenant of the resource."""

_SUBJECT: Any = SimpleNamespace(c=SimpleNamespace(id=ACTOR_ID))


@dataclass(frozen=True, slots=True)
class ExplainedCondition:
    """One condition as written in the policy, its position, and whether it holds.

    `detail` names the rows that satisfy it, or what the data has instead; it is empty if there is nothing to add.
    `names` are the permission or audience, the accounts or the connecting rows that a sentence about it names.
    """

    text: str
    source: Source
    holds: bool
    detail: str
    kind: ConditionKind = ConditionKind.OTHER
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Detail:
    """What there is to say about the rows of one condition: see `ExplainedCondition`."""

    text: str
    names: tuple[str, ...] = ()


_NO_DETAIL = _Detail("")


@dataclass(frozen=True, slots=True)
class ExplainedDerivation:
    """One derivation by which the policy could allow it. `rules` are its rules, outermost first."""

    rules: tuple[Source, ...]
    conditions: tuple[ExplainedCondition, ...]

    @property
    def missing(self) -> int:
        """Returns the number of conditions that do not hold."""
        return sum(not condition.holds for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether the actor may, and all derivations: those that hold first, then by the number of failing conditions.

    `crosses_by_rules` says that rules would allow it, but the resource is of another organization than the actor, or of
    none."""

    allowed: bool
    subject: ExplainedActor
    resource: Resource
    action: str
    derivations: tuple[ExplainedDerivation, ...]
    crosses_by_rules: bool = False


async def explain(
    connection: AsyncConnection,
    policy: Policy,
    subject: ExplainedActor,
    action: str,
    resource: Resource,
    *,
    flow: Flow = SERVER,
    assumed: Assumption = NOTHING,
) -> Explanation:
    """Explains why the actor may or may not perform `action` on `resource`. `flow` is on whose behalf its statement is
    built. `assumed` are grants that aren't stored, from which the actor's traits follow.

    An actor who may not act may do nothing, even if a derivation holds, and nobody but staff may do anything to a
    resource of another organization. Raises ValueError if the resource has no such
    action, and QueueFull.
    """
    ACTIONS[resource.model](action)
    access = assumed.access(policy, subject.actor.traits)
    crosses = subject.actor.traits.kind is not ActorKind.STAFF and (
        resource.organization_id is None or resource.organization_id != subject.actor.organization_id
    )
    # A distributed database finds the rows of two organizations in two places.
    assumed = replace(assumed, copied=crosses and await is_distributed(connection))
    key = "explain", policy.version, access.traits, access.substitution, action, resource.model, assumed.copied
    conditions = await QUESTIONS.get(key, partial(_conditions, access, action, resource.model, assumed), flow)
    evaluation = _ConditionEvaluation(connection, access, subject, resource, assumed)
    evaluated = await evaluation.answers(conditions)
    explained_derivations = [
        _explained(result, evaluated)
        for result in diagnose(conditions.candidates, lambda predicate: evaluated[predicate][0])
    ]
    holds = any(derivation.missing == 0 for derivation in explained_derivations)
    allowed = holds and not crosses and subject.may_act(policy)
    return Explanation(allowed, subject, resource, action, tuple(explained_derivations), holds and crosses)


@dataclass(frozen=True, slots=True)
class _Conditions:
    """All derivations of an action with their conditions, and the statement that evaluates the `predicates` for one
    user and one resource. None if they do not depend on the two."""

    candidates: list[tuple[Derivation, tuple[ConditionGroup, ...]]]
    predicates: list[Predicate]
    statement: PreparedStatement | None


def _conditions(access: Access, action: str, model: type[Base], assumed: Assumption) -> tuple[_Conditions, int]:
    """Returns the conditions for actors with the traits of `access`, and their size in bytes."""
    derivations = access.policy.derivation_builder.for_action(access.traits.kind, action, model)
    candidates = [(derivation, condition_groups(derivation, access.traits)) for derivation in derivations]
    predicates = ordered(frozenset(group.predicate for _, groups in candidates for group in groups) - {TRUE, FALSE})
    if not predicates:
        return _Conditions(candidates, [], None), BYTES_PER_DERIVATION * len(candidates)
    row = model.__table__.alias()
    columns = [func.coalesce(access.holds(predicate, model, row), False) for predicate in predicates]
    held = select(*columns).where(row.c.id == bindparam("resource_id", type_=Uuid()), _is_in_place(row))
    statement = PreparedStatement(assumed.applied(held))
    return _Conditions(candidates, predicates, statement), BYTES_PER_DERIVATION * len(candidates) + len(statement.sql)


def _explained(result: DerivationResult, evaluated: Mapping[Predicate, tuple[bool, _Detail]]) -> ExplainedDerivation:
    conditions = (_explained_condition(group, holds, evaluated) for group, holds in result.groups)
    return ExplainedDerivation(result.derivation.rules, tuple(conditions))


def _explained_condition(
    group: ConditionGroup, holds: bool, evaluated: Mapping[Predicate, tuple[bool, _Detail]]
) -> ExplainedCondition:
    kind, value = kind_of(group)
    _, detail = evaluated.get(group.predicate, (holds, _NO_DETAIL))
    source = Source(group.steps[0].rule.file, group.steps[0].span.line)
    return ExplainedCondition(group.text, source, holds, detail.text, kind, (value,) if value else detail.names)


@dataclass(frozen=True, slots=True)
class _ConditionEvaluation:
    connection: AsyncConnection
    access: Access
    subject: ExplainedActor
    resource: Resource
    assumed: Assumption

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the parameters of all statements: the actor's identity, the assumed rows, and where the
        resource is."""
        place = {_PLACE.key: tenant_of(self.resource.organization_id)}
        return {**self.subject.actor.identity, **self.assumed.parameters, **place}

    async def answers(self, conditions: _Conditions) -> dict[Predicate, tuple[bool, _Detail]]:
        """Returns whether each condition on the resource holds, and its detail."""
        if conditions.statement is None:
            return {}
        parameters = {**self.parameters, "resource_id": self.resource.id}
        values = (await conditions.statement.execute_on(self.connection, parameters)).one()
        return {
            predicate: (holds, await self._detail(predicate, holds))
            for predicate, holds in zip(conditions.predicates, values, strict=True)
        }

    async def _detail(self, condition: Predicate, holds: bool) -> _Detail:
        match condition:
            case Exists(path, where) if holds:
                return await self._row_labels(path, where)
            case Exists(path, where) if is_own_grant(path, where):
                names = await self._names(path[:-1]) or self.resource.name
                return _Detail(f"no grant of {names} to {self.subject.email}", (names,))
            case _:
                return _Detail(await self._difference(condition, holds))

    async def _difference(self, condition: Predicate, holds: bool) -> str:
        """Returns what the data has instead of what the condition requires; empty if there is nothing to say."""
        match condition:
            case Exists(path):
                return await self._count(path)
            case Compare(path, _, Identity()) if not holds:
                name = self.resource.name if len(path) == 1 else await self._names(path[:-1])
                return f"{name or 'it'} is of {self.resource.organization or 'no organization'}"
            case Compare(path) | OneOf(path) | Null(path) | NotNull(path) if not holds:
                return await self._value(path)
            case Flag() if not holds and self.resource.model is User:
                return await excess_privileges(
                    self.connection, self.access, self.assumed, self.parameters, self.resource.id
                )
        return ""

    async def _row_labels(self, path: Path, where: Predicate) -> _Detail:
        row = self._row()
        chain = _PathJoin(self.assumed, row, self.resource.model, path)
        label = row_label(chain.model, chain.end, _SUBJECT, self._organization).text.label("named")
        holding = self.access.holds(where, chain.model, chain.end)
        labels = (
            select(label)
            .select_from(chain.source)
            .where(row.c.id == self.resource.id, _is_in_place(row), chain.where, holding)
        )
        rows = await self._rows(labels.distinct().order_by("named").limit(MAX_ROWS + 1))
        shown = [name for (name,) in rows[:MAX_ROWS]] + (["…"] if len(rows) > MAX_ROWS else [])
        return _Detail(", ".join(shown), tuple(without_noun(chain.model, text) for text in shown))

    async def _count(self, path: Path) -> str:
        row = self._row()
        chain = _PathJoin(self.assumed, row, self.resource.model, path)
        statement = (
            select(func.count())
            .select_from(chain.source)
            .where(row.c.id == self.resource.id, _is_in_place(row), chain.where)
        )
        ((count,),) = await self._rows(statement)
        relation = path[-1].replace("_", " ")
        return f"none of its {count} {relation} matches" if count else f"it has no {relation}"

    async def _names(self, path: Path) -> str:
        """Returns the name of the row at the end of a path of to-one relations; empty if there is none."""
        if not path:
            return ""
        row = self._row()
        chain = _PathJoin(self.assumed, row, self.resource.model, path)
        named = select(name_of(chain.model, chain.end)).select_from(chain.source)
        return ", ".join(
            name
            for (name,) in await self._rows(named.where(row.c.id == self.resource.id, _is_in_place(row), chain.where))
        )

    async def _value(self, path: Path) -> str:
        row = self._row()
        chain = _PathJoin(self.assumed, row, self.resource.model, path[:-1])
        attribute = attributes(chain.model)[path[-1]]
        column = chain.end.c[attribute.local if isinstance(attribute, Relation) else path[-1]]
        value = (
            select(cast(column, Text))
            .select_from(chain.source)
            .where(row.c.id == self.resource.id, _is_in_place(row), chain.where)
        )
        values = [value for (value,) in await self._rows(value)]
        if not values:
            return "it does not exist"
        return "it is empty" if values[0] is None else f"it is {values[0]}"

    def _row(self) -> FromClause:
        return self.resource.model.__table__.alias()

    @property
    def _organization(self) -> ColumnElement[Any] | None:
        return None if self.resource.organization_id is None else _PLACE

    async def _rows(self, statement: Select[*tuple[Any, ...]]) -> list[Any]:
        return list((await self.connection.execute(self.assumed.applied(statement), self.parameters)).all())


def _is_in_place(row: FromClause) -> ColumnElement[bool]:
    """Whether the row is of the tenant of the resource."""
    tenant = next(name for name in ("tenant_id", "organization_id", "id") if name in row.c)
    in_place: ColumnElement[bool] = row.c[tenant] == _PLACE
    return in_place


class _PathJoin:
    """The joined tables along `path` from `row` of `model`: `end` is the last one, of the type `model`, and `where`
    links them. Grants that have expired are not there."""

    def __init__(self, assumed: Assumption, row: FromClause, model: type[Base], path: Path) -> None:
        self.end, self.model, self.source = row, model, row
        links: list[ColumnElement[bool]] = []
        for step in path:
            relation = attributes(self.model)[step]
            assert isinstance(relation, Relation)
            next_ = assumed.alias(relation.target)
            link = next_.c[relation.remote] == self.end.c[relation.local]
            if not relation.unconstrained:
                link = and_(link, is_of_same(next_, self.end))
            self.source = self.source.join(next_, link)
            self.end, self.model = next_, relation.target
            links.append(link)
            if relation.target in GRANTS:
                links.append(not_expired(next_))
        self.where = and_(True, *links)
