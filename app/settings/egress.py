"""Requests to addresses that users type in: webhooks and identity providers."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings

from app.settings.declare import variable
from app.settings.values import proxy_address


class OutgoingRequestSettings(BaseSettings):
    """Requests to addresses that users type in: webhooks and identity providers."""

    egress_proxy: Annotated[SecretStr, AfterValidator(proxy_address)] | None = variable(
        "PORTICO_EGRESS_PROXY",
        None,
        "The HTTP proxy for requests to addresses that users type in. It resolves names and must refuse private ones.",
    )
    egress_loopback: bool = variable(
        "PORTICO_EGRESS_LOOPBACK",
        False,
        "For development: whether such addresses may be http:// or https:// on this machine.",
    )
