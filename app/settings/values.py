"""What the values of settings must be: each function returns the value that is used, or raises ValueError with what the
operator is to write; and how an invalid one is reported."""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_network
from typing import Annotated
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from app.database.pools import normalize_url
from app.database.replication.opening import split_urls
from app.database.replication.replicas import LONGEST_LAG
from app.egress.proxy import proxy_of
from app.http.cors import parse_origins
from app.mail.smtp import parse_smtp_url
from resolvers.validation.domains import ascii_domain

MIN_KEY_LENGTH = 32

KeptFor = Annotated[timedelta, Field(ge=timedelta(days=1), le=timedelta(days=36_500))]
"""How long something is kept, after which it is deleted."""

EventsKeptFor = Annotated[timedelta, Field(ge=timedelta(days=31), le=timedelta(days=36_500))]
"""How long audit events stay in the database at least: longer than webhooks may send them again."""

ReadLag = Annotated[timedelta, Field(ge=timedelta(seconds=0.1), le=timedelta(seconds=LONGEST_LAG))]
"""How far behind a read replica may be."""

UpToADay = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=1))]


def local_url(host: str, port: int) -> str:
    """The URL, on its own machine, of a server that listens on this address."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    host = loopback.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def web_address(value: str) -> str:
    """The URL of a server, without its last slash."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("must be an address such as https://portico.example.com")
    return value.rstrip("/")


def portal_address(value: str) -> str:
    """A URL as it was given."""
    web_address(value)
    return value


def web_pages(value: str) -> str:
    """URLs of pages, separated by commas: each exactly as browsers are sent to it."""
    for page in filter(None, map(str.strip, value.split(","))):
        parts = urlsplit(page)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or parts.username:
            raise ValueError("must be URLs such as https://portal.example.com/signed-in, separated by commas")
    return value


def sign_in_domains(value: str) -> str:
    """Domains of email addresses, separated by commas, in ASCII and lower case."""
    domains = [ascii_domain(domain) for domain in value.split(",") if domain.strip()]
    if not all(domains):
        raise ValueError("must be domains such as portico.example, separated by commas")
    return ",".join(map(str, domains))


def smtp_address(value: SecretStr) -> SecretStr:
    """The URL of a mail server."""
    parse_smtp_url(value.get_secret_value())
    return value


def proxy_address(value: SecretStr) -> SecretStr:
    """The URL of an HTTP proxy."""
    proxy_of(value.get_secret_value())
    return value


def database_address(value: SecretStr) -> SecretStr:
    """The URL of a database, in the form that the driver takes."""
    return SecretStr(normalize_url(value.get_secret_value()))


def database_addresses(value: SecretStr) -> SecretStr:
    """URLs of databases, separated by commas."""
    split_urls(value.get_secret_value())
    return value


def usable_key(value: SecretStr) -> SecretStr:
    """A secret key."""
    if len(value.get_secret_value()) < MIN_KEY_LENGTH:
        raise ValueError(f"must have at least {MIN_KEY_LENGTH} characters")
    return value


def sender(value: str) -> str:
    """An email address, with or without a name."""
    try:
        # No DNS lookup: a sender's domain may be known inside a company only.
        validate_email(parseaddr(value)[1], check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError("must be an email address, or a name and an address: Portico <portico@example.com>") from error
    return value


def proxies(value: str) -> str:
    """Addresses and networks, separated by commas."""
    for network in filter(None, map(str.strip, value.split(","))):
        try:
            ip_network(network if network != "*" else "0.0.0.0/0")
        except ValueError as error:
            raise ValueError("must be addresses or networks, separated by commas: 10.0.0.1, 192.168.0.0/16") from error
    return value


def origins(value: str) -> str:
    """Origins, separated by commas, in canonical form."""
    return ", ".join(parse_origins(value))


def problem_text(problem: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    """A line about an invalid setting, with its name in the environment. If a default contradicts another setting,
    pydantic reports the field's name."""
    first, *rest = map(str, problem["loc"])
    field = fields.get(first)
    name = ".".join([str(field.validation_alias) if field else first, *rest])
    return f"{name}: {_message_of(problem)}"


def _message_of(problem: ErrorDetails) -> str:
    match problem["type"].partition("_")[0]:
        case "time":
            return "must be a duration such as PT30M or P7D, or a number of seconds"
        case "bool":
            return "must be true or false"
    return problem["msg"].removeprefix("Value error, ")
