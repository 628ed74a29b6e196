"""`portico policy show`."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.policy.database_context import ResourceNotFound, ask, find_one, live_data
from app.cli.policy.options import Rules, questions
from app.cli.policy.output import AsJson, console, print_json, print_whole, working
from app.cli.policy.show_output import ShownDecision, document, overview, tree
from app.policy.policy_file import policy_of
from app.settings import Settings, load
from authz.access import Access
from authz.actor import Actor, ActorKind
from authz.policy import Policy
from authz.profiles import DecisionProfile, profiles
from models import Base, User
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis.query_plan import all_rows, plan_of, readable

Type = Annotated[str | None, typer.Option("--type", help="Of this type only, such as Service.")]
Action = Annotated[str | None, typer.Option("--action", help="Of this action only, such as view.")]
Kind = Annotated[ActorKind | None, typer.Option("--actor", help="For actors of this kind only.", case_sensitive=False)]
Who = Annotated[str | None, typer.Option("--user", help="For this user of the database: an email or an id.")]
Sql = Annotated[bool, typer.Option("--sql", help="With the statement that finds all such rows.")]
Plan = Annotated[bool, typer.Option("--plan", help="With the plan of that statement, from the database.")]

NOBODY = UUID(int=0)
"""Whose ids a plan is made for where no user is named: PostgreSQL then estimates as for anybody."""


def show(
    *,
    type_: Type = None,
    action: Action = None,
    kind: Kind = None,
    user: Who = None,
    sql: Sql = False,
    plan: Plan = False,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """What the rules became: who gets which predicate for an action, and through which rules.

    Without a type, an action or a user: all in one table.
    """
    if kind and user:
        raise typer.BadParameter("A user has a kind of their own.", param_hint="--actor")
    asked = questions(type_, action)
    if user or plan:
        with live_data() as settings:
            policy = _policy(settings, rules)
            answers = ask(settings, partial(_from_data, policy=policy, asked=asked, kind=kind, user=user, plan=plan))
    else:
        policy = _policy(load(), rules)
        answers = _of_profiles(policy, asked, kind)
    if sql or plan:
        answers = [replace(each, sql=_sql(policy, each)) for each in answers]
    if as_json:
        print_json({"version": policy.version, "user": user, "answers": [document(each) for each in answers]})
    elif type_ or action or user or sql or plan:
        for answer in answers:
            print_whole(tree(answer))
    else:
        console().print(overview(answers))


def _policy(settings: Settings, rules: Path | None) -> Policy:
    with working(f"Checking {(rules or settings.policy).name}"):
        return policy_of(settings, rules)


def _of_profiles(policy: Policy, asked: list[tuple[type[Base], str]], kind: ActorKind | None) -> list[ShownDecision]:
    return [
        ShownDecision(model, action, profile)
        for model, action in asked
        for each in ([kind] if kind else ActorKind)
        for profile in profiles(policy, action, model, each)
    ]


async def _from_data(
    connection: AsyncConnection,
    *,
    policy: Policy,
    asked: list[tuple[type[Base], str]],
    kind: ActorKind | None,
    user: str | None,
    plan: bool,
) -> list[ShownDecision]:
    """The answers to the user, or to all profiles, with the plans where they are wanted."""
    actor = None
    if user is None:
        answers = _of_profiles(policy, asked, kind)
    else:
        found = await find_one(connection, [User], user)
        actor = await load_user_as_actor(connection, found.id)
        if actor is None:
            raise ResourceNotFound(f"{found.name} is not active, and may do nothing.", param_hint="--user")
        answers = [_to_user(policy, model, action, actor, found.name) for model, action in asked]
    if plan:
        ids = (actor.id, actor.organization_id) if actor else (NOBODY, NOBODY)
        answers = [
            replace(each, plan=tuple(await plan_of(connection, all_rows(*_question(policy, each)), *ids)))
            for each in answers
        ]
    return answers


def _to_user(policy: Policy, model: type[Base], action: str, actor: Actor, email: str | None) -> ShownDecision:
    decision = policy.decision(actor.traits, action, model)
    return ShownDecision(
        model, action, DecisionProfile(actor.traits.kind, ((),), (actor.traits,), decision), user=email
    )


def _sql(policy: Policy, answer: ShownDecision) -> str:
    return readable(all_rows(*_question(policy, answer)))


def _question(policy: Policy, answer: ShownDecision) -> tuple[Access, str, type[Base]]:
    return Access(policy, answer.traits), answer.action, answer.model
