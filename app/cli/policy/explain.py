"""`portico policy explain`."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.output import AsJson, console, load_policy_with_progress, print_json, rule_path
from app.cli.policy.actor_options import OfClient, OfUser, actor_json, find_actor, require_one_actor, why_not_acting
from app.cli.policy.database_context import (
    OfOrganization,
    OfType,
    database_with_data,
    find_one,
    resource_json,
    run_query,
)
from app.cli.policy.options import Asked, OnWhat, Rules, parse_request
from app.cli.policy.what_if_options import (
    Grant,
    Revoke,
    With,
    Without,
    apply_changes,
    changes_in_words,
    changes_json,
    parse_what_if,
)
from authz.capabilities import Question
from authz.policy import Policy
from resolvers.access_preview.what_if import AccessChanges
from resolvers.policy_analysis import explain as explain_access
from resolvers.policy_analysis.assumption import NOTHING, Assumption
from resolvers.policy_analysis.capabilities import CapabilityExplanation, explain_capability
from resolvers.policy_analysis.explain import ExplainedCondition, ExplainedDerivation, Explanation
from resolvers.policy_analysis.explained_actor import ExplainedActor
from resolvers.policy_analysis.resource_lookup import Resource

Ways = Annotated[int, typer.Option(help="How many derivations to show at most.", min=1)]

AnyExplanation = Explanation | CapabilityExplanation


@dataclass(frozen=True)
class ExplainAnswer:
    """The explanation after the assumed changes, and if there are any, whether the answer is yes today."""

    explanation: AnyExplanation
    changes: AccessChanges
    today: bool | None


def explain(
    *,
    user: OfUser = None,
    client: OfClient = None,
    action: Asked,
    on: OnWhat = None,
    type_: OfType = None,
    organization: OfOrganization = None,
    with_: With = None,
    without: Without = None,
    grant: Grant = None,
    revoke: Revoke = None,
    ways: Ways = 3,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """Show why a user or an API client may perform an action on a resource or has a capability, or what is missing.

    For example: --action view --on "ACME East"; --action assign_permission --on BILLING_VIEW; --action
    creates_organizations. With --with, --without, --grant or --revoke, as if they had other permissions or accounts;
    nothing is written. Exits with 1 if they may not.
    """
    require_one_actor(user, client)
    request = parse_request(type_, action, on, organization)
    what_if = parse_what_if(with_, without, grant, revoke)

    with database_with_data() as settings:
        policy = load_policy_with_progress(settings, rules)

        async def query(connection: AsyncConnection) -> ExplainAnswer:
            subject = await find_actor(connection, user, client)
            changes = await what_if.find(connection, subject)
            after, assumed = await apply_changes(connection, subject, changes)
            resource = None
            if not isinstance(request, Question):
                resource = await find_one(connection, [model for model, _ in request[0]], request[1], organization)

            async def explained(subject: ExplainedActor, assumed: Assumption) -> AnyExplanation:
                if isinstance(request, Question):
                    return explain_capability(policy, subject, request)
                assert resource is not None
                action = request[0][0][1]
                return await explain_access.explain(connection, policy, subject, action, resource, assumed=assumed)

            today = (await explained(subject, NOTHING)).allowed if what_if else None
            return ExplainAnswer(await explained(after, assumed), changes, today)

        answer = run_query(settings, query)
    if as_json:
        print_json(_document(answer))
    else:
        console().print(_tree(answer, policy, ways))
    raise typer.Exit(0 if answer.explanation.allowed else 1)


def _document(answer: ExplainAnswer) -> dict[str, Any]:
    explanation = answer.explanation
    subject = explanation.subject
    action, on = _about(explanation)
    return {
        "allowed": explanation.allowed,
        "whatIf": changes_json(answer.changes),
        "allowedToday": explanation.allowed if answer.today is None else answer.today,
        **actor_json(subject),
        "action": action,
        "on": resource_json(on) if isinstance(on, Resource) else on,
        "ways": [
            {
                "rules": list(map(str, derivation.rules)),
                "missing": derivation.missing,
                "conditions": [
                    {
                        "condition": condition.text,
                        "source": str(condition.source),
                        "holds": condition.holds,
                        "detail": condition.detail,
                    }
                    for condition in derivation.conditions
                ],
            }
            for derivation in explanation.derivations
        ],
    }


def _about(explanation: AnyExplanation) -> tuple[str, Resource | str | None]:
    """The action and the resource, or the capability and its value, if it has one."""
    if isinstance(explanation, CapabilityExplanation):
        return explanation.question.capability.value, explanation.question.value or None
    return explanation.action, explanation.resource


def _tree(answer: ExplainAnswer, policy: Policy, most: int) -> Tree:
    """The derivations that hold, or if none does, those with the fewest failing conditions."""
    explanation = answer.explanation
    subject, if_ = explanation.subject, changes_in_words(answer.changes)
    tree = Tree(f"{escape(subject.name)}{escape(f', {if_},') if if_ else ''} {_verdict(explanation)}{_today(answer)}")
    if requirement := why_not_acting(subject, policy):
        tree.add(f"[red]✗[/] {requirement}")
    if isinstance(explanation, Explanation) and explanation.crosses_by_rules:
        tree.add("[red]✗[/] it is of another organization, or of none: no rule leads anybody but staff there")
    shown = [derivation for derivation in explanation.derivations if derivation.missing == 0 or not explanation.allowed]
    for derivation in shown[:most]:
        branch = tree.add(_heading(derivation))
        for condition in derivation.conditions:
            branch.add(_line(condition))
    if len(shown) > most:
        tree.add(f"[dim]and {len(shown) - most} more: --ways {len(shown)}[/]")
    if not explanation.derivations:
        tree.add("[red]✗[/] no rule allows this to any actor of this kind")
    return tree


def _today(answer: ExplainAnswer) -> str:
    if answer.today is None:
        return ""
    capability = isinstance(answer.explanation, CapabilityExplanation)
    words = ("has it", "lacks it") if capability else ("may", "may not")
    return f" [dim](today: {words[not answer.today]})[/]"


def _verdict(explanation: AnyExplanation) -> str:
    if isinstance(explanation, CapabilityExplanation):
        verb = "[green]has[/]" if explanation.allowed else "[red]lacks[/]"
        return f"{verb} the capability {explanation.question}"
    verb = "[green]may[/]" if explanation.allowed else "[red]may not[/]"
    resource = explanation.resource
    return f"{verb} {explanation.action} {resource.model.__name__} {escape(resource.name)}"


def _heading(derivation: ExplainedDerivation) -> str:
    return escape(rule_path(derivation.rules)) + (
        f" [dim]{derivation.missing} missing[/]" if derivation.missing else ""
    )


def _line(condition: ExplainedCondition) -> str:
    mark = "[green]✓[/]" if condition.holds else "[red]✗[/]"
    detail = f" [{'dim' if condition.holds else 'yellow'}]({escape(condition.detail)})[/]" if condition.detail else ""
    return f"{mark} {condition.source.line}: {escape(condition.text)}{detail}"
