"""Which media type an answer has, by what the client accepts (RFC 9110, section 12.5.1; GraphQL over HTTP, "Accept").

A client that says nothing, or that anything will do, gets `application/json`: that is what the audits of `graphql-http`
ask for. `application/graphql-response+json` goes to who names it, unless they prefer the other one.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)

LONGEST = 2_000
"""How many bytes of the header are looked at."""

KEPT = 256
"""How many values of it are remembered: clients send few, and send them with each request."""

_RANGES = {
    JSON: (JSON, "application/*", "*/*"),
    GRAPHQL_RESPONSE: (GRAPHQL_RESPONSE, "application/*", "*/*"),
}
"""The media ranges that take in each type, the most specific one first."""


def media_type(accept: bytes | None) -> str | None:
    """JSON or GRAPHQL_RESPONSE, for the value of the header `Accept`; None where it takes neither."""
    return _best(accept[:LONGEST]) if accept else JSON


@lru_cache(KEPT)
def _best(accept: bytes) -> str | None:
    accepted = dict(_weighed(accept.decode("latin-1").lower().split(",")))
    weights = {kind: _weight(accepted, kind) for kind in _RANGES}
    if not any(weights.values()):
        return None
    named = GRAPHQL_RESPONSE in accepted and weights[GRAPHQL_RESPONSE] >= weights[JSON]
    return GRAPHQL_RESPONSE if named or weights[GRAPHQL_RESPONSE] > weights[JSON] else JSON


def _weighed(ranges: Iterable[str]) -> Iterable[tuple[str, float]]:
    """Each media range with its weight. Of the parameters only the weight counts: both types are UTF-8, always."""
    for one in ranges:
        name, *parameters = (part.strip() for part in one.split(";"))
        weights = [value for key, _, value in (part.partition("=") for part in parameters) if key.strip() == "q"]
        yield name, _number(weights[-1]) if weights else 1.0


def _number(weight: str) -> float:
    # A weight that is none takes nothing away from who names the type.
    return float(weight) if _WEIGHT.fullmatch(weight) else 1.0


def _weight(accepted: dict[str, float], kind: str) -> float:
    return next((accepted[one] for one in _RANGES[kind] if one in accepted), 0.0)
