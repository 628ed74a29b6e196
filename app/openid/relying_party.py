"""Builds what sign-ins at providers need, from the settings."""

from typing import Final

from app.egress.client import EgressClient
from app.openid.provider_http import ProviderHttp
from app.openid.txt_records import TxtRecords
from app.settings import Settings
from models import PLATFORM
from resolvers.openid.provider import Provider
from resolvers.openid.published import PublishedDocuments
from resolvers.openid.relying_party import RelyingParty, StaffProvider

CONSOLE_PAGE: Final = "/console/signed-in"
"""The page of the console at which a sign-in ends."""


def relying_party_of(settings: Settings, egress: EgressClient) -> RelyingParty:
    """Portico as the client of providers."""
    http = ProviderHttp(egress, allows_loopback=settings.egress_loopback)
    address = settings.address()
    pages = {address + CONSOLE_PAGE, *settings.return_pages()}
    return RelyingParty(address, pages, http, TxtRecords(), PublishedDocuments(http), _staff(settings))


def _staff(settings: Settings) -> StaffProvider | None:
    issuer, client_id, secret = settings.staff_issuer, settings.staff_client_id, settings.staff_client_secret
    if issuer is None or client_id is None or secret is None:
        return None
    provider = Provider(PLATFORM, issuer, client_id, secret.get_secret_value())
    return StaffProvider(provider, settings.staff_sign_in_domains(), settings.staff_required)
