"""Which operations the API accepts."""

from typing import Literal

from pydantic_settings import BaseSettings

from app.settings.declare import variable
from resolvers.query.response_limit import MAX_RESPONSE_BYTES

_BY_BASE_URL = "Default: true, but false if the base URL is https."


class OperationSettings(BaseSettings):
    """Which operations the API accepts."""

    trusted_documents: Literal["accepted", "required"] = variable(
        "PORTICO_TRUSTED_DOCUMENTS",
        "accepted",
        "Whether only API clients may send operations that aren't registered documents (`required`).",
    )
    graphiql: bool | None = variable("PORTICO_GRAPHIQL", None, f"Whether GraphiQL is served. {_BY_BASE_URL}")
    introspection: bool | None = variable(
        "PORTICO_INTROSPECTION", None, f"Whether clients may query the schema. {_BY_BASE_URL}"
    )
    suggestions: bool | None = variable(
        "PORTICO_SUGGESTIONS",
        None,
        f"Whether errors suggest similar names and mention other parts of the schema. {_BY_BASE_URL}",
    )
    max_depth: int = variable("PORTICO_MAX_DEPTH", 30, "How deeply the fields of a query may be nested.", ge=1)
    max_tokens: int = variable("PORTICO_MAX_TOKENS", 5000, "How many lexical tokens a query may have.", ge=1)
    max_aliases: int = variable("PORTICO_MAX_ALIASES", 250, "How many aliases a query may have.", ge=0)
    max_directives: int = variable("PORTICO_MAX_DIRECTIVES", 100, "How many directives a query may have.", ge=0)
    max_values: int = variable(
        "PORTICO_MAX_VALUES", 5000, "How many values the variables of an operation may hold, nested ones too.", ge=1
    )
    max_cost: int = variable("PORTICO_MAX_COST", 500_000, "How many nodes an operation may request.", ge=1)
    max_response_bytes: int = variable(
        "PORTICO_MAX_RESPONSE_BYTES",
        MAX_RESPONSE_BYTES,
        "The largest data in a response, in bytes. A statement that builds more is ended.",
        ge=1_024,
        le=268_435_456,
    )
    cost_capacity: int = variable(
        "PORTICO_COST_CAPACITY",
        100_000,
        "The capacity of a caller's bucket: how many nodes can be spent at once.",
        ge=1,
        le=1_000_000_000,
    )
    cost_refill: int = variable(
        "PORTICO_COST_REFILL", 1_000, "How many nodes a caller's bucket regains per second.", ge=1, le=1_000_000_000
    )
