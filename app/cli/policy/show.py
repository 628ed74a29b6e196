"""`portico policy show`."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.policy.live import ask, live_data
from app.cli.policy.output import AsJson, console, print_json, print_whole, working
from app.cli.policy.show_answers import Answer, document, overview, tree
from app.policy_file import policy_of
from app.settings import Settings, load
from authz.access import Access
from authz.actor import Actor, ActorKind
from authz.kinds import meant
from authz.policy import Policy
from authz.profiles import Profile, profiles
from authz.vocabulary import ACTIONS
from models import Base
from resolvers.policy_plan import all_rows, plan_of, readable
from resolvers.signed_in import load_email_as_actor

Type = Annotated[str | None, typer.Option("--type", help="Of this type only, such as Service.")]
Action = Annotated[str | None, typer.Option("--action", help="Of this action only, such as view.")]
Kind = Annotated[ActorKind | None, typer.Option("--actor", help="For actors of this kind only.", case_sensitive=False)]
Email = Annotated[str | None, typer.Option("--user", help="For this user of the database, by email.")]
Sql = Annotated[bool, typer.Option("--sql", help="With the statement that finds all such rows.")]
Plan = Annotated[bool, typer.Option("--plan", help="With the plan of that statement, from the database.")]

NOBODY = UUID(int=0)
"""Whose ids a plan is made for where no user is named: PostgreSQL then estimates as for anybody."""


def show(
    *,
    type_: Type = None,
    action: Action = None,
    kind: Kind = None,
    email: Email = None,
    sql: Sql = False,
    plan: Plan = False,
    as_json: AsJson = False,
) -> None:
    """What the rules became: who gets which predicate for an action, and through which rules.

    Without a type, an action or a user: all in one table.
    """
    if kind and email:
        raise typer.BadParameter("A user has a kind of their own.", param_hint="--actor")
    asked = list(_asked(type_, action))
    if email or plan:
        with live_data() as settings:
            policy = _policy(settings)
            answers = ask(settings, partial(_from_data, policy=policy, asked=asked, kind=kind, email=email, plan=plan))
    else:
        policy = _policy(load())
        answers = _of_profiles(policy, asked, kind)
    if sql or plan:
        answers = [replace(each, sql=_sql(policy, each)) for each in answers]
    if as_json:
        print_json({"version": policy.version, "user": email, "answers": [document(each) for each in answers]})
    elif type_ or action or email or sql or plan:
        for answer in answers:
            print_whole(tree(answer))
    else:
        console().print(overview(answers))


def _asked(type_: str | None, action: str | None) -> Iterator[tuple[type[Base], str]]:
    """The types and actions that are meant. Raises BadParameter where there are none."""
    names = {model.__name__.lower(): model for model in ACTIONS}
    if type_ and type_.lower() not in names:
        known = [model.__name__ for model in ACTIONS]
        raise typer.BadParameter(f"There is no type {type_}. {meant(type_, known)}", param_hint="--type")
    models = [names[type_.lower()]] if type_ else list(ACTIONS)
    words = sorted({str(word) for model in models for word in ACTIONS[model]})
    if action and action not in words:
        raise typer.BadParameter(f"There is no action {action}. {meant(action, words)}", param_hint="--action")
    for model in models:
        for word in ACTIONS[model]:
            if action in (None, word):
                yield model, str(word)


def _policy(settings: Settings) -> Policy:
    with working(f"Checking {settings.policy.name}"):
        return policy_of(settings)


def _of_profiles(policy: Policy, asked: list[tuple[type[Base], str]], kind: ActorKind | None) -> list[Answer]:
    return [
        Answer(model, action, profile)
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
    email: str | None,
    plan: bool,
) -> list[Answer]:
    """The answers to the user, or to all profiles, with the plans where they are wanted."""
    actor = await load_email_as_actor(connection, email) if email else None
    if email and actor is None:
        raise typer.BadParameter(f"No active user has the email {email}.", param_hint="--user")
    answers = (
        [_to_user(policy, model, action, actor, email) for model, action in asked]
        if actor
        else _of_profiles(policy, asked, kind)
    )
    if plan:
        ids = (actor.id, actor.organization_id) if actor else (NOBODY, NOBODY)
        answers = [
            replace(each, plan=tuple(await plan_of(connection, all_rows(*_question(policy, each)), *ids)))
            for each in answers
        ]
    return answers


def _to_user(policy: Policy, model: type[Base], action: str, actor: Actor, email: str | None) -> Answer:
    decision = policy.decision(actor.traits, action, model)
    return Answer(model, action, Profile(actor.traits.kind, ((),), (actor.traits,), decision), user=email)


def _sql(policy: Policy, answer: Answer) -> str:
    return readable(all_rows(*_question(policy, answer)))


def _question(policy: Policy, answer: Answer) -> tuple[Access, str, type[Base]]:
    return Access(policy, answer.traits), answer.action, answer.model
