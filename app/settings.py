"""The settings, each with its name in the environment, type, default and description.

`portico settings` lists them, and docs/operations.md documents them; a test compares the two.
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.data_folder import DataFolderError, default_data_dir, existing_secret_key, secret_key
from app.database.pools import normalize_url
from app.database.replication.opening import split_urls
from app.setting_values import (
    KeptFor,
    ReadLag,
    UpToADay,
    database_address,
    database_addresses,
    local_url,
    origins,
    portal_address,
    problem_text,
    proxies,
    sender,
    smtp_address,
    usable_key,
    web_address,
)
from resolvers.query.response_limit import MAX_RESPONSE_BYTES

ROOT = Path(__file__).resolve().parents[1]
INSTALLED_POLICY = Path(sys.prefix) / "share" / "portico" / "policies.polar"


class SettingsError(Exception):
    """Settings in the environment are invalid. The message names each of them and says what is wrong."""


def _variable(name: str, default: Any, description: str, **constraints: Any) -> Any:
    """A field whose name in the environment is `name`."""
    return Field(default, validation_alias=name, description=description, **constraints)


_BY_BASE_URL = "Default: true, but false if the base URL is https."

Positive = Annotated[timedelta, Field(gt=timedelta(0))]


class Settings(BaseSettings):
    """The settings that an operator can change. Times are ISO 8601 durations (`PT2H`, `P7D`) or seconds.

    Raises pydantic's ValidationError; `load` translates it for an operator.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, validate_by_name=True, validate_by_alias=True
    )

    database_url: Annotated[SecretStr, AfterValidator(database_address)] | None = _variable(
        "DATABASE_URL", None, "The PostgreSQL to use (15 or later). If unset, the embedded one is started."
    )
    direct_database_url: Annotated[SecretStr, AfterValidator(database_address)] | None = _variable(
        "PORTICO_DIRECT_DATABASE_URL",
        None,
        "The database without the pooler of DATABASE_URL, if that pooler is in transaction mode.",
    )
    read_database_url: Annotated[SecretStr, AfterValidator(database_addresses)] | None = _variable(
        "PORTICO_READ_DATABASE_URL", None, "Read replicas of that PostgreSQL for queries, separated by commas."
    )
    read_lag: ReadLag = _variable(
        "PORTICO_READ_LAG", timedelta(seconds=1), "How far a read replica may be behind: 0.1 to 10 seconds."
    )
    read_without_primary: UpToADay = _variable(
        "PORTICO_READ_WITHOUT_PRIMARY", timedelta(0), "For how long queries go on while the primary is away."
    )
    smtp_url: Annotated[SecretStr, AfterValidator(smtp_address)] | None = _variable(
        "SMTP_URL",
        None,
        "The mail server: smtp:// (STARTTLS if offered) or smtps://. If unset, mails are written as files.",
    )
    host: str = _variable("PORTICO_HOST", "127.0.0.1", "The address to listen on.")
    port: int = _variable("PORTICO_PORT", 8000, "The port to listen on; 0 picks a free one.", ge=0, le=65535)
    workers: int = _variable(
        "PORTICO_WORKERS", 1, "How many server processes share the port. More than one use all cores.", ge=1, le=64
    )
    base_url: Annotated[str, AfterValidator(web_address)] | None = _variable(
        "PORTICO_BASE_URL", None, "The URL that links in mails begin with. Default: from host and port."
    )
    portal_url: Annotated[str, AfterValidator(portal_address)] | None = _variable(
        "PORTICO_PORTAL_URL",
        None,
        "The URL of the operator's own portal, where users sign in. Default: GraphiQL, if it is on.",
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        validation_alias="PORTICO_DATA_DIR",
        description="The folder for the embedded PostgreSQL, mail files and the generated key.",
    )
    policy: Path = _variable(
        "PORTICO_POLICY",
        ROOT / "policies.polar" if (ROOT / "pyproject.toml").exists() else INSTALLED_POLICY,
        "The file with the authorization rules.",
    )
    policy_watch: bool = _variable(
        "PORTICO_POLICY_WATCH",
        True,
        "Whether a server reloads a changed policy file by itself. Otherwise it waits for `portico policy reload`.",
    )
    decision_log: Path | None = _variable(
        "PORTICO_DECISION_LOG", None, "The file to which the policy's decisions are written. If unset, they aren't."
    )
    decision_log_share: float = _variable(
        "PORTICO_DECISION_LOG_SHARE",
        1.0,
        "The share of statements and transactions whose decisions are written: 0.01 is one in a hundred.",
        gt=0,
        le=1,
    )
    decision_log_ids: Literal["hashed", "plain"] = _variable(
        "PORTICO_DECISION_LOG_IDS",
        "hashed",
        "How the decision log names users and resources: by ids, or by hashes of them under the secret key.",
    )
    secret_key: Annotated[SecretStr, AfterValidator(usable_key)] | None = _variable(
        "PORTICO_SECRET_KEY",
        None,
        "The key that one-time tokens are derived from, 32 characters or more; the same for all processes. If unset, "
        "one is generated in the data folder.",
    )
    mail_from: Annotated[str, AfterValidator(sender)] = _variable(
        "PORTICO_MAIL_FROM", "Portico <portico@portico.example>", "The sender of mails."
    )
    mail_worker: bool = _variable(
        "PORTICO_MAIL_WORKER", True, "Whether the server sends mail, records access reviews and looks after access too."
    )
    mail_retention: KeptFor | None = _variable(
        "PORTICO_MAIL_RETENTION", None, "How long mails are kept once sent or given up, a day or more. Unset: forever."
    )
    session_idle: Positive = _variable(
        "PORTICO_SESSION_IDLE", timedelta(hours=2), "A session ends after it has been unused for this long."
    )
    session_lifetime: Positive = _variable(
        "PORTICO_SESSION_LIFETIME", timedelta(hours=24), "A session ends this long after its sign-in, used or not."
    )
    activation_lifetime: Positive = _variable(
        "PORTICO_ACTIVATION_LIFETIME", timedelta(days=7), "How long the link in an activation mail is valid."
    )
    reset_lifetime: Positive = _variable(
        "PORTICO_RESET_LIFETIME", timedelta(hours=1), "How long the link in a password reset mail is valid."
    )
    idempotency_lifetime: Positive = _variable(
        "PORTICO_IDEMPOTENCY_LIFETIME",
        timedelta(days=1),
        "How long a mutation that is sent again with the same Idempotency-Key isn't executed again.",
    )
    access_token_lifetime: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(days=1))] = _variable(
        "PORTICO_ACCESS_TOKEN_LIFETIME",
        timedelta(minutes=10),
        "How long an API client's access token is valid: up to a day.",
    )
    signing_key_lifetime: Annotated[timedelta, Field(ge=timedelta(days=1))] = _variable(
        "PORTICO_SIGNING_KEY_LIFETIME",
        timedelta(days=90),
        "How long a key signs access tokens before the next one replaces it: a day or more.",
    )
    trusted_documents: Literal["accepted", "required"] = _variable(
        "PORTICO_TRUSTED_DOCUMENTS",
        "accepted",
        "Whether only API clients may send operations that aren't registered documents (`required`).",
    )
    graphiql: bool | None = _variable("PORTICO_GRAPHIQL", None, f"Whether GraphiQL is served. {_BY_BASE_URL}")
    introspection: bool | None = _variable(
        "PORTICO_INTROSPECTION", None, f"Whether clients may query the schema. {_BY_BASE_URL}"
    )
    suggestions: bool | None = _variable(
        "PORTICO_SUGGESTIONS",
        None,
        f"Whether errors suggest similar names and mention other parts of the schema. {_BY_BASE_URL}",
    )
    demo: bool = _variable("PORTICO_DEMO", False, "Whether `serve` loads the example data and shows its sign-ins.")
    metrics_port: int | None = _variable(
        "PORTICO_METRICS_PORT",
        None,
        "The port for Prometheus to read metrics from. If unset, there are none.",
        ge=1,
        le=65535,
    )
    metrics_host: str = _variable("PORTICO_METRICS_HOST", "127.0.0.1", "The address to listen on for Prometheus.")
    traces: bool = _variable(
        "PORTICO_TRACES", False, "Whether operations are traced by OpenTelemetry, as its own variables (OTEL_…) say."
    )
    log_format: Literal["text", "json"] = _variable(
        "PORTICO_LOG_FORMAT", "text", "Whether a line of the log is text for people, or a JSON object for programs."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _variable(
        "PORTICO_LOG_LEVEL", "INFO", "The lowest level that is logged."
    )
    trusted_proxies: Annotated[str, AfterValidator(proxies)] = _variable(
        "PORTICO_TRUSTED_PROXIES",
        "",
        "Addresses or networks, separated by commas, whose X-Forwarded-For and -Proto headers are trusted.",
    )
    cors_origins: Annotated[str, AfterValidator(origins)] = _variable(
        "PORTICO_CORS_ORIGINS", "", "Origins, separated by commas, whose pages may use /graphql from a browser."
    )
    max_body_bytes: int = _variable("PORTICO_MAX_BODY_BYTES", 1_000_000, "The largest request body, in bytes.", ge=1024)
    body_timeout: Positive = _variable(
        "PORTICO_BODY_TIMEOUT",
        timedelta(seconds=30),
        "A request whose headers or body take longer to arrive is rejected; so is a client that doesn't read.",
    )
    max_header_bytes: int = _variable(
        "PORTICO_MAX_HEADER_BYTES",
        65_536,
        "The largest head of a request, in bytes: address and headers, and trailers too.",
        ge=8_192,
        le=1_048_576,
    )
    max_connections: int = _variable(
        "PORTICO_MAX_CONNECTIONS", 800, "The maximum number of connections of clients, per server process.", ge=10
    )
    max_depth: int = _variable("PORTICO_MAX_DEPTH", 30, "How deeply the fields of a query may be nested.", ge=1)
    max_tokens: int = _variable("PORTICO_MAX_TOKENS", 5000, "How many lexical tokens a query may have.", ge=1)
    max_aliases: int = _variable("PORTICO_MAX_ALIASES", 250, "How many aliases a query may have.", ge=0)
    max_directives: int = _variable("PORTICO_MAX_DIRECTIVES", 100, "How many directives a query may have.", ge=0)
    max_values: int = _variable(
        "PORTICO_MAX_VALUES", 5000, "How many values the variables of an operation may hold, nested ones too.", ge=1
    )
    max_cost: int = _variable("PORTICO_MAX_COST", 500_000, "How many nodes an operation may request.", ge=1)
    max_response_bytes: int = _variable(
        "PORTICO_MAX_RESPONSE_BYTES",
        MAX_RESPONSE_BYTES,
        "The largest data in a response, in bytes. A statement that builds more is ended.",
        ge=1_024,
        le=268_435_456,
    )
    cost_capacity: int = _variable(
        "PORTICO_COST_CAPACITY",
        100_000,
        "The capacity of a caller's bucket: how many nodes can be spent at once.",
        ge=1,
        le=1_000_000_000,
    )
    cost_refill: int = _variable(
        "PORTICO_COST_REFILL", 1_000, "How many nodes a caller's bucket regains per second.", ge=1, le=1_000_000_000
    )
    hashing_queue: int = _variable(
        "PORTICO_HASHING_QUEUE",
        64,
        "How many passwords may wait to be checked, per server process and per line of the queue.",
        ge=4,
        le=10_000,
    )
    builders: int = _variable(
        "PORTICO_BUILDERS",
        1,
        "How many statements of new queries are built at once, per server process. Each keeps a thread busy.",
        ge=1,
        le=8,
    )
    read_connections: int = _variable(
        "PORTICO_READ_CONNECTIONS",
        16,
        "The maximum number of PostgreSQL connections for queries, per server process.",
        ge=1,
    )
    write_connections: int = _variable(
        "PORTICO_WRITE_CONNECTIONS", 10, "The maximum for everything else, per server process; 6 or more.", ge=6
    )
    reserved_connections: int = _variable(
        "PORTICO_RESERVED_CONNECTIONS",
        4,
        "The maximum for what a query needs first, per server process: sessions, cost buckets, keys.",
        ge=1,
    )
    read_timeout: Positive = _variable(
        "PORTICO_READ_TIMEOUT",
        timedelta(seconds=10),
        "A query that takes longer is cancelled: building its statement, waiting, and running it.",
    )
    write_timeout: Positive = _variable(
        "PORTICO_WRITE_TIMEOUT", timedelta(seconds=30), "A statement of a mutation that takes longer is cancelled."
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

    def key(self) -> bytes:
        """The key that one-time tokens are derived from: `secret_key`, or the one in the data folder."""
        return (self.secret_key.get_secret_value() if self.secret_key else secret_key(self.data_dir)).encode()

    def existing_key(self) -> bytes | None:
        """The same key; None if it isn't set and none was generated yet."""
        key = self.secret_key.get_secret_value() if self.secret_key else existing_secret_key(self.data_dir)
        return None if key is None else key.encode()

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
