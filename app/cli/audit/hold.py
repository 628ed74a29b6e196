"""`portico audit hold` and `portico audit release`: legal holds."""

from typing import Annotated

import typer

from app.cli.audit.verify import NONE
from app.cli.data_protection.run import find, mutate
from app.cli.database import open_database
from app.policy.people import current_user
from app.settings import Settings, load
from models import Organization
from resolvers.mutations.data_protection.legal_hold import set_hold
from resolvers.policy_analysis.resource_lookup import Resource

Chain = Annotated[
    str,
    typer.Argument(
        metavar="ORGANIZATION",
        help=f"The organization: its id (org_...) or its exact name. `{NONE}`: the platform's own events.",
    ),
]
Reason = Annotated[str, typer.Option(help="Why, for the audit trail: a case number, for example.")]

LONGEST_REASON = 500
"""In characters."""


def hold(organization: Chain, reason: Reason) -> None:
    """Place a legal hold: until it is released, no audit event of the organization is moved to an archive, and neither
    the organization is deleted nor one of its users erased."""
    _set(organization, reason, held=True)


def release(organization: Chain, reason: Reason) -> None:
    """Release a legal hold."""
    _set(organization, reason, held=False)


def _set(organization: str, reason: str, *, held: bool) -> None:
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise typer.BadParameter(f"Give a reason of at most {LONGEST_REASON} characters.", param_hint="--reason")
    with open_database(load()) as settings:
        found = _find(settings, organization)
        name, key = (found.name, found.id) if found else ("The platform", None)
        changed = mutate(settings, lambda work: set_hold(work, key, current_user(), reason, held=held))
    state = "under a legal hold" if held else "no longer under a legal hold" if changed else "not under a legal hold"
    typer.echo(f"{name} is {state if changed or not held else 'already under a legal hold'}.")


def _find(settings: Settings, organization: str) -> Resource | None:
    return None if organization == NONE else find(settings, Organization, organization)
