"""Adds, verifies and removes the domains of an organization.

Whose a domain is, the DNS says: only its owner can add a TXT record with a challenge that Portico made up for this
organization and this domain. That a domain is in use by another organization is said without saying by whom.
"""

import secrets
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Update, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from authz.actor import Actor
from authz.model.actions import OrganizationAction
from models import AuditKind, SignInDomain, VerifiedDomain, new_id
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem, invalid
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.onboarding.lock import authorize_organization
from resolvers.mutations.users.lock import row_locks
from resolvers.transaction.audit_log import AuditEntry
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from resolvers.validation.domains import ascii_domain

DOMAIN, ID = ("input", "domain"), ("input", "id")
MAX_DOMAINS: Final = 50
"""How many domains an organization can have."""

RECORD: Final = "_portico"
"""The label before the domain whose TXT record is looked for: a domain with a wildcard or an alias can have it, too."""

PREFIX: Final = "portico-domain="
"""What the text of the record begins with."""


def record_name(domain: str) -> str:
    """The name of the TXT record of a domain."""
    return f"{RECORD}.{domain}"


async def add_sign_in_domain(work: UnitOfWork, organization_id: UUID | None, text: str) -> UUID:
    """Add a domain, which is not verified yet. Returns the id of the organization.

    Raises `MutationRejected` as `authorize_organization` does; INVALID, DUPLICATE, LIMIT_REACHED,
    REAUTHENTICATION_REQUIRED.
    """
    locks = row_locks(work.caller.actor) if work.caller.actor else None
    organization = await authorize_organization(work, organization_id, OrganizationAction.CHANGE_SETTINGS, locks=locks)
    domain = ascii_domain(text)
    if domain is None:
        raise MutationRejected(invalid("This is not a domain, such as acme.example.", *DOMAIN))
    own = SignInDomain.organization_id == organization.id
    names = (await work.execute(select(SignInDomain.domain).where(own))).scalars().all()
    if domain in names:
        raise MutationRejected(Problem(ErrorCode.DUPLICATE, "The organization has this domain already.", DOMAIN))
    if len(names) >= MAX_DOMAINS:
        message = f"An organization has at most {MAX_DOMAINS} domains. Remove one that you no longer need."
        raise MutationRejected(Problem(ErrorCode.LIMIT_REACHED, message, DOMAIN))
    require_recent_proof(work, organization.actor)
    values = {"organization_id": organization.id, "domain": domain, "challenge": secrets.token_urlsafe(24)}
    await work.execute(insert(SignInDomain).values(id=new_id(), **values))
    await _audit(work, AuditKind.SIGN_IN_DOMAIN_ADDED, organization.id, None, domain)
    return organization.id


async def verify_sign_in_domain(context: MutationContext, caller: Caller, domain_id: UUID | None) -> UUID:
    """Look for the record of a domain, and let its users sign in at the provider if it is there. Returns the id of the
    organization. No connection is held while the name servers are asked.

    Raises `MutationRejected`: UNAUTHENTICATED, NOT_FOUND, REAUTHENTICATION_REQUIRED, RATE_LIMITED, DOMAIN_NOT_VERIFIED.
    """
    relying_party = context.relying_party
    if relying_party is None:
        raise RuntimeError("this process doesn't sign anybody in")

    async def find(work: UnitOfWork) -> Row[*tuple[Any, ...]]:
        row, actor = await _lock_domain(work, domain_id)
        require_recent_proof(work, actor)
        await work.context.limits.ask_provider(actor.id, *ID)
        return row

    domain = await run_in_transaction(context, caller, find)
    records = await relying_party.txt.records(record_name(domain.domain))
    is_found = records is not None and PREFIX + domain.challenge in records

    async def store(work: UnitOfWork) -> UUID:
        row, _ = await _lock_domain(work, domain_id)
        if not is_found or row.challenge != domain.challenge:
            message = f"No TXT record {record_name(row.domain)} with the text {PREFIX}{row.challenge} was found yet."
            raise MutationRejected(Problem(ErrorCode.DOMAIN_NOT_VERIFIED, message, ID))
        return await _verify(work, row)

    return await run_in_transaction(context, caller, store)


async def _verify(work: UnitOfWork, row: Row[*tuple[Any, ...]]) -> UUID:
    organization_id: UUID = row.organization_id
    entry = {"domain": row.domain, "organization_id": organization_id, "domain_id": row.id}
    await work.execute(insert(VerifiedDomain).values(entry).on_conflict_do_nothing(index_elements=["domain"]))
    holder = select(VerifiedDomain.domain_id).where(VerifiedDomain.domain == row.domain)
    if (await work.execute(holder)).scalar_one_or_none() != row.id:
        message = "This domain can't be verified: it is in use elsewhere on the platform. Ask its operator."
        raise MutationRejected(Problem(ErrorCode.DOMAIN_NOT_VERIFIED, message, ID))
    await work.execute(checked(row, is_found=True))
    if row.verified_at is None:
        await _audit(work, AuditKind.SIGN_IN_DOMAIN_VERIFIED, organization_id, None, row.domain)
    return organization_id


def checked(row: Row[*tuple[Any, ...]], *, is_found: bool) -> Update:
    """The UPDATE of a domain that was looked for now."""
    own = SignInDomain.organization_id == row.organization_id, SignInDomain.id == row.id
    # Not COALESCE, in which a distributed database allows no function of the time. The row is locked, or claimed.
    found = {"verified_at": row.verified_at or func.now(), "missing_since": None}
    missing = {"missing_since": row.missing_since or func.now()}
    return update(SignInDomain).where(*own).values(checked_at=func.now(), **(found if is_found else missing))


async def remove_sign_in_domain(work: UnitOfWork, domain_id: UUID | None) -> UUID:
    """Remove a domain. Its users don't find the provider by their emails any more; their identities and sessions stay.
    Returns the id of the organization. Raises `MutationRejected`: UNAUTHENTICATED, NOT_FOUND,
    REAUTHENTICATION_REQUIRED."""
    row, actor = await _lock_domain(work, domain_id)
    require_recent_proof(work, actor)
    organization_id: UUID = row.organization_id
    # A distributed database has no foreign key that does it.
    entry = VerifiedDomain.organization_id == organization_id, VerifiedDomain.domain_id == row.id
    await work.execute(delete(VerifiedDomain).where(*entry))
    await work.execute(
        delete(SignInDomain).where(SignInDomain.organization_id == organization_id, SignInDomain.id == row.id)
    )
    await _audit(work, AuditKind.SIGN_IN_DOMAIN_REMOVED, organization_id, row.domain, None)
    return organization_id


async def _lock_domain(work: UnitOfWork, domain_id: UUID | None) -> tuple[Row[*tuple[Any, ...]], Actor]:
    """A domain of an organization whose settings the caller may change, and the caller. To anybody else it doesn't
    exist."""
    row = SignInDomain.__table__
    found = (await work.execute(select(row.c.organization_id).where(row.c.id == domain_id))).scalar_one_or_none()
    locks = row_locks(work.caller.actor) if work.caller.actor else None
    try:
        organization = await authorize_organization(work, found, OrganizationAction.CHANGE_SETTINGS, locks=locks)
    except MutationRejected as rejected:
        if rejected.problems[0].code is ErrorCode.UNAUTHENTICATED:
            raise
        raise MutationRejected(_NOT_FOUND) from None
    own = row.c.organization_id == organization.id, row.c.id == domain_id
    locked = (await work.execute(select(row).where(*own).with_for_update())).one_or_none()
    if locked is None:
        raise MutationRejected(_NOT_FOUND)
    return locked, organization.actor


_NOT_FOUND: Final = Problem(ErrorCode.NOT_FOUND, "No domain with this ID is visible to you.", ID)


async def _audit(
    work: UnitOfWork, kind: AuditKind, organization_id: UUID, before: str | None, after: str | None
) -> None:
    await work.audit(AuditEntry(kind, organization_id, organization_id, changes={"domain": (before, after)}))
