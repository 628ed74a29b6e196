"""Creates and revokes SCIM tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, insert, select, update

from models import AuditKind, Organization, ScimToken, User, new_id
from resolvers import public_id, timestamps
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.hashing import new_scim_token, token_hash
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.scim_tokens.authorize import ProvisionedOrganization, authorize_provisioning
from resolvers.transaction.audit_log import AuditEntry, created
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.text import name_problems, normalize_name

NAME_MAX: Final = 100
DAYS: Final = (1, 730)
"""The least and the most days that a token is valid."""

MAX_TOKENS: Final = 10
"""The maximum number of tokens of an organization, not counting those that are revoked or have expired."""

NAME, VALID_DAYS, ID = ("input", "name"), ("input", "validDays"), ("input", "id")


@dataclass(frozen=True, slots=True)
class NewScimToken:
    """A new token, which only the caller gets to know, and its organization."""

    organization_id: UUID
    token: str


async def create_scim_token(work: UnitOfWork, name: str, valid_days: int) -> NewScimToken:
    """Create a SCIM token that acts for the caller, valid for `valid_days`.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not set up provisioning;
    REAUTHENTICATION_REQUIRED; INVALID; LIMIT_REACHED if the organization already has `MAX_TOKENS`.
    """
    organization = await _lock(work)
    require_recent_proof(work, organization.actor)
    problems = [*_input_problems(name, valid_days), *await _limit_problems(work, organization.id)]
    if problems:
        raise MutationRejected(problems)
    token, token_id = new_scim_token(organization.id), new_id()
    values = {
        "name": normalize_name(name),
        "hint": token[-4:],
        "maker_id": organization.actor.id,
        "expires_at": func.now() + timedelta(days=valid_days),
    }
    stored = {"id": token_id, "organization_id": organization.id, "token_hash": token_hash(token)}
    statement = insert(ScimToken).values(**stored, **values).returning(ScimToken.expires_at)
    expires_at = (await work.execute(statement)).scalar_one()
    changes = {
        "name": values["name"],
        "owner": public_id.encode(User, organization.actor.id),
        "expiresAt": timestamps.encode(expires_at),
        "secretHint": values["hint"],
    }
    await work.audit(AuditEntry(AuditKind.SCIM_TOKEN_CREATED, token_id, organization.id, changes=created(changes)))
    return NewScimToken(organization.id, token)


async def revoke_scim_token(work: UnitOfWork, token_id: UUID | None) -> UUID:
    """Revoke a token of the caller's organization, whoever made it. Returns the id of the organization.

    Raises `MutationRejected`: UNAUTHENTICATED; FORBIDDEN if the caller may not set up provisioning; NOT_FOUND;
    ALREADY_REVOKED.
    """
    organization = await _lock(work)
    own = ScimToken.organization_id == organization.id, ScimToken.id == token_id
    lock = select(ScimToken.name, ScimToken.revoked_at).where(*own).with_for_update()
    row = (await work.execute(lock)).one_or_none()
    if row is None or token_id is None:
        raise MutationRejected(Problem(ErrorCode.NOT_FOUND, "No SCIM token with this ID is visible to you.", ID))
    if row.revoked_at is not None:
        raise MutationRejected(Problem(ErrorCode.ALREADY_REVOKED, "The SCIM token has been revoked.", ID))
    await work.execute(update(ScimToken).where(*own).values(revoked_at=func.now()))
    await work.audit(_revocation(token_id, organization.id, row.name))
    return organization.id


async def revoke_scim_tokens_of(work: UnitOfWork, organization_id: UUID, *user_ids: UUID) -> None:
    """Revoke all tokens that users of an organization made who are being removed or restored.

    The caller must have locked the users' rows, as for `revoke_api_clients_of`.
    """
    made = ScimToken.organization_id == organization_id, ScimToken.maker_id.in_(user_ids)
    active = update(ScimToken).where(*made, ScimToken.revoked_at.is_(None)).values(revoked_at=func.now())
    revoked = await work.execute(active.returning(ScimToken.id, ScimToken.name))
    await work.audit(*(_revocation(row.id, organization_id, row.name) for row in sorted(revoked)))


async def _lock(work: UnitOfWork) -> ProvisionedOrganization:
    # The organization comes first, as in a mutation of users. Of two simultaneous requests, the second counts the
    # first one's token.
    if work.caller.actor is not None:
        row = select(Organization.id).where(Organization.id == work.caller.actor.tenant_id)
        await work.execute(row.with_for_update(key_share=True))
    return await authorize_provisioning(work)


def _revocation(token_id: UUID, organization_id: UUID, name: str) -> AuditEntry:
    return AuditEntry(AuditKind.SCIM_TOKEN_REVOKED, token_id, organization_id, changes={"name": (name, None)})


def _input_problems(name: str, valid_days: int) -> Iterator[Problem]:
    yield from name_problems(name, NAME_MAX, *NAME)
    if not DAYS[0] <= valid_days <= DAYS[1]:
        yield invalid(f"A SCIM token is valid for {DAYS[0]} to {DAYS[1]} days.", *VALID_DAYS)


async def _limit_problems(work: UnitOfWork, organization_id: UUID) -> list[Problem]:
    active = ScimToken.revoked_at.is_(None), ScimToken.expires_at > func.now()
    count = select(func.count()).where(ScimToken.organization_id == organization_id, *active)
    if (await work.execute(count)).scalar_one() < MAX_TOKENS:
        return []
    message = f"The organization already has {MAX_TOKENS} SCIM tokens. Revoke one that is no longer needed."
    return [Problem(ErrorCode.LIMIT_REACHED, message)]
