"""`portico policy show`."""

from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.output import AsJson, console, load_policy_with_progress, print_json, print_whole, table
from app.cli.policy.database_context import ResourceNotFound, database_with_data, find_one, run_query
from app.cli.policy.options import Requests, Rules, parse_requests
from app.cli.policy.show_capabilities import CAPABILITY_COLUMNS, ShownCapability, of_kinds, of_user, rows
from app.cli.policy.show_capabilities import to_json as capability_to_json
from app.cli.policy.show_capabilities import tree as capability_tree
from app.cli.policy.show_output import ShownDecision, overview, to_json, tree
from app.settings import load
from authz.access import Access
from authz.actor import Actor, ActorKind
from authz.policy import Policy
from authz.profiles import DecisionProfile, profiles
from models import Base, User
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis.query_plan import all_rows, fetch_plan, statement_text

Type = Annotated[str | None, typer.Option("--type", help="Only this type, such as Service.")]
Action = Annotated[str | None, typer.Option("--action", help="Only this action, such as view, or this capability.")]
Kind = Annotated[ActorKind | None, typer.Option("--actor", help="Only actors of this kind.", case_sensitive=False)]
Who = Annotated[str | None, typer.Option("--user", help="Only this user of the database: email or id.")]
Sql = Annotated[bool, typer.Option("--sql", help="Also show the statement that finds all these rows.")]
Plan = Annotated[bool, typer.Option("--plan", help="Also show the plan of that statement, from the database.")]

NO_USER = UUID(int=0)
"""The ids in a plan without a user: PostgreSQL then estimates for an average user."""


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
    """Show what the rules became: who gets which predicate for an action, who has a capability, and by which rules.

    Without a type, action or user, shows all types, actions and capabilities in tables.
    """
    if kind and user:
        raise typer.BadParameter("--actor can't be combined with --user: a user has one kind.", param_hint="--actor")
    requests = parse_requests(type_, action)
    if user or plan:
        with database_with_data() as settings:
            policy = load_policy_with_progress(settings, rules)
            query = partial(_from_data, policy=policy, requests=requests, kind=kind, user=user, plan=plan)
            decisions, capabilities = run_query(settings, query)
    else:
        policy = load_policy_with_progress(load(), rules)
        decisions = _of_profiles(policy, requests, kind)
        capabilities = of_kinds(policy, requests.questions, kind)
    if sql or plan:
        decisions = [replace(decision, sql=_sql(policy, decision)) for decision in decisions]
    if as_json:
        print_json(
            {
                "version": policy.version,
                "user": user,
                "answers": list(map(to_json, decisions)),
                "capabilities": list(map(capability_to_json, capabilities)),
            }
        )
    else:
        _print(decisions, capabilities, whole=bool(type_ or action or user or sql or plan))


def _print(decisions: list[ShownDecision], capabilities: list[ShownCapability], *, whole: bool) -> None:
    if not whole:
        console().print(overview(decisions))
        console().print(table(*CAPABILITY_COLUMNS, rows=rows(capabilities)))
        return
    for shown in (*map(tree, decisions), *map(capability_tree, capabilities)):
        print_whole(shown)


def _of_profiles(policy: Policy, requests: Requests, kind: ActorKind | None) -> list[ShownDecision]:
    return [
        ShownDecision(model, action, profile)
        for model, action in requests.actions
        for actor_kind in ([kind] if kind else ActorKind)
        for profile in profiles(policy, action, model, actor_kind)
    ]


async def _from_data(
    connection: AsyncConnection,
    *,
    policy: Policy,
    requests: Requests,
    kind: ActorKind | None,
    user: str | None,
    plan: bool,
) -> tuple[list[ShownDecision], list[ShownCapability]]:
    """The decisions and capabilities of the user, or of all profiles; with their plans if `plan` is set."""
    actor = None
    if user is None:
        decisions = _of_profiles(policy, requests, kind)
        capabilities = of_kinds(policy, requests.questions, kind)
    else:
        user_found = await find_one(connection, [User], user)
        actor = await load_user_as_actor(connection, user_found.id)
        if actor is None:
            raise ResourceNotFound(f"{user_found.name} is not active and may do nothing.", param_hint="--user")
        decisions = [_for_user(policy, model, action, actor, user_found.name) for model, action in requests.actions]
        capabilities = of_user(policy, requests.questions, actor.traits, user_found.name)
    if plan:
        ids = (actor.id, actor.organization_id) if actor else (NO_USER, NO_USER)
        decisions = [
            replace(decision, plan=tuple(await fetch_plan(connection, all_rows(*_request(policy, decision)), *ids)))
            for decision in decisions
        ]
    return decisions, capabilities


def _for_user(policy: Policy, model: type[Base], action: str, actor: Actor, email: str | None) -> ShownDecision:
    decision = policy.decision(actor.traits, action, model)
    return ShownDecision(
        model, action, DecisionProfile(actor.traits.kind, ((),), (actor.traits,), decision), user=email
    )


def _sql(policy: Policy, decision: ShownDecision) -> str:
    return statement_text(all_rows(*_request(policy, decision)))


def _request(policy: Policy, decision: ShownDecision) -> tuple[Access, str, type[Base]]:
    return Access(policy, decision.traits), decision.action, decision.model
