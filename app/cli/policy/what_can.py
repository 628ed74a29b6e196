"""`portico policy what-can`."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.output import AsJson, console, load_policy_with_progress, print_json, table
from app.cli.policy.actor_options import OfClient, OfUser, actor_json, find_actor, require_one_actor, why_not_acting
from app.cli.policy.database_context import After, First, ResourceNotFound, database_with_data, id_of, run_query
from app.cli.policy.options import Rules, parse_requests
from authz.policy import Policy
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


def what_can(
    *,
    user: OfUser = None,
    client: OfClient = None,
    action: Action = None,
    type_: Type = None,
    first: First = 50,
    after: After = None,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """Count and list everything that a user or an API client may do: resources by type and action, and capabilities."""
    require_one_actor(user, client)
    requests = parse_requests(type_, action)

    with database_with_data() as settings:
        policy = load_policy_with_progress(settings, rules)

        async def query(connection: AsyncConnection) -> tuple[ExplainedActor, Access | None]:
            subject = await find_actor(connection, user, client)
            if not subject.may_act(policy):
                return subject, None
            actor = subject.actor
            held = held_capabilities(policy, actor.traits, requests.questions)
            if not requests.actions:
                return subject, (NO_RESOURCES, held)
            try:
                page = await list_resources(connection, policy, actor, requests.actions, first=first, after=after)
            except ValueError as error:
                raise ResourceNotFound(str(error)) from None
            return subject, (page, held)

        subject, access = run_query(settings, query)
    if as_json:
        print_json(_document(subject, access))
    else:
        _show(subject, access, policy)


def _document(subject: ExplainedActor, access: Access | None) -> dict[str, Any]:
    """The access as JSON; None is that of an actor who may not act."""
    document = actor_json(subject)
    document["user"]["active"] = subject.status is UserStatus.ACTIVE
    page, held = access or (NO_RESOURCES, ())
    return {
        **document,
        "capabilities": [
            {
                "capability": capability.capability,
                "holds": capability.holds,
                "values": None if capability.values is None else list(capability.values),
            }
            for capability in held
        ],
        "counts": [
            {"type": count.model.__name__, "action": count.action, "things": count.resources} for count in page.counts
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


def _show(subject: ExplainedActor, access: Access | None, policy: Policy) -> None:
    printer = console()
    if access is None:
        reason = f"Not fulfilled: {why_not_acting(subject, policy)}."
        if subject.client is None:
            printer.print(f"{escape(subject.name)} is not active and has access to nothing.", highlight=False)
        else:
            printer.print(f"{escape(subject.name)} has access to nothing. {reason}", highlight=False)
        return
    page, held = access
    if held:
        printer.print(table("Capability", "May", rows=((each.capability, _values(each)) for each in held)))
    if not page.counts:
        return
    counts = ((count.model.__name__, count.action, f"{count.resources:,}") for count in page.counts)
    printer.print(table("Type", "Action", "Resources", rows=counts))
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


def _values(held: HeldCapability) -> str:
    if held.values is None:
        return "yes" if held.holds else "no"
    return ", ".join(held.values) or "none"
