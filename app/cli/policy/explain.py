"""`portico policy explain`."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.policy.database_context import (
    OfOrganization,
    OfType,
    OfUser,
    On,
    ask,
    document_of,
    find_one,
    id_of,
    live_data,
)
from app.cli.policy.options import Rules, questions
from app.cli.policy.output import AsJson, console, print_json, trail
from app.policy.policy_file import policy_of
from models import User
from resolvers.policy_analysis import explain as explain_access
from resolvers.policy_analysis.explain import ExplainedCondition, ExplainedDerivation, Explanation, find_subject
from resolvers.types.user import UserStatus

Action = Annotated[str, typer.Option(help="What they would do, such as view.")]
Ways = Annotated[int, typer.Option(help="How many ways to show at most.", min=1)]


def explain(
    *,
    user: OfUser,
    action: Action,
    on: On,
    type_: OfType = None,
    organization: OfOrganization = None,
    ways: Ways = 3,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """Why a user may do something with one thing, or why not, and what is missing. Ends with 1 when they may not."""
    asked = questions(type_, action)

    with live_data() as settings:
        policy = policy_of(settings, rules)

        async def question(connection: AsyncConnection) -> Explanation:
            of_user = await find_one(connection, [User], user)
            thing = await find_one(connection, [model for model, _ in asked], on, organization)
            subject = await find_subject(connection, of_user.id)
            assert subject is not None
            return await explain_access.explain(connection, policy, subject, asked[0][1], thing)

        found = ask(settings, question)
    if as_json:
        print_json(_document(found))
    else:
        console().print(_tree(found, ways))
    raise typer.Exit(0 if found.allowed else 1)


def _document(found: Explanation) -> dict[str, Any]:
    subject, thing = found.subject, found.thing
    return {
        "allowed": found.allowed,
        "user": {"id": id_of(User, subject.actor.id), "email": subject.email, "status": subject.status},
        "action": found.action,
        "on": document_of(thing),
        "ways": [
            {
                "rules": list(map(str, way.rules)),
                "missing": way.missing,
                "conditions": [
                    {"condition": each.text, "source": str(each.source), "holds": each.holds, "detail": each.detail}
                    for each in way.conditions
                ],
            }
            for way in found.ways
        ],
    }


def _tree(found: Explanation, most: int) -> Tree:
    """The ways that are open, or else those that lack least."""
    subject, thing = found.subject, found.thing
    verdict = "[green]may[/]" if found.allowed else "[red]may not[/]"
    tree = Tree(f"{escape(subject.email)} {verdict} {found.action} {thing.model.__name__} {escape(thing.name)}")
    if subject.status is not UserStatus.ACTIVE:
        tree.add(f"[red]✗[/] the user is active [dim]({subject.status.lower()})[/]")
    shown = [way for way in found.ways if way.missing == 0 or not found.allowed]
    for way in shown[:most]:
        branch = tree.add(_heading(way))
        for condition in way.conditions:
            branch.add(_line(condition))
    if len(shown) > most:
        tree.add(f"[dim]and {len(shown) - most} more: --ways {len(shown)}[/]")
    if not found.ways:
        tree.add("[red]✗[/] no rule speaks of this for anybody of their kind")
    return tree


def _heading(way: ExplainedDerivation) -> str:
    return escape(trail(way.rules)) + (f" [dim]{way.missing} missing[/]" if way.missing else "")


def _line(condition: ExplainedCondition) -> str:
    mark = "[green]✓[/]" if condition.holds else "[red]✗[/]"
    detail = f" [{'dim' if condition.holds else 'yellow'}]({escape(condition.detail)})[/]" if condition.detail else ""
    return f"{mark} {condition.source.line}: {escape(condition.text)}{detail}"
