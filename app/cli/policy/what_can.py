"""`portico policy what-can`."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.output import AsJson, console, load_policy_with_progress, print_json, table
from app.cli.policy.actor_options import OfClient, OfUser, actor_json, find_actor, require_one_actor, why_not_acting
from app.cli.policy.database_context import After, First, ResourceNotFound, database_with_data, id_of, run_query
from app.cli.policy.options import Rules, parse_requests
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
from authz.policy import Policy
from resolvers.access_preview.what_if import AccessChanges
from resolvers.policy_analysis.assumption import NOTHING, Assumption
from resolvers.policy_analysis.capabilities import HeldCapability, held_capabilities
from resolvers.policy_analysis.explained_actor import ExplainedActor
from resolvers.policy_analysis.what_can import AccessibleResourcePage
from resolvers.policy_analysis.what_can import what_can as list_resources
from resolvers.types.user import UserStatus

Action = Annotated[str | None, typer.Option(help="Only this action, such as view, or this capability.")]
Type = Annotated[str | None, typer.Option("--type", help="Only resources of this type, such as Service.")]

Access = tuple[AccessibleResourcePage, tuple[HeldCapability, ...]]
"""A page of the resources, and the capabilities."""

NO_RESOURCES = AccessibleResourcePage((), (), None)


@dataclass(frozen=True)
class WhatCanAnswer:
    """The actor after the assumed changes and what they may do then, None if they may not act; and what they may today,
    if there are changes."""

    actor: ExplainedActor
    access: Access | None
    changes: AccessChanges
    today: Access | None


def what_can(
    *,
    user: OfUser = None,
    client: OfClient = None,
    action: Action = None,
    type_: Type = None,
    with_: With = None,
    without: Without = None,
    grant: Grant = None,
    revoke: Revoke = None,
    first: First = 50,
    after: After = None,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """Count and list everything that a user or an API client may do: resources by type and action, and capabilities.

    With --with, --without, --grant or --revoke, as if they had other permissions or accounts; nothing is written.
    """
    require_one_actor(user, client)
    requests = parse_requests(type_, action)
    what_if = parse_what_if(with_, without, grant, revoke)

    with database_with_data() as settings:
        policy = load_policy_with_progress(settings, rules)

        async def access(connection: AsyncConnection, actor: ExplainedActor, assumed: Assumption) -> Access | None:
            if not actor.may_act(policy):
                return None
            held = held_capabilities(policy, actor.actor.traits, requests.questions)
            if not requests.actions:
                return NO_RESOURCES, held
            page = list_resources(
                connection, policy, actor.actor, requests.actions, first=first, after=after, assumed=assumed
            )
            try:
                return await page, held
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None

        async def query(connection: AsyncConnection) -> WhatCanAnswer:
            subject = await find_actor(connection, user, client)
            changes = await what_if.find(connection, subject)
            after_changes, assumed = await apply_changes(connection, subject, changes)
            today = await access(connection, subject, NOTHING) if what_if else None
            return WhatCanAnswer(after_changes, await access(connection, after_changes, assumed), changes, today)

        answer = run_query(settings, query)
    if as_json:
        print_json(_document(answer))
    else:
        _show(answer, policy)


def _document(answer: WhatCanAnswer) -> dict[str, Any]:
    document = actor_json(answer.actor)
    document["user"]["active"] = answer.actor.status is UserStatus.ACTIVE
    page, held = answer.access or (NO_RESOURCES, ())
    return {
        **document,
        "whatIf": changes_json(answer.changes),
        "capabilities": [
            {
                "capability": capability.capability,
                "holds": capability.holds,
                "values": None if capability.values is None else list(capability.values),
            }
            for capability in held
        ],
        "counts": [
            {"type": count.model.__name__, "action": count.action, "things": count.resources, **today}
            for count, today in zip(page.counts, _counts_today(answer, "thingsToday"), strict=True)
        ],
        "things": [
            {
                "type": entry.resource.model.__name__,
                "id": id_of(entry.resource.model, entry.resource.id),
                "name": entry.resource.name,
                "organization": entry.resource.organization,
                "actions": entry.actions,
            }
            for entry in page.resources
        ],
        "next": page.next,
    }


def _counts_today(answer: WhatCanAnswer, name: str) -> list[dict[str, int]]:
    """For each count, the one of today as `name`, if changes are assumed."""
    page = answer.access[0] if answer.access else NO_RESOURCES
    if answer.changes == AccessChanges():
        return [{} for _ in page.counts]
    today = answer.today[0].counts if answer.today else ()
    resources = {(count.model, count.action): count.resources for count in today}
    return [{name: resources.get((count.model, count.action), 0)} for count in page.counts]


def _show(answer: WhatCanAnswer, policy: Policy) -> None:
    printer = console()
    subject, access = answer.actor, answer.access
    if answer.changes != AccessChanges():
        words = changes_in_words(answer.changes)
        printer.print(f"{escape(subject.name)}, {escape(words)}. Nothing is written.", highlight=False)
    if access is None:
        reason = f"Not fulfilled: {why_not_acting(subject, policy)}."
        if subject.client is None:
            printer.print(f"{escape(subject.name)} is not active and has access to nothing.", highlight=False)
        else:
            printer.print(f"{escape(subject.name)} has access to nothing. {reason}", highlight=False)
        return
    page, held = access
    if held:
        printer.print(_capabilities(answer, held))
    if not page.counts:
        return
    today = _counts_today(answer, "Today")
    counts = (
        (count.model.__name__, count.action, f"{count.resources:,}", *(f"{number:,}" for number in before.values()))
        for count, before in zip(page.counts, today, strict=True)
    )
    printer.print(table("Type", "Action", "Resources", *today[0], rows=counts))
    if page.resources:
        rows = (
            (
                entry.resource.model.__name__,
                entry.resource.name,
                entry.resource.organization,
                ", ".join(entry.actions),
            )
            for entry in page.resources
        )
        printer.print(table("Type", "Resource", "Organization", "Actions", rows=rows))
    if page.next:
        printer.print(f"More: --after {page.next}", highlight=False, soft_wrap=True)


def _capabilities(answer: WhatCanAnswer, held: tuple[HeldCapability, ...]) -> Table:
    if answer.changes == AccessChanges():
        return table("Capability", "May", rows=((each.capability, _values(each)) for each in held))
    before = {each.capability: _values(each) for each in (answer.today[1] if answer.today else ())}
    rows = ((each.capability, _values(each), before.get(each.capability, "no")) for each in held)
    return table("Capability", "May", "Today", rows=rows)


def _values(held: HeldCapability) -> str:
    if held.values is None:
        return "yes" if held.holds else "no"
    return ", ".join(held.values) or "none"
