"""The options that change an actor hypothetically: `--with`, `--without`, `--grant` and `--revoke`."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.policy.database_context import ResourceNotFound, find_one, id_of, resource_json
from authz.lint.operand_types import did_you_mean
from models import ContractAccount, DeliveryAccount, Organization, Permission
from resolvers.access_preview.what_if import AccessChanges, ImpossibleChange, assume
from resolvers.policy_analysis.assumption import NOTHING, Assumption
from resolvers.policy_analysis.explained_actor import ExplainedActor
from resolvers.policy_analysis.resource_lookup import Resource

With = Annotated[list[str] | None, typer.Option("--with", help="What if they had this permission? Repeatable.")]
Without = Annotated[list[str] | None, typer.Option("--without", help="What if they lacked this permission?")]
Grant = Annotated[list[str] | None, typer.Option("--grant", help="What if they had this account (id or name)?")]
Revoke = Annotated[list[str] | None, typer.Option("--revoke", help="What if they no longer had this account?")]


@dataclass(frozen=True)
class WhatIf:
    """The changes that the options name, before the accounts are looked up."""

    gained: frozenset[Permission]
    lost: frozenset[Permission]
    granted: tuple[str, ...]
    revoked: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.granted or self.revoked)

    async def find(self, connection: AsyncConnection, actor: ExplainedActor) -> AccessChanges:
        """The changes with their accounts, which are of the actor's organization. Raises ResourceNotFound."""
        granted = [await _account(connection, actor, name, "--grant") for name in self.granted]
        revoked = [await _account(connection, actor, name, "--revoke") for name in self.revoked]
        return AccessChanges(self.gained, self.lost, tuple(granted), tuple(revoked))


def parse_what_if(
    gained: list[str] | None, lost: list[str] | None, granted: list[str] | None, revoked: list[str] | None
) -> WhatIf:
    """Raises BadParameter for an unknown permission, or one in both options."""
    result = WhatIf(
        frozenset(_permission(name, "--with") for name in gained or ()),
        frozenset(_permission(name, "--without") for name in lost or ()),
        tuple(dict.fromkeys(granted or ())),
        tuple(dict.fromkeys(revoked or ())),
    )
    for permission in result.gained & result.lost:
        raise typer.BadParameter(f"{permission} is in both options.", param_hint="--with / --without")
    return result


def _permission(name: str, hint: str) -> Permission:
    found = next((permission for permission in Permission if permission.lower() == name.lower()), None)
    if found is None:
        names = [permission.value for permission in Permission]
        raise typer.BadParameter(f"There is no permission {name}. {did_you_mean(name.upper(), names)}", param_hint=hint)
    return found


async def _account(connection: AsyncConnection, actor: ExplainedActor, name: str, hint: str) -> Resource:
    key = actor.actor.organization_id
    organization = None if key is None else id_of(Organization, key)
    try:
        return await find_one(connection, [ContractAccount, DeliveryAccount], name, organization)
    except ResourceNotFound as error:
        raise ResourceNotFound(error.message, param_hint=hint) from None


async def apply_changes(
    connection: AsyncConnection, actor: ExplainedActor, changes: AccessChanges
) -> tuple[ExplainedActor, Assumption]:
    """The actor after the changes, and what is assumed for it; nothing without changes. Raises BadParameter."""
    if changes == AccessChanges():
        return actor, NOTHING
    try:
        return await assume(connection, actor, changes)
    except ImpossibleChange as error:
        raise typer.BadParameter(str(error), param_hint="--with / --without / --grant / --revoke") from None


def changes_in_words(changes: AccessChanges) -> str:
    """`with BILLING_VIEW, with ContractAccount ACME East`; empty without changes."""
    parts = [f"with {permission}" for permission in sorted(changes.gained)]
    parts += [f"without {permission}" for permission in sorted(changes.lost)]
    parts += [f"with {account.model.__name__} {account.name}" for account in changes.granted]
    parts += [f"without {account.model.__name__} {account.name}" for account in changes.revoked]
    return ", ".join(parts)


def changes_json(changes: AccessChanges) -> dict[str, Any] | None:
    """The changes in JSON output; None without any."""
    if changes == AccessChanges():
        return None
    return {
        "with": sorted(changes.gained),
        "without": sorted(changes.lost),
        "grant": list(map(resource_json, changes.granted)),
        "revoke": list(map(resource_json, changes.revoked)),
    }
