"""Why somebody may do something to one thing, or why not: every way that the policy has, each condition true or false.

The conditions are those of the policy's source (`authz/explain/derivations.py`). All of them are asked of the database
in one
statement; what stands behind each (the row that ties the two, the value that is another) is then looked up by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import ACTOR_ID, Actor
from authz.explain.diagnosis import ConditionGroup, DerivationResult, condition_groups, diagnose
from authz.model.resources import ACTIONS, Relation, attributes
from authz.policy import Policy
from authz.predicates.nodes import (
    FALSE,
    TRUE,
    Compare,
    Exists,
    Flag,
    Identity,
    NotNull,
    Null,
    OneOf,
    Operator,
    Path,
    Predicate,
    Source,
    ordered,
)
from models import Base, User
from resolvers.callers.load_actor import traits_of, users_with_traits
from resolvers.policy_analysis.excess_privileges import excess_privileges
from resolvers.policy_analysis.resource_lookup import Resource, name_of
from resolvers.policy_analysis.row_labels import label_row
from resolvers.types import user as user_fields
from resolvers.types.user import UserStatus

MOST_ROWS = 3
"""Rows that are named for one condition."""

_OWN = Compare(("user_id",), Operator.EQUAL, Identity.ID)
_SUBJECT: Any = SimpleNamespace(c=SimpleNamespace(id=ACTOR_ID))


@dataclass(frozen=True, slots=True)
class ExplainedUser:
    """The user about whom is asked: what they would be as an actor, and whether they can act at all."""

    actor: Actor
    email: str
    status: UserStatus


@dataclass(frozen=True, slots=True)
class ExplainedCondition:
    """One condition as it stands in the policy, its place there, and whether it holds.

    `detail` is what it holds through, or what there is in place of what it asks for; empty where there is no more to
    say.
    """

    text: str
    source: Source
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ExplainedDerivation:
    """One way in which the policy could allow it. `rules` are those that it comes through, outermost first."""

    rules: tuple[Source, ...]
    conditions: tuple[ExplainedCondition, ...]

    @property
    def missing(self) -> int:
        """How many of its conditions do not hold."""
        return sum(not condition.holds for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether the user may, and all ways: those that are open first, then those that lack least."""

    allowed: bool
    subject: ExplainedUser
    thing: Resource
    action: str
    ways: tuple[ExplainedDerivation, ...]


async def find_subject(connection: AsyncConnection, user_id: UUID) -> ExplainedUser | None:
    """The user `user_id`, active or not."""
    access: Any = None  # a user's status depends on nobody
    status = user_fields.status(User.__table__, access)
    statement = users_with_traits().add_columns(User.email, status.label("status")).where(User.id == user_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    actor = Actor(row.id, row.organization_id, traits_of(row), row.version)
    return ExplainedUser(actor, row.email, UserStatus(row.status))


async def explain(
    connection: AsyncConnection, policy: Policy, subject: ExplainedUser, action: str, thing: Resource
) -> Explanation:
    """Why the user may do `action` to `thing`, or why not. Who is not active may do nothing, whatever the ways say.

    Raises ValueError for an action that the thing does not have.
    """
    ACTIONS[thing.model](action)
    traits = subject.actor.traits
    derivations = policy.derivation_builder.for_action(traits.kind, action, thing.model)
    known = [(derivation, condition_groups(derivation, traits)) for derivation in derivations]
    asked = {part.predicate for _, some in known for part in some} - {TRUE, FALSE}
    question = _Question(connection, Access(policy, traits), subject, thing)
    answers = await question.answers(ordered(frozenset(asked)))
    ways = [_way(weighed, answers) for weighed in diagnose(known, lambda predicate: answers[predicate][0])]
    open_ = any(way.missing == 0 for way in ways)
    return Explanation(open_ and subject.status is UserStatus.ACTIVE, subject, thing, action, tuple(ways))


def _way(weighed: DerivationResult, answers: Mapping[Predicate, tuple[bool, str]]) -> ExplainedDerivation:
    conditions = (
        ExplainedCondition(
            part.text, Source(part.steps[0].rule.file, part.steps[0].span.line), holds, _detail(part, answers)
        )
        for part, holds in weighed.groups
    )
    return ExplainedDerivation(weighed.derivation.rules, tuple(conditions))


def _detail(part: ConditionGroup, answers: Mapping[Predicate, tuple[bool, str]]) -> str:
    return answers[part.predicate][1] if part.predicate in answers else ""


@dataclass(frozen=True, slots=True)
class _Question:
    connection: AsyncConnection
    access: Access
    subject: ExplainedUser
    thing: Resource

    async def answers(self, conditions: list[Predicate]) -> dict[Predicate, tuple[bool, str]]:
        """Whether each condition on the thing holds, and what stands behind it."""
        if not conditions:
            return {}
        row = self._row()
        holding = [func.coalesce(self.access.holds(each, self.thing.model, row), False) for each in conditions]
        (answered,) = await self._rows(select(*holding).where(row.c.id == self.thing.id))
        return {
            each: (holds, await self._detail(each, holds)) for each, holds in zip(conditions, answered, strict=True)
        }

    async def _detail(self, condition: Predicate, holds: bool) -> str:
        match condition:
            case Exists(path, where) if holds:
                return await self._witnesses(path, where)
            case Exists(path, where) if path[-1] == "grants" and where == _OWN:
                names = await self._names(path[:-1])
                return f"no grant of {names or self.thing.name} to {self.subject.email}"
            case Exists(path):
                return await self._count(path)
            case Compare(path, _, Identity()) if not holds:
                named = self.thing.name if len(path) == 1 else await self._names(path[:-1])
                return f"{named or 'it'} is of {self.thing.organization or 'no organization'}"
            case Compare(path) | OneOf(path) | Null(path) | NotNull(path) if not holds:
                return await self._value(path)
            case Flag() if not holds and self.thing.model is User:
                return await excess_privileges(self.connection, self.access, self.subject.actor, self.thing.id)
        return ""

    async def _witnesses(self, path: Path, where: Predicate) -> str:
        row = self._row()
        chain = _Chain(row, self.thing.model, path)
        named = label_row(chain.model, chain.end, _SUBJECT).label("named")
        holding = self.access.holds(where, chain.model, chain.end)
        tied = select(named).select_from(chain.source).where(row.c.id == self.thing.id, chain.where, holding)
        rows = await self._rows(tied.distinct().order_by("named").limit(MOST_ROWS + 1))
        names = [name for (name,) in rows]
        return ", ".join(names[:MOST_ROWS]) + (", …" if len(names) > MOST_ROWS else "")

    async def _count(self, path: Path) -> str:
        row = self._row()
        chain = _Chain(row, self.thing.model, path)
        counted = select(func.count()).select_from(chain.source).where(row.c.id == self.thing.id, chain.where)
        ((count,),) = await self._rows(counted)
        what = path[-1].replace("_", " ")
        return f"none of its {count} {what} is such a one" if count else f"it has no {what}"

    async def _names(self, path: Path) -> str:
        """What stands at the end of a path over to-one relations; empty for no path, or where nothing does."""
        if not path:
            return ""
        row = self._row()
        chain = _Chain(row, self.thing.model, path)
        named = select(name_of(chain.model, chain.end)).select_from(chain.source)
        return ", ".join(name for (name,) in await self._rows(named.where(row.c.id == self.thing.id, chain.where)))

    async def _value(self, path: Path) -> str:
        row = self._row()
        chain = _Chain(row, self.thing.model, path[:-1])
        attribute = attributes(chain.model)[path[-1]]
        column = chain.end.c[attribute.local if isinstance(attribute, Relation) else path[-1]]
        value = select(cast(column, Text)).select_from(chain.source).where(row.c.id == self.thing.id, chain.where)
        values = [value for (value,) in await self._rows(value)]
        if not values:
            return "there is none"
        return "it is empty" if values[0] is None else f"it is {values[0]}"

    def _row(self) -> FromClause:
        return self.thing.model.__table__.alias()

    async def _rows(self, statement: Select[*tuple[Any, ...]]) -> list[Any]:
        return list((await self.connection.execute(statement, self.subject.actor.identity)).all())


class _Chain:
    """The tables along `path` from `row` of `model`, joined: `end` is the last, of the type `model`, and `where` ties
    them."""

    def __init__(self, row: FromClause, model: type[Base], path: Path) -> None:
        self.end, self.model, self.source = row, model, row
        ties: list[ColumnElement[bool]] = []
        for step in path:
            relation = attributes(self.model)[step]
            assert isinstance(relation, Relation)
            next_ = relation.target.__table__.alias()
            tie = next_.c[relation.remote] == self.end.c[relation.local]
            self.source = self.source.join(next_, tie)
            self.end, self.model = next_, relation.target
            ties.append(tie)
        self.where = and_(True, *ties)
