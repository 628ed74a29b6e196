"""How a server is reached, and what it accepts."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from app.data_folder import default_data_dir
from app.settings.declare import Positive, variable
from app.settings.values import origins, portal_address, proxies, usable_key, web_address


class ServerSettings(BaseSettings):
    """How a server is reached, and what it accepts."""

    host: str = variable("PORTICO_HOST", "127.0.0.1", "The address to listen on.")
    port: int = variable("PORTICO_PORT", 8000, "The port to listen on; 0 picks a free one.", ge=0, le=65535)
    workers: int = variable(
        "PORTICO_WORKERS", 1, "How many server processes share the port. More than one use all cores.", ge=1, le=64
    )
    base_url: Annotated[str, AfterValidator(web_address)] | None = variable(
        "PORTICO_BASE_URL", None, "The URL that links in mails begin with. Default: from host and port."
    )
    portal_url: Annotated[str, AfterValidator(portal_address)] | None = variable(
        "PORTICO_PORTAL_URL",
        None,
        "The URL of the operator's own portal, where users sign in. Default: the console.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        validation_alias="PORTICO_DATA_DIR",
        description="The folder for the embedded PostgreSQL, mail files and the generated key.",
    )
    secret_key: Annotated[SecretStr, AfterValidator(usable_key)] | None = variable(
        "PORTICO_SECRET_KEY",
        None,
        "The key that one-time tokens are derived from, 32 characters or more; the same for all processes. If unset, "
        "one is generated in the data folder.",
    )
    trusted_proxies: Annotated[str, AfterValidator(proxies)] = variable(
        "PORTICO_TRUSTED_PROXIES",
        "",
        "Addresses or networks, separated by commas, whose X-Forwarded-For and -Proto headers are trusted.",
    )
    cors_origins: Annotated[str, AfterValidator(origins)] = variable(
        "PORTICO_CORS_ORIGINS", "", "Origins, separated by commas, whose pages may use /graphql from a browser."
    )
    max_body_bytes: int = variable("PORTICO_MAX_BODY_BYTES", 1_000_000, "The largest request body, in bytes.", ge=1024)
    body_timeout: Positive = variable(
        "PORTICO_BODY_TIMEOUT",
        timedelta(seconds=30),
        "A request whose headers or body take longer to arrive is rejected; so is a client that doesn't read.",
    )
    max_header_bytes: int = variable(
        "PORTICO_MAX_HEADER_BYTES",
        65_536,
        "The largest head of a request, in bytes: address and headers, and trailers too.",
        ge=8_192,
        le=1_048_576,
    )
    max_connections: int = variable(
        "PORTICO_MAX_CONNECTIONS", 800, "The maximum number of connections of clients, per server process.", ge=10
    )
    hashing_queue: int = variable(
        "PORTICO_HASHING_QUEUE",
        64,
        "How many passwords may wait to be checked, per server process and per line of the queue.",
        ge=4,
        le=10_000,
    )
    demo: bool = variable("PORTICO_DEMO", False, "Whether `serve` loads the example data and shows its sign-ins.")
