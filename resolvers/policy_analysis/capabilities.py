"""Answers the questions about an actor alone (`authz/capabilities.py`) for the users of the database.

What `explain`, `who_can` and `what_can` are for actions on resources, these are for capabilities.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import Text, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from authz.access import Access
from authz.actor import Actor, ActorKind, Traits
from authz.capabilities import QUESTIONS, Question, derivations, holds, is_fulfilled
from authz.decisions import held_values
from authz.explain.derivations import Step
from authz.explain.diagnosis import DerivationResult, condition_groups, diagnose
from authz.language.ast import Source
from authz.lint.trait_dependence import paths_in
from authz.model.actions import CAPABILITIES, VIEW, Capability
from authz.policy import Policy
from authz.routes import without_each
from models import User
from resolvers.fair_queue import SERVER, Flow
from resolvers.placed_rows import for_all_organizations
from resolvers.policy_analysis import question_cache
from resolvers.policy_analysis.actor_table import TraitProfile, actor_table, load_profiles
from resolvers.policy_analysis.explain import ExplainedCondition, ExplainedDerivation
from resolvers.policy_analysis.explained_actor import ExplainedActor
from resolvers.policy_analysis.resource_lookup import organization_name
from resolvers.policy_analysis.subject_statements import ORDER
from resolvers.policy_analysis.who_can import AccessPath, Subject, SubjectPage
from resolvers.query import cursor


@dataclass(frozen=True, slots=True)
class CapabilityExplanation:
    """Whether the answer to `question` is yes for an actor, and all derivations, as in `explain.Explanation`."""

    allowed: bool
    subject: ExplainedActor
    question: Question
    derivations: tuple[ExplainedDerivation, ...]


def explain_capability(policy: Policy, subject: ExplainedActor, question: Question) -> CapabilityExplanation:
    """Explains the answer to `question`. For an actor who may not act it is no, even if a derivation holds."""
    traits = subject.actor.traits
    candidates = [
        (derivation, condition_groups(derivation, traits)) for derivation in derivations(policy, traits.kind, question)
    ]
    explained = tuple(map(_explained, diagnose(candidates, lambda _: False)))
    holding = any(derivation.missing == 0 for derivation in explained)
    return CapabilityExplanation(holding and subject.may_act(policy), subject, question, explained)


def _explained(result: DerivationResult) -> ExplainedDerivation:
    return ExplainedDerivation(
        result.derivation.rules,
        tuple(
            ExplainedCondition(
                group.text,
                Source(group.steps[0].rule.file, group.steps[0].span.line),
                holding,
                ", ".join(dict.fromkeys(filter(None, map(_values_of, group.steps)))),
            )
            for group, holding in result.groups
        ),
    )


def _values_of(step: Step) -> str:
    """Returns what the variables of the condition stand for: `permission is BILLING_VIEW`."""
    names = dict.fromkeys(path.root for path in paths_in(step.condition))
    values = {name: step.variables.get(name) for name in names}
    return ", ".join(
        f"{name} is {value}"
        for name, value in values.items()
        if isinstance(value, str) and not isinstance(value, ActorKind)
    )


async def who_has(
    connection: AsyncConnection,
    policy: Policy,
    question: Question,
    *,
    first: int,
    after: str | None = None,
    organization: UUID | None = None,
    viewer: tuple[Actor, Access] | None = None,
    flow: Flow = SERVER,
) -> SubjectPage:
    """Returns the `first` users, by email, for whom the answer to `question` is yes, after the cursor `after`.

    With `organization`, only its users and staff; with `viewer`, only users visible to them. Raises ValueError for a
    malformed cursor, and QueueFull.
    """
    position = None if after is None else cursor.decode(after, ORDER, Text())
    profiles = await question_cache.QUESTIONS.run(
        partial(_having, policy, await load_profiles(connection, organization), question), flow
    )
    if not profiles:
        return SubjectPage(0, (), None)
    actor, user = actor_table(profiles, [policy], organization).table, User.__table__.alias()
    visible = viewer[1].may(VIEW, User, user) if viewer else true()
    having = user.join(actor, actor.c.id == user.c.id)
    counted = select(func.count().label("total")).select_from(having).where(visible).subquery()
    page = (
        select(user.c.id, user.c.email, organization_name(user.c.tenant_id).label("organization"))
        .add_columns(actor.c.profile, cursor.encode(ORDER, user.c.email, user.c.id).label("cursor"))
        .select_from(having)
        .where(visible, true() if position is None else user.c.email > position[0])
        .order_by(user.c.email)
        .limit(first + 1)
        .subquery()
    )
    statement = select(counted.c.total, page).select_from(counted.outerjoin(page, true())).order_by(page.c.email)
    if organization is None:
        statement = await for_all_organizations(connection, statement)
    found = (await connection.execute(statement, viewer[0].identity if viewer else {})).all()
    rows = [row for row in found if row.id is not None]
    # The table of actors counts the profiles that it is given from 1.
    by_number = dict(enumerate(profiles, 1))
    traits = {number: by_number[number].traits for number in {row.profile for row in rows}}
    paths = await question_cache.QUESTIONS.run(partial(_paths_of_each, policy, traits, question), flow)
    return SubjectPage(
        found[0].total,
        tuple(
            Subject(row.id, row.email, by_number[row.profile].group, row.organization, paths[row.profile])
            for row in rows[:first]
        ),
        rows[first - 1].cursor if len(rows) > first else None,
    )


def _having(policy: Policy, profiles: list[TraitProfile], question: Question) -> list[TraitProfile]:
    return [profile for profile in profiles if holds(policy, profile.traits, question)]


def _paths_of_each(
    policy: Policy, traits: Mapping[int, Traits], question: Question
) -> dict[int, tuple[AccessPath, ...]]:
    return {number: _paths(policy, each, question) for number, each in traits.items()}


def _paths(policy: Policy, traits: Traits, question: Question) -> tuple[AccessPath, ...]:
    """Returns the derivations that hold, each with the traits without which it would not."""
    staff = traits.kind is ActorKind.STAFF
    return tuple(
        AccessPath(
            derivation.rules,
            ("staff",)
            if staff
            else tuple(str(trait) for trait, other in without_each(traits) if not is_fulfilled(derivation, other)),
            (),
        )
        for derivation in derivations(policy, traits.kind, question)
        if is_fulfilled(derivation, traits)
    )


@dataclass(frozen=True, slots=True)
class HeldCapability:
    """Whether an actor has a capability; `values` are those of which they have it, None if it has no values."""

    capability: Capability
    holds: bool
    values: tuple[str, ...] | None


def held_capabilities(
    policy: Policy, traits: Traits, requested: tuple[Question, ...] = QUESTIONS
) -> tuple[HeldCapability, ...]:
    """Returns the capabilities of the `requested` questions, as an actor with `traits` has them."""
    answers = []
    for capability in dict.fromkeys(question.capability for question in requested):
        held = held_values(policy, traits, capability)
        asked = [question.value for question in requested if question.capability is capability]
        values = tuple(value for value in asked if value in held)
        answers.append(HeldCapability(capability, bool(values), None if CAPABILITIES[capability] is None else values))
    return tuple(answers)
