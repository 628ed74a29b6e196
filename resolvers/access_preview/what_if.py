"""What a user could do with other permissions or other accounts: the grants that they would have, as an assumption."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from models import ACCOUNT_KINDS, AccountKind, Permission
from resolvers.access.account_access import GrantKind
from resolvers.access.grants import stored_access, user_with_grants
from resolvers.access_preview import changed_rows
from resolvers.policy_analysis.assumption import Assumption
from resolvers.policy_analysis.explained_actor import ExplainedActor
from resolvers.policy_analysis.resource_lookup import Resource


class ImpossibleChange(ValueError):
    """The change can't be made of this user, or would change nothing."""


@dataclass(frozen=True, slots=True)
class AccessChanges:
    """The permissions and accounts that a user gets, and those that they lose. Accounts are of either kind."""

    gained: frozenset[Permission] = frozenset()
    lost: frozenset[Permission] = frozenset()
    granted: tuple[Resource, ...] = ()
    revoked: tuple[Resource, ...] = ()


async def assume(
    connection: AsyncConnection, actor: ExplainedActor, changes: AccessChanges
) -> tuple[ExplainedActor, Assumption]:
    """Returns the actor as they would be after the changes, and the grants that they, or a client's owner, would have.

    Raises ImpossibleChange.
    """
    user_id, organization_id = actor.actor.id, actor.actor.organization_id
    if organization_id is None:
        raise ImpossibleChange(f"{actor.email} is staff, to whom nothing is granted.")
    ids = {"user_id": user_id, "organization_id": organization_id}
    stored = stored_access((await user_with_grants().execute_on(connection, ids)).one())
    grants = {kind: dict.fromkeys(stored.keys(kind)) | stored.ends(kind) for kind in GrantKind}
    _change(
        grants[GrantKind.PERMISSION], {each: each for each in changes.gained}, {each: each for each in changes.lost}
    )
    for kind in ACCOUNT_KINDS:
        _change(grants[GrantKind(kind)], _of(kind, changes.granted), _of(kind, changes.revoked))
    parameters = changed_rows.parameters(user_id, organization_id, stored) | changed_rows.grant_parameters(grants)
    traits = replace(actor.actor.traits, permissions=frozenset(grants[GrantKind.PERMISSION]))
    assumption = Assumption(changed_rows.REPLACED_GRANTS, tuple(changed_rows.changed_grants()), parameters)
    return replace(actor, actor=replace(actor.actor, traits=traits)), assumption


def _of(kind: AccountKind, accounts: Sequence[Resource]) -> dict[Any, str]:
    """The names of the accounts of this kind, by their keys."""
    return {account.id: account.name for account in accounts if account.model is kind.accounts}


def _change(grants: dict[Any, datetime | None], granted: Mapping[Any, str], revoked: Mapping[Any, str]) -> None:
    """Change `grants`: keys, with their ends."""
    for key, name in granted.items():
        if key in grants:
            raise ImpossibleChange(f"{name} is granted already.")
    for key, name in revoked.items():
        if key not in grants:
            raise ImpossibleChange(f"{name} is not granted, so it can't be taken away.")
        del grants[key]
    grants.update(dict.fromkeys(granted))
