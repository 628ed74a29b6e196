"""Finds the provider that somebody signs in at: by the domain of an email, or by the organization."""

from functools import cache
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, select

from models import PLATFORM, IdentityProvider, VerifiedDomain
from resolvers.callers.caller import Caller
from resolvers.encryption import decrypt, encrypt
from resolvers.openid.provider import Provider
from resolvers.prepared_statement import PreparedStatement
from resolvers.transaction.alone import run_alone
from resolvers.transaction.context import MutationContext
from resolvers.validation.domains import domain_of

_PURPOSE = "client secret of an identity provider"


async def provider_of_email(context: MutationContext, caller: Caller, email: str) -> Provider | None:
    """The provider where users with emails of the same domain sign in. None if there is none. Whether any user has the
    email makes no difference."""
    domain = domain_of(email)
    staff = context.relying_party.staff if context.relying_party is not None else None
    if staff is not None and domain in staff.domains:
        return staff.provider
    for row in await run_alone(context, _by_domain(), {"domain": domain}, caller):
        return await provider_of_tenant(context, caller, row.organization_id)
    return None


async def provider_of_tenant(context: MutationContext, caller: Caller, tenant_id: UUID) -> Provider | None:
    """The provider of an organization, or of staff. None if there is none."""
    if tenant_id == PLATFORM:
        staff = context.relying_party.staff if context.relying_party is not None else None
        return staff.provider if staff is not None else None
    for row in await run_alone(context, _by_organization(), {"organization_id": tenant_id}, caller):
        secret = open_secret(context, tenant_id, row.client_secret)
        return None if secret is None else Provider(tenant_id, row.issuer, row.client_id, secret)
    return None


async def requires_provider(context: MutationContext, caller: Caller, tenant_id: UUID) -> bool:
    """Whether users of the tenant must sign in at its provider."""
    if tenant_id == PLATFORM:
        return context.relying_party is not None and bool(
            context.relying_party.staff and context.relying_party.staff.is_required
        )
    rows = await run_alone(context, _by_organization(), {"organization_id": tenant_id}, caller)
    return any(row.is_required for row in rows)


def seal_secret(context: MutationContext, organization_id: UUID, secret: str) -> bytes:
    """The client secret of an organization as it is stored: encrypted."""
    return encrypt(context.secret_key, _PURPOSE, organization_id.bytes, secret.encode())


def open_secret(context: MutationContext, organization_id: UUID, stored: bytes) -> str | None:
    """The client secret that is stored; None if it was stored under another secret key."""
    content = decrypt(context.secret_key, _PURPOSE, organization_id.bytes, stored)
    return None if content is None else content.decode()


@cache
def _by_domain() -> PreparedStatement:
    entry = VerifiedDomain.__table__
    return PreparedStatement(select(entry.c.organization_id).where(entry.c.domain == bindparam("domain", type_=Text())))


@cache
def _by_organization() -> PreparedStatement:
    row = IdentityProvider.__table__
    columns = row.c.issuer, row.c.client_id, row.c.client_secret, row.c.is_required
    return PreparedStatement(
        select(*columns).where(row.c.organization_id == bindparam("organization_id", type_=Uuid()))
    )
