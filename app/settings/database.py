"""The database and its connections."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings

from app.settings.declare import Positive, variable
from app.settings.values import EventsKeptFor, ReadLag, UpToADay, database_address, database_addresses


class DatabaseSettings(BaseSettings):
    """The database and its connections."""

    database_url: Annotated[SecretStr, AfterValidator(database_address)] | None = variable(
        "DATABASE_URL", None, "The PostgreSQL to use (15 or later). If unset, the embedded one is started."
    )
    direct_database_url: Annotated[SecretStr, AfterValidator(database_address)] | None = variable(
        "PORTICO_DIRECT_DATABASE_URL",
        None,
        "The database without the pooler of DATABASE_URL, if that pooler is in transaction mode.",
    )
    read_database_url: Annotated[SecretStr, AfterValidator(database_addresses)] | None = variable(
        "PORTICO_READ_DATABASE_URL", None, "Read replicas of that PostgreSQL for queries, separated by commas."
    )
    read_lag: ReadLag = variable(
        "PORTICO_READ_LAG", timedelta(seconds=1), "How far a read replica may be behind: 0.1 to 10 seconds."
    )
    read_without_primary: UpToADay = variable(
        "PORTICO_READ_WITHOUT_PRIMARY", timedelta(0), "For how long queries go on while the primary is away."
    )
    audit_retention: EventsKeptFor = variable(
        "PORTICO_AUDIT_RETENTION",
        timedelta(days=365),
        "How long audit events stay in the database at least: `portico audit prune` moves older ones. 31 days or more.",
    )
    builders: int = variable(
        "PORTICO_BUILDERS",
        1,
        "How many statements of new queries are built at once, per server process. Each keeps a thread busy.",
        ge=1,
        le=8,
    )
    read_connections: int = variable(
        "PORTICO_READ_CONNECTIONS",
        16,
        "The maximum number of PostgreSQL connections for queries, per server process.",
        ge=1,
    )
    generic_plans: bool = variable(
        "PORTICO_GENERIC_PLANS", True, "Whether PostgreSQL keeps the plans of queries. Set it to false for Citus."
    )
    write_connections: int = variable(
        "PORTICO_WRITE_CONNECTIONS", 10, "The maximum for everything else, per server process; 6 or more.", ge=6
    )
    reserved_connections: int = variable(
        "PORTICO_RESERVED_CONNECTIONS",
        4,
        "The maximum for what a query needs first, per server process: sessions, cost buckets, keys.",
        ge=1,
    )
    read_timeout: Positive = variable(
        "PORTICO_READ_TIMEOUT",
        timedelta(seconds=10),
        "A query that takes longer is cancelled: building its statement, waiting, and running it.",
    )
    write_timeout: Positive = variable(
        "PORTICO_WRITE_TIMEOUT", timedelta(seconds=30), "A statement of a mutation that takes longer is cancelled."
    )
