"""Portico as the client of providers: what it needs of the outside world, and the addresses that it is known by."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from models import Organization, organization_of
from resolvers import public_id
from resolvers.openid.code_flow import CodeFlow
from resolvers.openid.outgoing import HttpClient, TxtResolver
from resolvers.openid.provider import Provider
from resolvers.openid.published import PublishedDocuments

CALLBACK, LOGOUT = "/sso/callback", "/sso/backchannel-logout"
"""The paths at which providers send browsers back, and tell that a session has ended."""

STAFF: Final = "staff"
"""What stands in the place of an organization's id in an address."""


@dataclass(frozen=True, slots=True)
class StaffProvider:
    """The provider of the platform's staff, which the operator configures, and the domains of their emails. If it
    `is_required`, no staff user signs in by password."""

    provider: Provider
    domains: Collection[str]
    is_required: bool


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Portico at `address`, its base URL. A flow ends at one of `pages`, and at no other address."""

    address: str
    pages: Collection[str]
    http: HttpClient
    txt: TxtResolver
    published: PublishedDocuments
    staff: StaffProvider | None = None

    def redirect_uri(self, tenant_id: UUID) -> str:
        """The address at which the provider of a tenant sends browsers back. Each has its own (RFC 9700, section
        4.4.2.2), and its provider must know exactly this one."""
        return f"{self.address}{CALLBACK}/{tenant_name(tenant_id)}"

    async def flow_at(self, provider: Provider) -> CodeFlow:
        """The flows at a provider. Raises ProviderError."""
        metadata = await self.published.metadata(provider.issuer)
        return CodeFlow(self.http, self.published, provider, metadata, self.redirect_uri(provider.tenant_id))


def tenant_name(tenant_id: UUID) -> str:
    """What an address calls a tenant: the public id of the organization, or `staff`."""
    organization_id = organization_of(tenant_id)
    return STAFF if organization_id is None else public_id.encode(Organization, organization_id)
