"""The settings, each with its name in the environment, type, default and description.

`portico settings` lists them, and docs/settings.md documents them; a test compares the two. A setting is declared in
the file of its section of that page.
"""

from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from app.data_folder import DataFolderError, existing_secret_key, secret_key
from app.database.pools import normalize_url
from app.database.replication.opening import split_urls
from app.egress.client import EgressSettings
from app.settings.database import DatabaseSettings
from app.settings.egress import OutgoingRequestSettings
from app.settings.logs import LogSettings
from app.settings.mail import OutgoingMailSettings
from app.settings.operations import OperationSettings
from app.settings.policy import ROOT, PolicySettings
from app.settings.server import ServerSettings
from app.settings.sign_in import SignInSettings
from app.settings.single_sign_on import SingleSignOnSettings
from app.settings.values import local_url, problem_text
from resolvers.transaction.context import Lifetimes

__all__ = ["ROOT", "Settings", "SettingsError", "load"]


class SettingsError(Exception):
    """Settings in the environment are invalid. The message names each of them and says what is wrong."""


# The last base comes first in `portico settings`.
class Settings(
    OperationSettings,
    SingleSignOnSettings,
    SignInSettings,
    PolicySettings,
    OutgoingRequestSettings,
    OutgoingMailSettings,
    DatabaseSettings,
    LogSettings,
    ServerSettings,
):
    """The settings that an operator can change. Times are ISO 8601 durations (`PT2H`, `P7D`) or seconds.

    Raises pydantic's ValidationError; `load` translates it for an operator.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, validate_by_name=True, validate_by_alias=True
    )

    def address(self) -> str:
        """The URL that links begin with: `base_url`, or one built from host and port. It has no trailing slash."""
        return self.base_url or self.local_address()

    def sign_in_address(self) -> str:
        """The URL where users sign in: `portal_url`, or else the console."""
        return self.portal_url or f"{self.address()}/console/"

    def is_https(self) -> bool:
        """Whether clients use https. If so, the server is treated as public, and hides its schema by default."""
        return self.address().startswith("https://")

    def is_enabled(self, switch: bool | None) -> bool:
        """Whether a feature that reveals the schema is on: the operator's choice, or the default for the base URL."""
        return not self.is_https() if switch is None else switch

    def local_address(self) -> str:
        """The URL of this server on its own machine."""
        return local_url(self.host, self.port)

    def database(self) -> str:
        """The URL of the database, without a pooler that shares sessions. Raises SettingsError if there is none."""
        return self.direct_database_url.get_secret_value() if self.direct_database_url else self.request_database()

    def request_database(self) -> str:
        """The URL of the database for what requests do: through the pooler, if there is one. Raises SettingsError if
        there is none."""
        if self.database_url is None:
            raise SettingsError("DATABASE_URL is not set, and the embedded PostgreSQL was not started")
        return self.database_url.get_secret_value()

    def shares_sessions(self) -> bool:
        """Whether `request_database` may lead through a pooler in transaction mode."""
        return self.direct_database_url is not None

    def replicas(self) -> list[str]:
        """The URLs of the read replicas."""
        return split_urls(self.read_database_url.get_secret_value()) if self.read_database_url else []

    def reads_without_primary(self) -> bool:
        """Whether queries go on from replicas while the primary is away."""
        return bool(self.replicas() and self.read_without_primary)

    def egress(self) -> EgressSettings:
        """What the client for outgoing requests needs."""
        proxy = self.egress_proxy.get_secret_value() if self.egress_proxy else None
        return EgressSettings(proxy, self.egress_loopback)

    def key(self) -> bytes:
        """The key that one-time tokens are derived from: `secret_key`, or the one in the data folder."""
        return (self.secret_key.get_secret_value() if self.secret_key else secret_key(self.data_dir)).encode()

    def existing_key(self) -> bytes | None:
        """The same key; None if it isn't set and none was generated yet."""
        key = self.secret_key.get_secret_value() if self.secret_key else existing_secret_key(self.data_dir)
        return None if key is None else key.encode()

    def mail_domain(self) -> str:
        """The domain in the Message-IDs of mails (RFC 5322): the host of the public address."""
        return urlsplit(self.address()).hostname or "localhost"

    def lifetimes(self) -> Lifetimes:
        """How long sessions, links and the like are valid."""
        return Lifetimes(
            self.session_lifetime,
            self.session_idle,
            self.activation_lifetime,
            self.reset_lifetime,
            self.idempotency_lifetime,
            self.sign_in_ticket_lifetime,
            self.proof_lifetime,
        )

    def with_database(self, url: str) -> "Settings":
        """A copy with another database."""
        return self.model_copy(update={"database_url": SecretStr(normalize_url(url))})


def load(**overrides: Any) -> Settings:
    """Returns the settings of the environment, with `overrides` applied unless None. Raises SettingsError."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        problems = [problem_text(problem, Settings.model_fields) for problem in error.errors()]
        raise SettingsError("\n".join(problems)) from None
    except DataFolderError as error:
        raise SettingsError(f"PORTICO_DATA_DIR: {error}") from error
